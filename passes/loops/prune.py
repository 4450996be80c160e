"""Loops that compute nothing in vain: unread results go, and what only they need; equal loops join."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from symc.compiler.module import Module, walk
from symc.compiler.ops.loop import Body, body_of, loop, loop_result, make_loop, operands_of
from symc.compiler.value import Value
from symc.passes.loops.substitute import with_replaced


def join_loops(module: Module) -> Module:
    """Make one of loops that differ only in what they keep of each step."""
    groups: dict[object, list[Value]] = {}
    for value in _loops(module):
        key = value.operands, replace(body_of(value), kept=())
        groups.setdefault(key, []).append(value)
    new: dict[Value, Value] = {}
    for group in groups.values():
        if len(group) > 1:
            new.update(_joined(group, module))
    return with_replaced(module, new)


def _loops(module: Module) -> list[Value]:
    return [value for value in walk(module.roots()) if value.op is loop]


def _results(module: Module) -> dict[Value, list[Value]]:
    """Return the results that are read of each loop."""
    found: dict[Value, list[Value]] = {}
    for value in walk(module.roots()):
        if value.op is loop_result:
            found.setdefault(value.operands[0], []).append(value)
    return found


def _joined(group: list[Value], module: Module) -> dict[Value, Value]:
    """Return what takes the place of the results of some loops."""
    first = body_of(group[0])
    kept = tuple(dict.fromkeys(x for value in group for x in body_of(value).kept))
    attributes = (("body", replace(first, kept=kept)),)
    whole = group[0].context.make(loop, group[0].operands, attributes)
    count = len(first.next)
    places = {x: count + k for k, x in enumerate(kept)}
    results, new = _results(module), dict[Value, Value]()
    for value in group:
        own = body_of(value).kept
        new[value] = whole
        for y in results.get(value, ()):
            index = y.attribute("index")
            place = index if index < count else places[own[index - count]]
            new[y] = loop_result(whole, index=place)
    return new


def prune_loops(module: Module) -> Module:
    """Drop from loops what nobody reads."""
    results = _results(module)
    new: dict[Value, Value] = {}
    for value in _loops(module):
        read = sorted({y.attribute("index") for y in results.get(value, ())})
        made = _pruned(value, read)
        if made is not None:
            smaller, places = made
            new[value] = smaller
            for y in results.get(value, ()):
                new[y] = places[y.attribute("index")]
    return with_replaced(module, new)


def _pruned(value: Value, read: list[int]) -> tuple[Value, dict[int, Value]] | None:
    """Return a loop without what is not read, and its results by their old places.

    None where nothing can go. A state that never changes is fixed.
    """
    body, operands = body_of(value), operands_of(value)
    count = len(body.next)
    still = [j for j in range(count) if body.next[j] is body.states[j]]
    kept = [k for k in range(len(body.kept)) if count + k in read]
    states = _needed_states(body, {j for j in read if j < count}, kept, still)
    roots = [body.next[j] for j in states] + [body.kept[k] for k in kept]
    roots += [] if body.stop is None else [body.stop]
    used = set(walk([*roots, *body.everything[: len(body.everything) - len(body.roots)]]))
    elements = [k for k, x in enumerate(body.elements) if x in used]
    fixed = [k for k, x in enumerate(body.fixed) if x in used]
    constant = [j for j in still if body.states[j] in used]
    smaller = Body(
        body.counter,
        tuple(body.elements[k] for k in elements),
        tuple(body.states[j] for j in states),
        (*(body.fixed[k] for k in fixed), *(body.states[j] for j in constant)),
        tuple(body.next[j] for j in states),
        tuple(body.kept[k] for k in kept),
        body.stop,
        body.checks,
        body.truncate,
    )
    if smaller == body:
        return None
    made = make_loop(
        smaller,
        [operands.sequences[k] for k in elements],
        [operands.initial[j] for j in states],
        [*(operands.fixed[k] for k in fixed), *(operands.initial[j] for j in constant)],
        operands.steps.as_size(),
    )
    places: dict[int, Value] = {j: operands.initial[j] for j in still}
    places.update((j, loop_result(made, index=n)) for n, j in enumerate(states))
    places.update((count + k, loop_result(made, index=len(states) + n)) for n, k in enumerate(kept))
    return made, places


def _needed_states(body: Body, read: Iterable[int], kept: list[int], still: list[int]) -> list[int]:
    """Return the states that results which are read depend on, but for those that never change."""
    needed = set(read) - set(still)
    always = [body.kept[k] for k in kept] + ([] if body.stop is None else [body.stop])
    while True:
        roots = [*always, *(body.next[j] for j in needed)]
        used = set(walk(roots))
        more = {j for j, x in enumerate(body.states) if x in used} - set(still)
        if more <= needed:
            return sorted(needed)
        needed |= more
