"""Values rebuilt over replaced ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from symc.compiler.module import Module, walk_by
from symc.compiler.value import Value

Operands = tuple[Value, ...]
Change = Callable[[Value, Operands], Value]
"""(a value, what its operands have become) -> what takes its place"""


def substituted(values: Iterable[Value], new: Mapping[Value, Value]) -> list[Value]:
    """Return values over what takes the place of some that they need; sizes stay as they are.

    The bodies of loops are closed, so nothing is replaced inside of them.
    """
    return _changed(list(values), dict(new), over)


def changed(module: Module, change: Change) -> Module:
    """Return a module in which something takes the place of values, operands first."""
    measured = module.measured()
    roots = [*module.outputs, *(v for _, v in module.updates), *measured.values()]
    made = iter(_changed(roots, {}, change))
    return replace(
        module,
        outputs=tuple(next(made) for _ in module.outputs),
        updates=tuple((k, next(made)) for k, _ in module.updates),
        rewritten=tuple((leaf, next(made)) for leaf in measured),
    )


def _changed(roots: list[Value], made: dict[Value, Value], change: Change) -> list[Value]:
    for value in walk_by(roots, lambda v: () if v in made else v.operands):
        if value not in made:
            with value.context.at(value.site):
                made[value] = change(value, tuple(made[x] for x in value.operands))
    return [made[value] for value in roots]


def over(value: Value, operands: Operands) -> Value:
    """Return a value over other operands."""
    if operands == value.operands:
        return value
    return value.context.make(value.op, operands, value.attributes)
