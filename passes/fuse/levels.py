"""How many loads of computed sizes must come before a Value can be computed."""

from __future__ import annotations

from collections.abc import Mapping

from symc.compiler.module import Module, needs, walk_by
from symc.compiler.value import Value


def find_levels(module: Module) -> dict[Value, int]:
    """Return each Value's level: 0 where all sizes are known before the body runs.

    A size that the call computes is known one level after what computes it; one that a step of a
    loop is given is known at once. Empty for a module without such sizes, where all is of level 0.
    """
    measured = module.measured()
    levels: dict[Value, int] = {}
    if not measured:
        return levels
    for value in walk_by(module.roots(), lambda v: _needs(v, measured)):
        level = max((levels[x] for x in _needs(value, measured)), default=0)
        loaded = value in measured and measured[value].op.name != "bound"
        levels[value] = level + loaded
    return levels


def _needs(value: Value, measured: Mapping[Value, Value]) -> tuple[Value, ...]:
    """Return what a value needs, with the size that stands for it if it is one."""
    known = value.context.resolve(value)
    if isinstance(known, Value) and known is not value:
        return (*needs(value, measured), known)
    return needs(value, measured)
