"""Gives a temporary that is overwritten in the end the place of what overwrites it."""

from __future__ import annotations

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

    steps    those before the commit part, in the order that they run
    places   of results that have one
    kept     what is read after them, by the commit part too
    """
    maker = {result: step for step in steps for result in step.results}
    last = {memory: step for step in steps for memory in step.memory()}
    found: dict[Hashable, Buffer] = {}
    for step in reversed(steps):
        for target, result in step.changed():
            base, place = storage(target), found.get(result, places.get(result))
            if place is None or place.place != "output" or base in places or base in kept:
                continue
            made = maker.get(base)
            alone = last[base] is step and list(step.memory()).count(base) == 1
            simple = made is not None and isinstance(made.record, Kernel | Contraction)
            if made is not None and simple and made.level == step.level and alone:
                found[base] = place
    return found
