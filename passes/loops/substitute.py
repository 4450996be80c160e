"""Values rebuilt over replaced ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from symc.compiler.module import Module, walk_by
from symc.compiler.ops.loop import Body
from symc.compiler.value import Value


def substituted(
    values: Iterable[Value],
    new: Mapping[Value, Value],
    bodies: Mapping[Value, Body] | None = None,
) -> list[Value]:
    """Return values over what takes the place of some that they need.

    bodies   other bodies for some loops; nothing else is replaced inside of bodies: they are closed
    """
    values = list(values)
    made = dict(new)
    for value in walk_by(values, lambda v: () if v in made else v.operands):
        if value not in made:
            made[value] = _rebuilt(value, made, (bodies or {}).get(value))
    return [made[value] for value in values]


def _rebuilt(value: Value, made: Mapping[Value, Value], body: Body | None) -> Value:
    operands = tuple(made[x] for x in value.operands)
    if operands == value.operands and body is None:
        return value
    attributes = value.attributes if body is None else (("body", body),)
    with value.context.at(value.site):
        return value.context.make(value.op, operands, attributes)


def with_replaced(
    module: Module, new: Mapping[Value, Value], bodies: Mapping[Value, Body] | None = None
) -> Module:
    """Return a module over replaced values and bodies."""
    if not new and not bodies:
        return module
    measured = module.measured()
    roots = [*module.outputs, *(v for _, v in module.updates), *measured.values()]
    made = iter(substituted(roots, new, bodies))
    return replace(
        module,
        outputs=tuple(next(made) for _ in module.outputs),
        updates=tuple((k, next(made)) for k, _ in module.updates),
        rewritten=tuple((leaf, next(made)) for leaf in measured),
    )
