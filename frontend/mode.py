"""How a function is compiled: the linker, the pipeline, and what is added to or left out of it."""

from __future__ import annotations

from copy import copy
from typing import Any

from symc.compiler.errors import NotSupported
from symc.config import ConfigError, config
from symc.exceptions import BadValue
from symc.report import mistake

LINKERS = {
    "native": "native",
    "cvm": "native",
    "vm": "native",
    "c": "native",
    "c|py": "native",
    "vm_nogc": "native",
    "cvm_nogc": "native",
    "c|py_nogc": "native",
    "py": "interpret",
    "interpret": "interpret",
    "check": "check",
    "guard": "guard",
}
"""The names of linkers, Theano's among them: all that compile are one here."""

PIPELINES = {
    "default": "FAST_RUN",
    "fast_run": "FAST_RUN",
    "fast_run_stable": "FAST_RUN",
    "unsafe": "FAST_RUN",
    "stabilize": "FAST_RUN",
    "o4": "FAST_RUN",
    "o3": "FAST_RUN",
    "o2": "FAST_RUN",
    "o1": "FAST_COMPILE",
    "fast_compile": "FAST_COMPILE",
    "merge": "FAST_COMPILE",
    "none": "FAST_COMPILE",
}
"""The names of optimizers, Theano's among them, and the pipelines they stand for."""


class Mode:
    """How a function is compiled.

    linker     'native' compiles, 'interpret' runs NumPy, value by value, 'check' does both and
               compares (DebugMode), 'guard' looks for NaN (NanGuardMode)
    pipeline   'FAST_RUN' or 'FAST_COMPILE'
    printer    'mlir' or 'llvm', the way to machine code
    include    names of rules and passes added
    exclude    names of rules and passes left out

    >>> Mode(optimizer="fast_compile").excluding("fuse").exclude
    frozenset({'fuse'})
    """

    __slots__ = ("exclude", "include", "linker", "pipeline", "printer")

    def __init__(
        self, linker: str | None = None, optimizer: str | None = "default", printer: str = ""
    ) -> None:
        if (linker or "native") not in LINKERS:
            raise mistake(
                ConfigError, f"there is no linker {linker!r}; there are {', '.join(LINKERS)}"
            )
        optimizer = "none" if optimizer is None else optimizer.lower()
        if optimizer not in PIPELINES:
            raise mistake(
                ConfigError, f"there is no optimizer {optimizer!r}; there are {list(PIPELINES)}"
            )
        pipeline = PIPELINES[optimizer]
        default = "llvm" if pipeline == "FAST_COMPILE" else "mlir"
        self.linker = LINKERS[linker or "native"]
        self.pipeline = pipeline
        self.printer = printer or default
        self.include: frozenset[str] = frozenset()
        self.exclude: frozenset[str] = frozenset()

    def _facts(self) -> dict[str, Any]:
        kinds = [kind for kind in reversed(type(self).__mro__) if "__slots__" in kind.__dict__]
        return {name: getattr(self, name) for kind in kinds for name in kind.__dict__["__slots__"]}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mode) and (type(self), self._facts()) == (
            type(other),
            other._facts(),
        )

    def __hash__(self) -> int:
        return hash(tuple(self._facts().values()))

    def __repr__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self._facts().items())
        return f"{type(self).__name__}({facts})"

    def including(self, *names: str) -> Mode:
        """Return this mode with rules and passes added by name."""
        return self._with(self.include | set(names), self.exclude - set(names))

    def excluding(self, *names: str) -> Mode:
        """Return this mode with rules and passes left out by name."""
        return self._with(self.include - set(names), self.exclude | set(names))

    def requiring(self, *names: str) -> Mode:
        """Return this mode with rules and passes added by name, as `including` does.

        In Theano's optimizer what is required narrows a choice by tags; symc has names alone.
        """
        return self.including(*names)

    def register(self, *rules: Any) -> Mode:
        """Return this mode with rules added for its functions alone.

        A rule is one of symc.rewriting, or a pair of one and a position, which has no effect: rules
        are offered until none fires.
        """
        from symc.rewriting import register

        names = []
        for given in rules:
            rule = given[0] if isinstance(given, tuple) else given
            register(rule, always=False)
            names.append(rule.name)
        return self.including(*names)

    def clone(
        self, link_kwargs: dict[str, Any] | None = None, optimizer: str = "", **other: Any
    ) -> Mode:
        """Return this mode, with another optimizer if one is named.

        Other options are those of Theano's linkers, and have no effect.
        """
        made = copy(self)
        if optimizer:
            made.pipeline = Mode(self.linker, optimizer).pipeline
        return made

    @property
    def optimizer(self) -> str:
        """Return the name of the pipeline."""
        return self.pipeline

    provided_optimizer = optimizer

    @property
    def provided_linker(self) -> str:
        """Return the name of the linker."""
        return self.linker

    def _with(self, include: frozenset[str], exclude: frozenset[str]) -> Mode:
        other = copy(self)
        other.include, other.exclude = include, exclude
        return other


FAST_RUN = Mode()
FAST_COMPILE = Mode(optimizer="fast_compile")
INTERPRET = Mode(linker="interpret")

MODES = {
    "FAST_RUN": FAST_RUN,
    "FAST_COMPILE": FAST_COMPILE,
    "INTERPRET": INTERPRET,
}
"""The modes that have a name; so has 'Mode', which the flags linker and optimizer make."""

PLANNED = ("MonitorMode", "ProfileMode")


def get_mode(mode: Any) -> Mode:
    """Return the mode of that name, or the one set by config for None."""
    if mode is None:
        return get_default_mode()
    if isinstance(mode, Mode):
        return mode
    if mode in ("DebugMode", "DEBUG_MODE"):
        from symc.debugmode import DebugMode

        return DebugMode()
    if mode == "NanGuardMode":
        from symc.nanguardmode import NanGuardMode

        return NanGuardMode()
    if mode == "Mode":
        return Mode(config.linker, config.optimizer)
    if mode in PLANNED:
        raise mistake(NotSupported, f"mode {mode} is not there yet")
    if mode not in MODES:
        raise mistake(ConfigError, f"there is no mode {mode!r}; there are Mode, {', '.join(MODES)}")
    return MODES[mode]


def register_mode(name: str, mode: Mode) -> None:
    """Give a mode a name. Raises ValueError for a name that one has."""
    if name in MODES or name == "Mode":
        raise mistake(BadValue, f"there is a mode {name!r} already")
    MODES[name] = mode


def get_default_mode() -> Mode:
    """Return the mode set by config, with the rules and passes that config adds or leaves out."""
    mode = config.mode if isinstance(config.mode, Mode) else get_mode(str(config.mode))
    include = [name for name in config.optimizer_including.split(":") if name]
    exclude = [name for name in config.optimizer_excluding.split(":") if name]
    return mode.including(*include).excluding(*exclude) if include or exclude else mode
