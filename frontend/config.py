"""The flags of symc: defaults, then the rc file, then SYMC_FLAGS, then code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from symc.compiler.errors import Error
from symc.flags import ALIASES, FLAG_LIST, Flag

RC_FILE = "SYMCRC"
"""The environment variable that names other rc files than ~/.symcrc, by os.pathsep."""

FLAGS = "SYMC_FLAGS"
"""The environment variable that holds flags as name=value,name=value."""


class ConfigError(Error, ValueError):
    """Report a value that a flag does not take."""

    code = "E110"


class UnknownFlag(Error, AttributeError):
    """Report a flag that does not exist."""

    code = "E111"


class Config:
    """Holds the value of every flag; `config.name` reads one, `config.name = value` sets it."""

    def __init__(self, layers: tuple[dict[str, str], ...] = ()) -> None:
        flags = {flag.name: flag for flag in FLAG_LIST}
        self.__dict__.update(_flags=flags, _values={}, _given=set())
        for layer in layers:
            for name, text in layer.items():
                self._set(name, text)

    def _flag(self, name: str) -> Flag:
        flags: dict[str, Flag] = self.__dict__["_flags"]
        name = ALIASES.get(name, name)
        if name not in flags:
            from difflib import get_close_matches

            near = get_close_matches(name, flags, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else "print(symc.config) shows all"
            raise _wrong(UnknownFlag, f"there is no flag {name!r}", hint)
        return flags[name]

    def _set(self, name: str, value: Any) -> None:
        flag = self._flag(name)
        try:
            self.__dict__["_values"][flag.name] = flag.parse(value)
            self.__dict__["_given"].add(flag.name)
        except ValueError as error:
            raise _wrong(ConfigError, f"flag {name} {error}, not {value!r}") from None

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__["_values"]:  # first: a flag is read for each node of a graph
            return self.__dict__["_values"][name]
        if name.startswith("__"):
            raise AttributeError(name)
        if any(flag.startswith(f"{name}.") for flag in self.__dict__["_flags"]):
            return Section(self, name)
        flag, values = self._flag(name), self.__dict__["_values"]
        if flag.name not in values:
            values[flag.name] = flag.initial()
        return values[flag.name]

    def __setattr__(self, name: str, value: Any) -> None:
        if self._flag(name).fixed:
            raise _wrong(
                ConfigError,
                f"flag {name} is read-only once symc is imported",
                f"set it in {FLAGS} or in ~/.symcrc",
            )
        self._set(name, value)

    def add(self, flag: Flag) -> None:
        """Add a flag of a program's own. Raises ConfigError if there is one of its name."""
        if flag.name in self.__dict__["_flags"]:
            raise _wrong(ConfigError, f"there is a flag {flag.name!r} already")
        self.__dict__["_flags"][flag.name] = flag
        self._set(flag.name, flag.initial())
        self.__dict__["_given"].discard(flag.name)

    def offer(self, name: str, value: Any) -> None:
        """Set a flag, a read-only one as well, that no file, variable or program has set.

        Raises UnknownFlag, and ConfigError for a value that it does not take.
        """
        if self._flag(name).name not in self.__dict__["_given"]:
            self._set(name, value)

    def __dir__(self) -> list[str]:
        return sorted(self.__dict__["_flags"])

    @contextmanager
    def change_flags(self, **values: Any) -> Iterator[None]:
        """Set flags for the time of a `with` block."""
        before = {name: getattr(self, name) for name in values}
        try:
            for name, value in values.items():
                setattr(self, name, value)
            yield
        finally:
            for name, value in before.items():
                setattr(self, name, value)

    def __str__(self) -> str:
        lines = []
        for name, flag in self.__dict__["_flags"].items():
            fixed = ", read-only" if flag.fixed else ""
            lines.append(f"{name} = {getattr(self, name)}  (default {flag.initial()!r}{fixed})")
            lines.append(f"    {flag.doc}")
        return "\n".join(lines)


class Section:
    """The flags whose names start with a word and a dot: config.warn holds config's warn.round."""

    def __init__(self, config: Config, name: str) -> None:
        self.__dict__.update(_config=config, _name=name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.__dict__["_config"], f"{self.__dict__['_name']}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__dict__["_config"], f"{self.__dict__['_name']}.{name}", value)


def _wrong(kind: type[Error], summary: str, help: str = "") -> Error:
    """Make an error at the user's line; there is none while symc itself is imported."""
    report = sys.modules.get("symc.report")
    if report is not None:
        error: Error = report.mistake(kind, summary, help=help)
        return error
    return kind(f"[{kind.code}] {summary}" + (f"\n  help: {help}" if help else ""))


def read_file(paths: list[Path]) -> dict[str, str]:
    """Read rc files in INI form: section [global], or [name] for flags that start with `name.`."""
    import configparser  # only here: most programs have no such file

    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign,assignment]  # names keep their case
    parser.read(paths)
    flags = {}
    for section in parser.sections():
        prefix = "" if section == "global" else f"{section}."
        flags.update({prefix + name: value for name, value in parser.items(section)})
    return flags


def read_flags(text: str) -> dict[str, str]:
    """Read name=value,name=value; a comma inside brackets or a value without '=' ends nothing."""
    flags = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals:
            raise ConfigError(f"{FLAGS}: {part!r} is not of the form name=value")
        flags[name.strip()] = value.strip()
    return flags


def _rc_files() -> list[Path]:
    named = os.environ.get(RC_FILE)
    names = named.split(os.pathsep) if named else ["~/.symcrc"]
    return [Path(name).expanduser() for name in names]


def load() -> Config:
    """Read the flags of this process."""
    files = [file for file in _rc_files() if file.is_file()]
    return Config((read_file(files) if files else {}, read_flags(os.environ.get(FLAGS, ""))))


config = load()
