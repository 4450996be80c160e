"""How many loads of computed sizes must come before a Value can be computed."""

from __future__ import annotations

from collections.abc import Mapping

from symc.compiler.module import Module, needs, walk, walk_by
from symc.compiler.value import Value


def find_levels(module: Module) -> dict[Value, int]:
    """Return each Value's level: 0 where all sizes are known before the body runs.

    A size that the call computes is known one level after what computes it; one that a step of a
    loop is given is known at once. A branch waits for the sizes of its results, which it is run
    for together. Empty for a module without such sizes, where all is of level 0.
    """
    measured = module.measured()
    levels: dict[Value, int] = {}
    if not measured:
        return levels
    sizes = _result_sizes(module)

    def needed(value: Value) -> tuple[Value, ...]:
        return (*_needs(value, measured), *sizes.get(value, ()))

    for value in walk_by(module.roots(), needed):
        level = max((levels[x] for x in needed(value)), default=0)
        loaded = value in measured and measured[value].op.name != "bound"
        levels[value] = level + loaded
    return levels


def _result_sizes(module: Module) -> dict[Value, list[Value]]:
    """Return the sizes of all results of each branch."""
    found: dict[Value, list[Value]] = {}
    for value in walk(module.roots()):
        if value.op.name == "branch_result":
            found.setdefault(value.operands[0], []).extend(value.operands[1:])
    return found


def _needs(value: Value, measured: Mapping[Value, Value]) -> tuple[Value, ...]:
    """Return what a value needs, with the size that stands for it if it is one."""
    known = value.context.resolve(value)
    if isinstance(known, Value) and known is not value:
        return (*needs(value, measured), known)
    return needs(value, measured)
