"""Theano's ways to add a flag: AddConfigVar and the kinds of parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from symc.compat.flags import theano_flags
from symc.config import Config, config
from symc.flags import Flag, anything, one_of, truth


class ConfigParam:
    """What a flag takes.

    default          its first value, or a function that returns it
    filter           turns what it is given into its value; raises ValueError
    allow_override   whether code may set it
    """

    def __init__(
        self,
        default: Any,
        filter: Callable[[Any], Any] | None = None,
        allow_override: bool = True,
    ) -> None:
        self.default = default() if callable(default) else default
        self.filter = filter or anything
        self.allow_override = allow_override


def _typed(name: str, kind: Callable[[Any], Any]) -> Callable[..., ConfigParam]:
    def make(
        default: Any, is_valid: Callable[[Any], bool] | None = None, allow_override: bool = True
    ) -> ConfigParam:
        def parse(value: Any) -> Any:
            made = kind(value)
            if is_valid is not None and not is_valid(made):
                raise ValueError("does not take this value")
            return made

        return ConfigParam(default, parse, allow_override)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"Return what a flag takes whose values are of {kind.__name__}."
    return make


StrParam = _typed("StrParam", str)
IntParam = _typed("IntParam", int)
FloatParam = _typed("FloatParam", float)
BoolParam = _typed("BoolParam", truth)


def EnumStr(
    default: Any, *options: str, allow_override: bool = True
) -> ConfigParam:  # Theano's name
    """Return what a flag takes whose value is one of a few words."""
    return ConfigParam(default, one_of(default, *options), allow_override)


def AddConfigVar(
    name: str,
    doc: str,
    configparam: ConfigParam,
    root: Config = config,
    in_c_key: bool = True,
) -> None:
    """Add a flag to config, in a section where its name has a dot; THEANO_FLAGS may set it.

    `in_c_key`, whether Theano's compiled code depends on it, has no effect.
    """
    fixed = not configparam.allow_override
    root.add(Flag(name, configparam.default, configparam.filter, doc, fixed))
    started = theano_flags()
    if name in started:
        root.offer(name, started[name])


def change_flags(
    args: Mapping[str, Any] | Iterable[tuple[str, Any]] = (), **kwargs: Any
) -> AbstractContextManager[None]:
    """Set flags for the time of a `with` block or, as a decorator, of a function's calls."""
    return config.change_flags(**{**dict(args), **kwargs})


__all__ = [
    "AddConfigVar",
    "BoolParam",
    "ConfigParam",
    "EnumStr",
    "FloatParam",
    "IntParam",
    "StrParam",
    "change_flags",
]
