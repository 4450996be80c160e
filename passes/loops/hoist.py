"""Work moved out of loops: what is the same in all steps, and products of rows of sequences.

A product in every step with a matrix that stays the same reads that matrix once a step; of all rows
at once it is one product.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress

from msgspec.structs import replace

from symc.compiler.errors import NotSupported
from symc.compiler.module import Module, walk
from symc.compiler.ops.branch import has_bodies
from symc.compiler.ops.loop import (
    Body,
    Leaves,
    body_of,
    depending,
    loop,
    make_loop,
    operands_of,
    reached,
)
from symc.compiler.value import Value
from symc.passes.batch import batched_over
from symc.passes.loops.substitute import Operands, changed, over, substituted

VIEWS = frozenset({"dimshuffle", "broadcast", "reshape", "slice", "cast"})
"""Operations that are no work: computed outside, their results would only take memory."""

PRODUCTS = frozenset({"dot", "batched_dot"})

Made = Mapping[Value, Value]
"""What steps compute, with what is computed before the loop instead."""


def hoist(module: Module) -> Module:
    """Compute before a loop what does not depend on its states."""

    def change(value: Value, operands: Operands) -> Value:
        fresh = over(value, operands)
        return _rows_moved(_same_moved(fresh)) if value.op is loop else fresh

    return changed(module, change) if has_bodies(module) else module


def _same_moved(value: Value) -> Value:
    """Move out what is the same in all steps."""
    body, operands = body_of(value), operands_of(value)
    outside = dict(zip(body.fixed, operands.fixed, strict=True))
    still = _largest(body, {body.counter, *body.elements, *body.states})
    found = list(dict.fromkeys(x for x in map(_under_views, still) if _is_work(x)))
    made = dict(zip(found, substituted(found, outside), strict=True))
    return _given(value, {}, made) if made else value


def _under_views(value: Value) -> Value:
    while value.op.name in VIEWS:
        value = value.operands[0]
    return value


def _is_work(value: Value) -> bool:
    return value.op.family != "leaf" and not value.op.can_fail and value.type.ndim > 0


def _given(value: Value, rows: Made, fixed: Made) -> Value:
    """Return a loop that is given some of what its steps compute.

    rows    what steps compute from the rows of sequences, with what has all rows of it
    fixed   what is the same in all steps
    """
    body, operands = body_of(value), operands_of(value)
    leaves = Leaves.beside(body)
    stand_ins = {x: leaves.make(x.type) for x in (*rows, *fixed)}
    made = replace(
        body.with_roots(substituted(body.roots, stand_ins)),
        elements=(*body.elements, *(stand_ins[x] for x in rows)),
        fixed=(*body.fixed, *(stand_ins[x] for x in fixed)),
    )
    return make_loop(
        made,
        [*operands.sequences, *rows.values()],
        operands.initial,
        [*operands.fixed, *fixed.values()],
        operands.steps.as_size(),
    )


def _rows_moved(value: Value) -> Value:
    """Move out products of what depends on the rows of sequences alone."""
    body, operands = body_of(value), operands_of(value)
    if body.stop is not None or body.saves == "states":
        return value  # rows that are not reached may be many; of blocks of steps memory is spared
    rows = dict(zip(body.elements, operands.sequences, strict=True))
    fixed = dict(zip(body.fixed, operands.fixed, strict=True))
    found: dict[Value, Value] = {}
    for x in _largest(body, {body.counter, *body.states}):
        if _has_product(x, body):
            with suppress(NotSupported):
                (whole,) = batched_over([x], rows, operands.steps.as_size())
                found[x] = whole
    made = dict(zip(found, substituted(found.values(), fixed), strict=True))
    return _given(value, made, {}) if made else value


def _has_product(value: Value, body: Body) -> bool:
    return any(
        v.op.name in PRODUCTS and any(x in body.elements for x in walk([v])) for v in walk([value])
    )


def _largest(body: Body, moving: Collection[Value]) -> list[Value]:
    """Return the values that do not depend on some leaves but on others, each in no other one."""
    # What a number used as a size stands for cannot be replaced outside.
    own = (v for v in depending(body) if v.op.name == "measured")
    depends = depending(body, {*moving, *own})
    found: dict[Value, None] = {}
    for value in reached(body, body.roots):
        if value in depends:
            found.update((x, None) for x in value.operands if x not in depends)
    found.update((x, None) for x in body.roots if x not in depends)
    leaves = {*body.elements, *body.fixed}
    return [x for x in found if x not in leaves and any(v in leaves for v in walk([x]))]
