"""Loops side by side become one: their steps read rows once, and wait for each other's results.

A step of a few scalar operations takes as long as they wait for each other, so that two such loops
in one take the time of one. Steps with products gain nothing by it, and stay apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import prod

from msgspec.structs import replace

from symc.compiler import sizes
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
from symc.compiler.types import TensorType
from symc.compiler.value import Value
from symc.passes.loops.save import is_work
from symc.passes.loops.substitute import Operands, changed, over, substituted

FEW = 16
"""Elements of a value of a step that is a few operations."""


def fuse_loops(module: Module) -> Module:
    """Make one loop of two that run as many steps, need nothing of each other and gain by it."""
    while has_bodies(module) and (pair := next(_pairs(module), None)):
        module = _joined(module, *pair)
    return module


def _pairs(module: Module) -> Iterator[tuple[Value, Value]]:
    """Yield the loops that can be one, the earlier first."""
    known = {**module.context.definitions, **module.measured()}
    before: dict[Value, frozenset[Value]] = {}
    loops: list[Value] = []
    for value in walk_by(module.roots(), lambda v: needs(v, known)):
        mine = {x for need in needs(value, known) for x in before[need]}
        if value.op is loop:
            loops.append(value)
            mine.add(value)
        before[value] = frozenset(mine) if mine else frozenset()
    for first, second in combinations(loops, 2):
        if first not in before[second] and _gain(first, second):
            yield first, second


def _gain(first: Value, second: Value) -> bool:
    pair = [(body_of(x), operands_of(x)) for x in (first, second)]
    (one, mine), (other, yours) = pair
    if not sizes.same(mine.steps.as_size(), yours.steps.as_size()):
        return False
    if one.saves != other.saves or not all(_is_plain(body) for body, _ in pair):
        return False
    shared = set(mine.sequences) & set(yours.sequences)
    return bool(shared) or all(_is_small(body) for body, _ in pair)


def _is_plain(body: Body) -> bool:
    """Tell whether a step is one pass over its rows and states, whatever other steps there are."""
    if body.stop is not None or body.truncate >= 0 or body.checks or body.rewritten:
        return False
    inside = depending(body) & set(reached(body, body.roots))
    return not any(v.op.name == "measured" or is_work(v) for v in inside)


def _is_small(body: Body) -> bool:
    return all(_is_few(x.type) for x in (*body.leaves, *body.roots))


def _is_few(type: TensorType) -> bool:
    known = [size for size in type.shape if isinstance(size, int)]
    return len(known) == type.ndim and prod(known) <= FEW


def _joined(module: Module, first: Value, second: Value) -> Module:
    """Return the module with one loop instead of two."""
    whole, places = _union(first, second)

    def change(value: Value, operands: Operands) -> Value:
        if value in (first, second):
            return whole
        if value.op is loop_result and value.operands[0] in places:
            index: int = value.attribute("index")
            return places[value.operands[0]][index]
        return over(value, operands)

    return changed(module, change)


def _union(first: Value, second: Value) -> tuple[Value, dict[Value, Sequence[Value]]]:
    """Return one loop, and the results of both by their places."""
    one, other = body_of(first), body_of(second)
    mine, yours = operands_of(first), operands_of(second)
    leaves = Leaves.beside(one)
    rows = _taken(leaves, one.elements, mine.sequences, other.elements, yours.sequences)
    fixed = _taken(leaves, one.fixed, mine.fixed, other.fixed, yours.fixed)
    states = {x: leaves.make(x.type) for x in other.states}
    new = {**rows, **fixed, **states, other.counter: one.counter}
    roots = substituted(other.roots, new)
    count = len(other.next)
    more = [x for x in other.elements if rows[x] not in one.elements]
    rest = [x for x in other.fixed if fixed[x] not in one.fixed]
    outside = dict(zip(other.leaves, second.operands, strict=False))
    body = replace(
        one,
        elements=(*one.elements, *(rows[x] for x in more)),
        states=(*one.states, *states.values()),
        fixed=(*one.fixed, *(fixed[x] for x in rest)),
        next=(*one.next, *roots[:count]),
        kept=(*one.kept, *roots[count:]),
    )
    whole = make_loop(
        body,
        [*mine.sequences, *(outside[x] for x in more)],
        [*mine.initial, *yours.initial],
        [*mine.fixed, *(outside[x] for x in rest)],
        mine.steps.as_size(),
    )
    finals, kept = results_of(whole)
    states_, kept_ = len(one.next), len(one.kept)
    return whole, {
        first: [*finals[:states_], *kept[:kept_]],
        second: [*finals[states_:], *kept[kept_:]],
    }


def _taken(
    leaves: Leaves,
    known: Sequence[Value],
    operands: Sequence[Value],
    others: Sequence[Value],
    given: Sequence[Value],
) -> dict[Value, Value]:
    """Return what stands for leaves: the leaf that has the same operand, or a new one."""
    found = dict(zip(operands, known, strict=True))
    return {
        x: found[operand] if operand in found else leaves.make(x.type)
        for x, operand in zip(others, given, strict=True)
    }
