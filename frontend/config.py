"""The flags of symc: defaults, then the rc file, then SYMC_FLAGS, then code."""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import platformdirs

from symc.compiler.errors import Error

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


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag.

    name      its dotted name
    default   its value when nobody sets it
    parse     turns text, or a value set from code, into the value; raises ValueError
    doc       what it does, with the values it takes
    fixed     whether code may no longer change it once symc is imported
    """

    name: str
    default: Any
    parse: Callable[[Any], Any]
    doc: str
    fixed: bool = False


def _one_of(*choices: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if str(value) not in choices:
            raise ValueError(f"takes {', '.join(choices)}")
        return str(value)

    return parse


def _truth(value: Any) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if str(value).lower() not in words:
        raise ValueError("takes True or False")
    return words[str(value).lower()]


def _anything(value: Any) -> Any:
    return value


def _default_cache() -> str:
    return platformdirs.user_cache_dir("symc")


FLAG_LIST = (
    Flag(
        "floatX",
        "float64",
        _one_of("float64", "float32", "float16"),
        "Dtype of variables whose dtype is not given: float64, float32 or float16.",
    ),
    Flag(
        "cast_policy",
        "custom",
        _one_of("custom", "numpy+floatX"),
        "How Python numbers become constants: custom (the smallest dtype that holds the value), "
        "numpy+floatX (NumPy's dtype, floats as floatX).",
    ),
    Flag(
        "mode",
        "FAST_RUN",
        _anything,
        "How functions are compiled when they do not say: FAST_RUN, FAST_COMPILE, INTERPRET, "
        "or a Mode.",
    ),
    Flag(
        "optimizer_including",
        "",
        str,
        "Names of rules and passes, separated by ':', that every mode includes.",
    ),
    Flag(
        "optimizer_excluding",
        "",
        str,
        "Names of rules and passes, separated by ':', that every mode excludes.",
    ),
    Flag(
        "on_unused_input",
        "raise",
        _one_of("raise", "warn", "ignore"),
        "What function() does about an input that no output needs: raise, warn, ignore.",
    ),
    Flag(
        "exception_verbosity",
        "low",
        _one_of("low", "high"),
        "Whether errors of a call list all of the user's frames: low, high.",
    ),
    Flag(
        "warn_float64",
        "ignore",
        _one_of("ignore", "warn", "raise"),
        "What happens when a float64 variable is made: ignore, warn, raise.",
    ),
    Flag(
        "compute_test_value",
        "off",
        _one_of("off", "ignore", "warn", "raise"),
        "Whether each expression is computed from its operands' tag.test_value as it is made, and "
        "what is done where one has none: off, ignore, warn, raise.",
    ),
    Flag("device", "cpu", _one_of("cpu"), "Where functions run: cpu.", fixed=True),
    Flag(
        "cache_dir",
        _default_cache(),
        str,
        "The folder that keeps compiled code from one process to the next; '' for none.",
        fixed=True,
    ),
)


class Config:
    """Holds the value of every flag; `config.name` reads one, `config.name = value` sets it."""

    def __init__(self, layers: tuple[dict[str, str], ...] = ()) -> None:
        flags = {flag.name: flag for flag in FLAG_LIST}
        values = {name: flag.default for name, flag in flags.items()}
        self.__dict__.update(_flags=flags, _values=values)
        for layer in layers:
            for name, text in layer.items():
                self._set(name, text)

    def _flag(self, name: str) -> Flag:
        flags: dict[str, Flag] = self.__dict__["_flags"]
        if name not in flags:
            near = get_close_matches(name, flags, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else "print(symc.config) shows all"
            raise _wrong(UnknownFlag, f"there is no flag {name!r}", hint)
        return flags[name]

    def _set(self, name: str, value: Any) -> None:
        flag = self._flag(name)
        try:
            self.__dict__["_values"][name] = flag.parse(value)
        except ValueError as error:
            raise _wrong(ConfigError, f"flag {name} {error}, not {value!r}") from None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.__dict__["_values"][self._flag(name).name]

    def __setattr__(self, name: str, value: Any) -> None:
        if self._flag(name).fixed:
            raise _wrong(
                ConfigError,
                f"flag {name} is read-only once symc is imported",
                f"set it in {FLAGS} or in ~/.symcrc",
            )
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
            lines.append(f"{name} = {getattr(self, name)}  (default {flag.default!r}{fixed})")
            lines.append(f"    {flag.doc}")
        return "\n".join(lines)


def _wrong(kind: type[Error], summary: str, help: str = "") -> Error:
    """Make an error at the user's line; there is none while symc itself is imported."""
    report = sys.modules.get("symc.report")
    if report is not None:
        error: Error = report.mistake(kind, summary, help=help)
        return error
    return kind(f"[{kind.code}] {summary}" + (f"\n  help: {help}" if help else ""))


def read_file(paths: list[Path]) -> dict[str, str]:
    """Read rc files in INI form: section [global], or [name] for flags that start with `name.`."""
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
    return Config((read_file(_rc_files()), read_flags(os.environ.get(FLAGS, ""))))


config = load()
