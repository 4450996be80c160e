"""Values rebuilt over replaced ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec.structs import replace

from symc.compiler.module import Module, needs, walk_by
from symc.compiler.value import Value

Operands = tuple[Value, ...]
Change = Callable[[Value, Operands], Value]
"""(a value, what its operands have become) -> what takes its place"""


def substituted(values: Iterable[Value], new: Mapping[Value, Value]) -> list[Value]:
    """Return values over what takes the place of some that they need.

    The bodies of loops are closed, so nothing is replaced inside of them. Sizes stay as they are,
    but for those that are computed from replaced leaves of a body.
    """
    values = list(values)
    made = dict(new)
    for size, definition in _sizes_of_leaves(values, new):
        made[size] = size.context.measure(*_changed([definition], made, over))
    return _changed(values, made, over)


def _sizes_of_leaves(
    values: list[Value], new: Mapping[Value, Value]
) -> Iterator[tuple[Value, Value]]:
    """Yield measured numbers that depend on replaced leaves of a body, with their definitions."""
    moving = {x for x in new if x.op.name == "bound"}
    definitions = values[0].context.definitions if values and moving else {}
    if not definitions:
        return
    for value in walk_by(values, lambda v: () if v in new else needs(v, definitions)):
        if value not in new and any(x in moving for x in needs(value, definitions)):
            moving.add(value)
            if value in definitions:
                yield value, definitions[value]


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
