"""Decides which new states are written in place, and orders the part of a call that does it."""

from __future__ import annotations

from collections.abc import Container

from msgspec import Struct, field

from symc.compiler.module import Module
from symc.compiler.value import Value
from symc.passes.fuse.roots import storage
from symc.passes.plan.bindings import Step, can_overwrite, computed, same_shape

OTHER_SIZE = "its size may change"
NOT_COMPUTED = "the new value is there already"
TAKEN = "the new value is returned too, or is another state's"
READ_ELSEWHERE = "computing an element reads others of the old state"
NEEDED_BEFORE = "what can fail reads the new value"
CYCLE = "it and other states are computed of each other's old values"
# Why a new state is not computed in the place of the old one.


class Decisions(Struct, eq=False):
    """What becomes of each update, by the index of its state among the states.

    in_place   state -> (step, result) that overwrites it in the commit part
    copied     state -> Value that the commit part copies into it
    swapped    states whose new value has another size: an output that replaces their storage
    late       the steps of the commit part, in order
    reasons    why a state is copied into, or swapped
    """

    in_place: dict[int, tuple[Step, Value]] = field(default_factory=dict)
    copied: dict[int, Value] = field(default_factory=dict)
    swapped: dict[int, Value] = field(default_factory=dict)
    late: list[Step] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)


def decide(module: Module, steps: list[Step]) -> Decisions:
    """Return the decisions for a module's updates."""
    inputs = sum(1 for p in module.parameters if p.kind == "input")
    makers = {result: step for step in steps for result in step.results}
    taken = {storage(v) for v in (*module.outputs, *computed(module))}
    decisions = Decisions()
    for index, value in module.updates:
        state = module.parameters[index].value
        base, number = storage(value), index - inputs
        if base is state:
            continue
        if not same_shape(value, state):
            decisions.swapped[number] = value
            decisions.reasons[number] = OTHER_SIZE
            continue
        reason = _refusal(makers.get(base), base, state, taken)
        if reason:
            decisions.copied[number] = value
            decisions.reasons[number] = reason
        else:
            decisions.in_place[number] = (makers[base], base)
            taken.add(base)
    states = {i - inputs: module.parameters[i].value for i, _ in module.updates}
    _settle(decisions, steps, states)
    return decisions


def _refusal(step: Step | None, base: Value, state: Value, taken: Container[Value]) -> str:
    """Return why a new state cannot be computed in the place of the old; '' where it can."""
    if step is None:
        return NOT_COMPUTED
    if base in taken:
        return TAKEN
    return "" if can_overwrite(step, base, state) else READ_ELSEWHERE


def _settle(decisions: Decisions, steps: list[Step], states: dict[int, Value]) -> None:
    """Give up overwriting, one state at a time, until the commit part has an order."""
    for bad in _early_late(decisions, steps):
        _give_up(decisions, bad, NEEDED_BEFORE)
    while True:
        order, stuck = _order(_late_steps(decisions, steps), decisions, states)
        if stuck is None:
            decisions.late = order
            return
        _give_up(decisions, stuck, CYCLE)


def _give_up(decisions: Decisions, number: int, reason: str) -> None:
    """Copy a new state instead of overwriting the old one."""
    decisions.reasons[number] = reason
    _, value = decisions.in_place.pop(number)
    decisions.copied[number] = value


def _late_steps(decisions: Decisions, steps: list[Step]) -> list[Step]:
    """Return the steps that overwrite states, and all that read what those make."""
    late: set[Step] = {step for step, _ in decisions.in_place.values()}
    made = {result for step in late for result in step.results}
    for step in steps:
        if step in late or any(v in made for v in step.memory()):
            late.add(step)
            made.update(step.results)
    return [step for step in steps if step in late]


def _early_late(decisions: Decisions, steps: list[Step]) -> list[int]:
    """Return the states whose overwriting would put into the commit part what belongs before."""
    makers = {result: step for step in steps for result in step.results}
    leading: set[Step] = set()  # to a step that belongs before
    for step in reversed(steps):
        if step.early or step in leading:
            leading.add(step)
            leading.update(makers[v] for v in step.memory() if v in makers)
    return [n for n, (step, _) in reversed(decisions.in_place.items()) if step in leading]


def _order(
    late: list[Step], decisions: Decisions, states: dict[int, Value]
) -> tuple[list[Step], int | None]:
    """Sort late steps so that a state's readers come before its writer; name a state in a cycle."""
    makers = {result: step for step in late for result in step.results}
    writer = {states[number]: step for number, (step, _) in decisions.in_place.items()}
    before: dict[Step, set[Step]] = {step: set() for step in late}
    for step in late:
        for memory in step.memory():
            if memory in makers and makers[memory] is not step:
                before[step].add(makers[memory])
            if memory in writer and writer[memory] is not step:
                before[writer[memory]].add(step)
    order = _in_rounds(before)
    if len(order) < len(late):
        done = set(order)
        return [], [n for n, (s, _) in decisions.in_place.items() if s not in done][-1]
    return order, None


def _in_rounds(before: dict[Step, set[Step]]) -> list[Step]:
    """Sort steps, in each round all that wait for none, in the order given; stop at a cycle."""
    place = {step: k for k, step in enumerate(before)}
    after: dict[Step, list[Step]] = {step: [] for step in before}
    for step, needed in before.items():
        for other in needed:
            after[other].append(step)
    missing = {step: len(needed) for step, needed in before.items()}
    order: list[Step] = []
    ready = [step for step, count in missing.items() if not count]
    while ready:
        order += ready
        following = []
        for step in (x for done in ready for x in after[done]):
            missing[step] -= 1
            following += [step] if not missing[step] else []
        ready = sorted(following, key=place.__getitem__)
    return order
