"""Gives a temporary that is overwritten in the end the place of what overwrites it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping

from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.record import Kernel
from symc.compiler.program.record import Buffer
from symc.compiler.value import Value
from symc.passes.fuse.roots import storage
from symc.passes.plan.bindings import Step


def handed_on(
    steps: list[Step], places: Mapping[Hashable, Buffer], kept: set[Value]
) -> dict[Hashable, Buffer]:
    """Return temporaries with the outputs that they lie in, so that none is copied there.

    They are what a step changes into an output, if that step is the last to read them.

    steps    in the order that they run
    places   of results that have one
    kept     what is read after all steps
    """
    maker = {result: step for step in steps for result in step.results}
    uses = Counter(memory for step in steps for memory in step.memory())
    last = {memory: step for step in steps for memory in step.memory()}
    found: dict[Hashable, Buffer] = {}
    for step in reversed(steps):
        for target, result in _changed(step):
            base, place = storage(target), found.get(result, places.get(result))
            if place is None or place.place != "output" or base in places or base in kept:
                continue
            made = maker.get(base)
            alone = last[base] is step and uses[base] == 1 + _before(steps, step, base)
            simple = made is not None and isinstance(made.record, Kernel | Contraction)
            if made is not None and simple and made.level == step.level and alone:
                found[base] = place
    return found


def _changed(step: Step) -> list[tuple[Value, Value]]:
    """Return what a step changes, each with what it becomes."""
    if not isinstance(step.record, Kernel):
        return []
    roles = [b.role for b in step.record.buffers if b.role in ("out", "inout")]
    becomes = (v for v, role in zip(step.results, roles, strict=True) if role == "inout")
    return list(zip(step.targets, becomes, strict=True))


def _before(steps: list[Step], step: Step, base: Value) -> int:
    """Return how often earlier steps read a Value, so that the step itself reads it once."""
    earlier = steps[: steps.index(step)]
    return sum(memory is base for other in earlier for memory in other.memory())
