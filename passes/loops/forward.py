"""Forward-mode differentiation of a loop: the same loop with the tangents of its states beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from symc.compiler.ops.loop import (
    Body,
    Leaves,
    body_of,
    make_loop,
    operands_of,
    results_of,
)
from symc.compiler.ops.shape import zeros_like
from symc.compiler.types import DISCRETE
from symc.compiler.value import Value

Tangent = Value | int | None


def push_loop(value: Value, tangents: Sequence[Tangent]) -> list[Tangent]:
    """Return the tangents of all results of a loop from those of its operands.

    A result that does not depend on what moves has None; one that does, with a zero derivative, 0.
    """
    body, operands = body_of(value), operands_of(value)
    leaves = Leaves.beside(body)
    moving = _moving(value, tangents)
    moved = {x: leaves.make(x.type) for x in body.leaves if x in moving}
    pushed = _pushed(value, moved)
    given: dict[Value, Any] = dict(zip(body.leaves, tangents, strict=False))
    whole = make_loop(
        _beside(body, moved, pushed),
        [*operands.sequences, *(given[x] for x in body.elements if x in moved)],
        [*operands.initial, *(_or_zeros(given[x], x) for x in body.states if x in moved)],
        [*operands.fixed, *(given[x] for x in body.fixed if x in moved)],
        operands.steps.as_size(),
    )
    finals, rows = results_of(whole)
    after, more = iter(finals[len(body.next) :]), iter(rows[len(body.kept) :])
    found: list[Tangent] = [next(after) if x in moved else None for x in body.states]
    kept = pushed[len(body.next) :]
    return [*found, *(None if t is None else next(more) for t in kept)]


def _beside(body: Body, moved: dict[Value, Value], pushed: Sequence[Value | None]) -> Body:
    """Return a body with the tangents of its leaves and results beside them."""
    count = len(body.next)
    news = [_or_zeros(t, x) for x, t in zip(body.states, pushed[:count], strict=True) if x in moved]
    return replace(
        body,
        elements=(*body.elements, *(moved[x] for x in body.elements if x in moved)),
        states=(*body.states, *(moved[x] for x in body.states if x in moved)),
        fixed=(*body.fixed, *(moved[x] for x in body.fixed if x in moved)),
        next=(*body.next, *news),
        kept=(*body.kept, *(t for t in pushed[count:] if t is not None)),
    )


def _moving(value: Value, tangents: Sequence[Tangent]) -> set[Value]:
    """Return the leaves that move, states with what moves them included."""
    body = body_of(value)
    moving = {
        x
        for x, t in zip(body.leaves, tangents, strict=False)
        if isinstance(t, Value) and x.type.dtype not in DISCRETE
    }
    while True:
        news = _pushed(value, {x: x for x in moving})[: len(body.next)]
        more = {
            x
            for x, t in zip(body.states, news, strict=True)
            if t is not None and x.type.dtype not in DISCRETE
        }
        if more <= moving:
            return moving
        moving |= more


def _pushed(value: Value, stand_ins: dict[Value, Value]) -> tuple[Value | None, ...]:
    from symc.passes.forward import pushforward

    body = body_of(value)
    return pushforward((*body.next, *body.kept), stand_ins)


def _or_zeros(tangent: Tangent, state: Value) -> Value:
    if isinstance(tangent, Value):
        return tangent
    made: Value = zeros_like(state)
    return made
