"""Work moved behind loops: products that no step needs, of all rows at once.

What a step keeps but hands to no other step may be computed from the rows that it is made of. Where
that takes products of vectors with a matrix that stays the same, as the outputs of a network do, it
reads the matrix once instead of in every step.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler.errors import NotSupported
from symc.compiler.module import Module, needs, walk_by
from symc.compiler.ops.branch import has_bodies
from symc.compiler.ops.loop import (
    Body,
    Leaves,
    body_of,
    depending,
    loop,
    loop_result,
    make_loop,
    operands_of,
    reached,
    results_of,
)
from symc.compiler.ops.product import dot
from symc.compiler.ops.shape import arange
from symc.compiler.value import Value
from symc.passes.batch import batched_over
from symc.passes.loops.hoist import PRODUCTS
from symc.passes.loops.save import bytes_of
from symc.passes.loops.substitute import Operands, changed, over, substituted

SHARE = 2
"""Bytes of the products of a step, in those of the rows that are moved, up to which they move."""

FEW = 4
"""Vectors of which a product with a matrix takes as long as reading it."""

Places = dict[int, Value]


def defer(module: Module) -> Module:
    """Compute after a loop the products that its steps do not need."""
    places: dict[Value, Places] = {}

    def change(value: Value, operands: Operands) -> Value:
        if value.op is loop_result and value.operands[0] in places:
            return places[value.operands[0]][value.attribute("index")]
        fresh = over(value, operands)
        if value.op is loop:
            with suppress(NotSupported):
                fresh, places[value] = _deferred(fresh)
        return fresh

    return changed(module, change) if has_bodies(module) else module


def _deferred(value: Value) -> tuple[Value, Places]:
    """Return a loop without what can wait, and all results by their old places.

    Raise NotSupported where nothing can, or has no form for all rows.
    """
    body = body_of(value)
    found = _chosen(body)
    if found is None or body.stop is not None or body.saves == "states":
        raise NotSupported("nothing can wait")
    kept = [x for x in body.kept if x not in found.moved]
    kept += [x for x in found.read if x not in (*kept, *body.elements, body.counter)]
    operands = operands_of(value)
    made = make_loop(
        replace(body, kept=tuple(kept)),
        operands.sequences,
        operands.initial,
        operands.fixed,
        operands.steps.as_size(),
    )
    finals, rows = results_of(made)
    known = dict(zip(body.elements, operands.sequences, strict=True))
    known.update(zip(kept, rows, strict=True))
    known.update(_of_all_rows(value, found, known))
    results = [*finals, *(known[x] for x in body.kept)]
    return made, dict(enumerate(results))


class _Found(Struct, frozen=True):
    """What can wait.

    moved   what steps keep that is computed after the loop
    read    what of a step it is computed from
    """

    moved: list[Value]
    read: list[Value]


def _chosen(body: Body) -> _Found | None:
    """Return what of a step can wait, if that pays."""
    inside, moved = _split(body)
    behind, read = _behind(body, inside, moved)
    products = [v for v in behind if v.op.name in PRODUCTS]
    varying = depending(body, {body.counter, *body.elements, *body.states})
    known = {*body.kept, *body.elements, body.counter} - set(moved)
    more = sum(bytes_of(x) for x in read if x not in known)
    freed = sum(map(bytes_of, moved))
    pays = more <= freed and sum(map(bytes_of, products)) <= SHARE * freed
    return _Found(moved, read) if any(_is_thin(v, varying) for v in products) and pays else None


def _is_thin(product: Value, varying: Container[Value]) -> bool:
    """Tell whether a product is of few vectors with a matrix that is the same in all steps."""
    moving = [x for x in product.operands if x in varying]
    if product.op is not dot or len(moving) != 1:
        return False
    (x,) = moving
    if x.type.ndim == 1:
        return max(y.type.ndim for y in product.operands) == 2
    count = x.type.shape[0 if x is product.operands[0] else 1]
    return isinstance(count, int) and count <= FEW


def _split(body: Body) -> tuple[set[Value], list[Value]]:
    """Return what steps compute in any case, and what of the rest that they keep can wait."""
    moved = list(dict.fromkeys(body.kept))
    while True:
        staying = [x for x in body.kept if x not in moved]
        inside = set(reached(body, (*body.next, *staying)))
        less = [x for x in moved if _can_wait(body, inside, x)]
        if less == moved:
            return inside, moved
        moved = less


def _can_wait(body: Body, inside: set[Value], x: Value) -> bool:
    """Tell whether something that a step keeps can be computed after all steps."""
    if x in inside or x in body.leaves:
        return False
    behind, _ = _behind(body, inside, [x])
    return not any(v.op.can_fail or v.op.name == "measured" for v in behind)


def _behind(
    body: Body, inside: set[Value], roots: Iterable[Value]
) -> tuple[list[Value], list[Value]]:
    """Return what only some roots need, and what they read that differs from step to step."""
    definitions = body.definitions()
    varying = depending(body, {body.counter, *body.elements, *body.states})
    ends = {v for v in varying if v in inside or v in (body.counter, *body.leaves)}
    order = list(walk_by(roots, lambda v: () if v in ends else needs(v, definitions)))
    return [v for v in order if v not in ends], [v for v in order if v in ends]


def _of_all_rows(value: Value, found: _Found, known: Mapping[Value, Value]) -> dict[Value, Value]:
    """Return the rows of what was moved."""
    body, operands = body_of(value), operands_of(value)
    leaves = Leaves.beside(body)
    steps = operands.steps.as_size()
    if body.counter in found.read:
        known = {**known, body.counter: arange(value.context.size_value(steps))}
    stand_ins = {x: leaves.make(x.type) for x in found.read}
    rows = {stand_ins[x]: known[x] for x in found.read}
    whole = batched_over(substituted(found.moved, stand_ins), rows, steps)
    outside = dict(zip(body.fixed, operands.fixed, strict=True))
    return dict(zip(found.moved, substituted(whole, outside), strict=True))
