"""A loop run for many values of what it is given at once, along a new first axis."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler.errors import NotSupported
from symc.compiler.module import walk
from symc.compiler.ops.loop import (
    Body,
    Leaves,
    body_of,
    make_loop,
    operands_of,
    results_of,
)
from symc.compiler.ops.shape import broadcast, dimshuffle
from symc.compiler.types import Size, TensorType
from symc.compiler.value import Value
from symc.passes.loops.prune import pruned


class Batched(Struct, frozen=True):
    """The results of a loop by their places: with the new axis, or the same in all rows."""

    moving: dict[int, Value]
    same: dict[int, Value]


def batched_loop(value: Value, rows: Sequence[Value | None], batch: Size) -> Batched:
    """Return the results of a loop for many rows.

    rows   for each operand its values with the new axis; None where it is the same in all rows
    """
    body, operands = body_of(value), operands_of(value)
    given = dict(zip(body.leaves, rows, strict=False))
    moving = _moving(body, {leaf for leaf, x in given.items() if x is not None})
    if body.stop is not None and _depends(body.stop, moving):
        raise NotSupported("jacobian: a loop whose rows would stop at different steps")

    def of(leaf: Value, x: Value) -> Value:
        made = given[leaf]
        if made is None:
            return repeated(x, batch) if leaf in moving and leaf in body.states else x
        return _steps_first(made) if leaf in body.elements else made

    pairs = list(zip(body.leaves, value.operands, strict=False))
    count = len(body.elements)
    whole = make_loop(
        _batched_body(body, moving, batch),
        [of(*pair) for pair in pairs[:count]],
        [of(*pair) for pair in pairs[count : count + len(body.states)]],
        [of(*pair) for pair in pairs[count + len(body.states) :]],
        operands.steps.as_size(),
    )
    return _sorted(value, moving, whole)


def _sorted(value: Value, moving: set[Value], whole: Value) -> Batched:
    """Return which results move; the others come from a loop of what does not."""
    body = body_of(value)
    finals, rows = results_of(whole)
    count = len(body.next)
    found = {j: y for j, (x, y) in enumerate(zip(body.states, finals, strict=True)) if x in moving}
    for k, (x, y) in enumerate(zip(body.kept, rows, strict=True)):
        if _depends(x, moving):
            found[count + k] = _steps_first(y)
    still = [k for k in range(count + len(body.kept)) if k not in found]
    return Batched(found, pruned(value, still)[1] if still else {})


def _moving(body: Body, leaves: set[Value]) -> set[Value]:
    """Return the leaves that differ from row to row."""
    moving = set(leaves)
    while True:
        pairs = zip(body.states, body.next, strict=True)
        more = {x for x, new in pairs if _depends(new, moving)}
        if more <= moving:
            return moving
        moving |= more


def _depends(value: Value, leaves: Collection[Value]) -> bool:
    return any(x in leaves for x in walk([value]))


def _batched_body(body: Body, moving: set[Value], batch: Size) -> Body:
    from symc.passes.batch import batched_over

    leaves = Leaves.beside(body)
    rows = {
        x: leaves.make(TensorType(x.type.dtype, (batch, *x.type.shape)))
        for x in body.leaves
        if x in moving
    }
    states = [x in moving for x in body.states]
    roots = [x for x, flag in zip(body.next, states, strict=True) if flag]
    roots += [x for x in body.kept if _depends(x, moving)]
    found = dict(zip(roots, batched_over(roots, rows, batch), strict=True))
    return replace(
        body,
        elements=tuple(rows.get(x, x) for x in body.elements),
        states=tuple(rows.get(x, x) for x in body.states),
        fixed=tuple(rows.get(x, x) for x in body.fixed),
        next=tuple(found[x] if flag else x for x, flag in zip(body.next, states, strict=True)),
        kept=tuple(found[x] if _depends(x, moving) else x for x in body.kept),
    )


def _steps_first(x: Value) -> Value:
    """Exchange the first two axes."""
    made: Value = dimshuffle(x, order=(1, 0, *range(2, x.type.ndim)))
    return made


def repeated(x: Value, batch: Size) -> Value:
    """Return a Value with a new first axis, along which it is the same."""
    context = x.context
    raised = dimshuffle(x, order=("x", *range(x.type.ndim)))
    shape = (context.size_value(s) for s in (batch, *x.type.shape))
    made: Value = broadcast(raised, *shape)
    return made
