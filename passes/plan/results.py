"""Decides where a step of a loop writes what the steps after it, or the caller, read."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from symc.compiler.module import Module
from symc.compiler.ops.loop import Body
from symc.compiler.value import Value
from symc.passes.fuse.roots import storage
from symc.passes.plan.bindings import Step, can_overwrite, computed


class Row(Struct, frozen=True):
    """In a row of what is kept; a state is then read from there."""

    rows: Value


class InPlace(Struct, frozen=True):
    """Over the old state, in the place of its final value where that is asked for."""

    final: Value | None


class Ring(Struct, frozen=True):
    """In the next of several places, as many as steps may read it, and one more."""

    count: int


Result = Row | InPlace | Ring


def results_of(
    body: Body, module: Module, steps: list[Step], parts: Mapping[int, Value]
) -> dict[Value, Result]:
    """Return the places of what outlives a step, of all that its steps make.

    parts   what is read of the loop, by index
    """
    made = {v: step for step in steps for v in step.results}
    found: dict[Value, Result] = {}
    for k, value in enumerate(body.kept, len(body.next)):
        base = storage(value)
        if k in parts and base in made and base not in found:
            found[base] = Row(parts[k])
    for value in body.next:
        base = storage(value)
        if base in made and base not in found:
            found[base] = _state(body, module, steps, parts, base)
    return found


def _state(
    body: Body, module: Module, steps: list[Step], parts: Mapping[int, Value], value: Value
) -> Result:
    """Return where new states go that no row holds."""
    mine = [k for k, x in enumerate(body.next) if storage(x) is value]
    moves = _moves(body, value)
    if moves == len(mine) == 1 and _can_overwrite(body, module, steps, mine[0], value):
        return InPlace(parts.get(mine[0]))
    return Ring(moves + 1)


def _moves(body: Body, value: Value) -> int:
    """Return through how many steps states hand a value on."""
    reached, count = {value}, 0
    while reached:
        pairs = zip(body.states, body.next, strict=True)
        reached = {leaf for leaf, following in pairs if storage(following) in reached}
        count += bool(reached)
    return count


def _can_overwrite(body: Body, module: Module, steps: list[Step], state: int, value: Value) -> bool:
    """Tell whether a new state may be written over the old one that steps read."""
    leaf = body.states[state]
    late = {storage(v) for v in computed(module)}
    late |= set() if body.stop is None else {storage(body.stop)}
    maker = next(k for k, step in enumerate(steps) if value in step.results)
    after = steps[maker + 1 :]
    if leaf in late or any(leaf in step.memory() for step in after):
        return False
    return can_overwrite(steps[maker], value, leaf)
