"""Derivatives of branches: branches of the same condition, with the derivatives of both arms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symc.compiler import sizes
from symc.compiler.op import find
from symc.compiler.ops.branch import (
    Arm,
    arm_leaves,
    arm_operands,
    arms_of,
    branch_results,
    make_branch,
)
from symc.compiler.ops.shape import zeros_like
from symc.compiler.types import DISCRETE
from symc.compiler.value import Value
from symc.passes.loops.substitute import substituted

Tangent = Value | int | None
Derivatives = list[Value | None]


def pull_branch(
    value: Value, received: Mapping[int, Value], useful: Sequence[bool]
) -> tuple[Any, ...]:
    """Return what each operand of a branch receives, given what its results do.

    useful   for each operand whether that is asked for

    An operand that the other arm has receives zeros where this arm is not taken.
    """
    if not received:
        return (0,) * len(value.operands)
    given = list(received.values())
    extended = [_Extended(arm, given) for arm in arms_of(value)]
    split = 1 + len(extended[0].own)
    asked = [useful[1:split], useful[split:]]
    found = [arm.pulled(list(received), flags) for arm, flags in zip(extended, asked, strict=True)]
    mine: tuple[list[Value], list[Value]] = ([], [])
    for k, operands in enumerate(arm_operands(value)):
        for x, term in zip(operands, found[k], strict=True):
            if term is not None:
                mine[k].append(term)
                mine[1 - k].append(zeros_like(x))
    made = iter(_made(value, extended, mine, [given, given]))
    return (0, *(0 if term is None else next(made) for terms in found for term in terms))


def push_branch(value: Value, tangents: Sequence[Tangent]) -> list[Tangent]:
    """Return how the results of a branch change when its operands change by tangents."""
    count = len(arms_of(value)[0].results)
    split = 1 + len(arms_of(value)[0].leaves)
    sides = [tangents[1:split], tangents[split:]]
    moving = [[t for t in side if isinstance(t, Value)] for side in sides]
    if not any(moving):
        none = all(t is None for side in sides for t in side)
        return [None if none else 0] * count
    extended = [_Extended(arm, side) for arm, side in zip(arms_of(value), moving, strict=True)]
    found = [arm.pushed(side) for arm, side in zip(extended, sides, strict=True)]
    results = [
        [zeros_like(y) if t is None else t for y, t in zip(arm.results, terms, strict=True)]
        for arm, terms in zip(extended, found, strict=True)
    ]
    return list(_made(value, extended, (results[0], results[1]), moving))


class _Extended:
    """An arm that has leaves for cotangents or tangents behind its own."""

    def __init__(self, arm: Arm, more: Sequence[Value]) -> None:
        context = arm.results[0].context
        types = [*(x.type for x in arm.leaves), *(x.type for x in more)]
        self.height = arm.height
        self.leaves = arm_leaves(context, types, arm.height)
        self.own, self.more = self.leaves[: len(arm.leaves)], self.leaves[len(arm.leaves) :]
        self.results = substituted(arm.results, dict(zip(arm.leaves, self.own, strict=True)))

    def pulled(self, places: Sequence[int], useful: Sequence[bool]) -> Derivatives:
        """Return what each leaf receives when the results at some places receive the others."""
        from symc.passes.differentiate import gradient

        pairs = zip(self.own, useful, strict=True)
        wrt = [x for x, flag in pairs if flag and x.type.dtype not in DISCRETE]
        ends = [(self.results[k], g) for k, g in zip(places, self.more, strict=True)]
        found = gradient(None, wrt, starts=[(y, _of_shape(g, y)) for y, g in ends])
        known = dict(zip(wrt, found.values, strict=True))
        return [known.get(x) for x in self.own]

    def pushed(self, tangents: Sequence[Tangent]) -> Derivatives:
        """Return the tangent of each result, given which of the leaves have one."""
        from symc.passes.forward import pushforward

        more = iter(self.more)
        pairs = zip(self.own, tangents, strict=True)
        changes = {x: next(more) for x, t in pairs if isinstance(t, Value)}
        return list(pushforward(self.results, changes))


def _made(
    value: Value,
    extended: Sequence[_Extended],
    results: tuple[Sequence[Value], Sequence[Value]],
    more: Sequence[Sequence[Value]],
) -> list[Value]:
    """Return the results of a branch like another one, whose arms compute something else."""
    arms = [
        Arm(side.leaves, tuple(made), side.height)
        for side, made in zip(extended, results, strict=True)
    ]
    operands = [(*own, *new) for own, new in zip(arm_operands(value), more, strict=True)]
    return branch_results(make_branch(value.operands[0], arms, operands))


def _of_shape(g: Value, y: Value) -> Value:
    """Return a cotangent with the sizes that its result has in this arm, where it has them."""
    if all(sizes.same(a, b) for a, b in zip(g.type.shape, y.type.shape, strict=True)):
        return g
    size = y.context.size_value
    starts, lengths = [size(0)] * y.type.ndim, map(size, y.type.shape)
    # All of it: a slice, unlike a reshape, states nothing of sizes where this arm is not taken.
    made: Value = find("slice")(g, *starts, *lengths, steps=(1,) * y.type.ndim)
    return made
