"""Loops that compute nothing in vain: unread results go with what they need; twins become one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from msgspec.structs import replace

from symc.compiler.module import Module, walk
from symc.compiler.ops.branch import has_bodies
from symc.compiler.ops.loop import (
    Body,
    body_of,
    loop,
    loop_result,
    make_loop,
    operands_of,
    reached,
    results_of,
)
from symc.compiler.value import Value
from symc.passes.loops.substitute import Operands, changed, over


def join_loops(module: Module) -> Module:
    """Make one of loops that differ only in what they keep of each step.

    Where the operands of others become equal by that, these are joined in turn.
    """
    while kept := _twins(module):
        module = changed(module, partial(_joined, kept))
    return module


def _loops(module: Module) -> list[Value]:
    return [value for value in walk(module.roots()) if value.op is loop]


def _twins(module: Module) -> dict[Value, tuple[Value, ...]]:
    """Return for each loop that has twins what all of them keep."""
    groups: dict[object, list[Value]] = {}
    for value in _loops(module):
        key = _resolved(value.operands), replace(body_of(value), kept=())
        groups.setdefault(key, []).append(value)
    found: dict[Value, tuple[Value, ...]] = {}
    for group in groups.values():
        if len(group) > 1:
            kept = tuple(dict.fromkeys(x for value in group for x in body_of(value).kept))
            found.update(dict.fromkeys(group, kept))
    return found


def _resolved(operands: Operands) -> Operands:
    """Return the operands of a loop with the one number that stands for all equal ones."""
    *data, steps = operands
    return (*data, steps.context.size_value(steps.as_size()))


def _joined(kept: dict[Value, tuple[Value, ...]], value: Value, operands: Operands) -> Value:
    if value in kept:
        body = replace(body_of(value), kept=kept[value])
        return value.context.make(loop, _resolved(operands), (("body", body),))
    if value.op is not loop_result or value.operands[0] not in kept:
        return over(value, operands)
    body, index = body_of(value.operands[0]), value.attribute("index")
    count = len(body.next)
    if index >= count:
        index = count + kept[value.operands[0]].index(body.kept[index - count])
    made: Value = loop_result(*operands, index=index)
    return made


def prune_loops(module: Module) -> Module:
    """Drop from loops what nobody reads."""
    read: dict[Value, set[int]] = {}
    for value in walk(module.roots()):
        if value.op is loop_result:
            read.setdefault(value.operands[0], set()).add(value.attribute("index"))
    places: dict[Value, dict[int, Value]] = {}

    def change(value: Value, operands: Operands) -> Value:
        if value.op is loop_result:
            return places[value.operands[0]][value.attribute("index")]
        fresh = over(value, operands)
        if value.op is loop:
            fresh, places[value] = pruned(fresh, sorted(read.get(value, ())))
        return fresh

    return changed(module, change) if has_bodies(module) else module


def pruned(value: Value, read: list[int]) -> tuple[Value, dict[int, Value]]:
    """Return a loop without what is not read, and its results by their old places."""
    body, operands = body_of(value), operands_of(value)
    count = len(body.next)
    outside = dict(zip(body.leaves, value.operands, strict=False))
    smaller = _smaller(body, read)
    made = make_loop(
        smaller,
        [outside[x] for x in smaller.elements],
        [outside[x] for x in smaller.states],
        [outside[x] for x in smaller.fixed],
        operands.steps.as_size(),
    )
    finals, rows = results_of(made)
    after = {**outside, **dict(zip(smaller.states, finals, strict=True))}
    known = {x: outside[x] for x in body.elements}
    known.update(zip(smaller.kept, rows, strict=True))
    places = {j: after[x] for j, x in enumerate(body.states)}
    places.update((count + k, known[x]) for k, x in enumerate(body.kept) if x in known)
    return made, places


def _smaller(body: Body, read: list[int]) -> Body:
    """Return a body without what does not matter to results; states that never change are fixed."""
    count = len(body.next)
    still = [j for j in range(count) if body.next[j] is body.states[j]]
    kept = _needed_rows(body, {j - count for j in read})
    states = _needed_states(body, {j for j in read if j < count}, kept, still)
    chosen = replace(
        body,
        next=tuple(body.next[j] for j in states),
        kept=tuple(body.kept[k] for k in kept),
    )
    used = set(reached(body, chosen.everything))
    constant = (body.states[j] for j in still)
    return replace(
        chosen,
        elements=tuple(x for x in body.elements if x in used),
        states=tuple(body.states[j] for j in states),
        fixed=tuple(x for x in (*body.fixed, *constant) if x in used),
    )


def _needed_rows(body: Body, read: set[int]) -> list[int]:
    """Return places of rows that are to be kept: each once, and none that a sequence has."""
    first = {x: k for k, x in reversed(list(enumerate(body.kept))) if x not in body.elements}
    return sorted({first[body.kept[k]] for k in read if k >= 0 and body.kept[k] in first})


def _needed_states(body: Body, read: Iterable[int], kept: list[int], still: list[int]) -> list[int]:
    """Return the states that results which are read depend on, but for those that never change."""
    needed = set(read) - set(still)
    always = [body.kept[k] for k in kept] + ([] if body.stop is None else [body.stop])
    while True:
        roots = [*always, *(body.next[j] for j in needed)]
        used = set(reached(body, roots))
        more = {j for j, x in enumerate(body.states) if x in used} - set(still)
        if more <= needed:
            return sorted(needed)
        needed |= more
