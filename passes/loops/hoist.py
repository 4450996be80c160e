"""Work moved out of loops: what is the same in all steps, and products of rows of sequences.

A product in every step with a matrix that stays the same reads that matrix once a step; done for all
rows at once it is one product.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from symc.compiler.errors import NotSupported
from symc.compiler.module import Module, walk
from symc.compiler.ops.loop import Body, Leaves, body_of, loop, make_loop, operands_of
from symc.compiler.value import Value
from symc.passes.batch import batched_over
from symc.passes.loops.substitute import substituted, with_replaced

VIEWS = frozenset({"dimshuffle", "broadcast", "reshape", "slice", "cast"})
"""Operations that are no work: computed outside, their results would only take memory."""

PRODUCTS = frozenset({"dot", "batched_dot"})


def hoist(module: Module) -> Module:
    """Compute before a loop what does not depend on its states."""
    new: dict[Value, Value] = {}
    for value in walk(module.roots()):
        if value.op is loop:
            made = _rows_moved(_same_moved(value))
            if made is not value:
                new[value] = made
    results = {
        y: y.context.make(y.op, (new[y.operands[0]],), y.attributes)
        for y in walk(module.roots())
        if y.op.name == "loop_result" and y.operands[0] in new
    }
    return with_replaced(module, {**new, **results})


def _same_moved(value: Value) -> Value:
    """Move out what is the same in all steps."""
    body, operands = body_of(value), operands_of(value)
    outside = dict(zip(body.fixed, operands.fixed, strict=True))
    found = _largest(body, {body.counter, *body.elements, *body.states}, _is_work)
    if not found:
        return value
    return _with_fixed(value, found, substituted(found, outside))


def _is_work(value: Value) -> bool:
    return value.op.family != "leaf" and value.op.name not in VIEWS and not value.op.can_fail


def _with_fixed(value: Value, found: list[Value], outside: list[Value]) -> Value:
    body, operands = body_of(value), operands_of(value)
    leaves = Leaves.beside(body)
    stand_ins = {x: leaves.make(x.type) for x in found}
    made = replace(
        body.with_roots(substituted(body.roots, stand_ins)),
        fixed=(*body.fixed, *stand_ins.values()),
    )
    steps = operands.steps.as_size()
    fixed = [*operands.fixed, *outside]
    return make_loop(made, operands.sequences, operands.initial, fixed, steps)


def _rows_moved(value: Value) -> Value:
    """Move out products of what depends on the rows of sequences alone."""
    body, operands = body_of(value), operands_of(value)
    if body.stop is not None:
        return value  # rows that are not reached may be many
    found = [
        x
        for x in _largest(body, {body.counter, *body.states}, lambda v: v.op.name in PRODUCTS)
        if x.op.name in PRODUCTS
    ]
    rows = dict(zip(body.elements, operands.sequences, strict=True))
    outside = dict(zip(body.fixed, operands.fixed, strict=True))
    try:
        given = substituted(found, {})
        made = batched_over(given, rows, operands.steps.as_size())
    except NotSupported:
        return value
    if not found:
        return value
    return _with_rows(value, found, substituted(made, outside))


def _with_rows(value: Value, found: list[Value], outside: list[Value]) -> Value:
    body, operands = body_of(value), operands_of(value)
    leaves = Leaves.beside(body)
    stand_ins = {x: leaves.make(x.type) for x in found}
    made = replace(
        body.with_roots(substituted(body.roots, stand_ins)),
        elements=(*body.elements, *stand_ins.values()),
    )
    sequences = [*operands.sequences, *outside]
    return make_loop(made, sequences, operands.initial, operands.fixed, operands.steps.as_size())


def _largest(body: Body, moving: Collection[Value], wanted: object) -> list[Value]:
    """Return the wanted values that do not depend on some leaves, and are in no other such one."""
    depends = set(moving)
    found: dict[Value, None] = {}
    roots = set(body.roots)
    for value in walk(body.roots):
        if any(x in depends for x in value.operands):
            depends.add(value)
            found.update((x, None) for x in value.operands if x not in depends)
    found.update((x, None) for x in roots if x not in depends)
    assert callable(wanted)
    return [x for x in found if x.op.family != "leaf" and _has_leaf(x, body) and wanted(x)]


def _has_leaf(value: Value, body: Body) -> bool:
    leaves = {*body.elements, *body.fixed}
    return any(x in leaves for x in walk([value]))
