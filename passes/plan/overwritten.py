"""Finds results that are computed in the memory of a temporary that their step reads last."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping

from msgspec import Struct

from symc.compiler.program.record import Number
from symc.compiler.value import Value
from symc.passes.plan.bindings import Step, can_overwrite


class Spans(Struct):
    """When temporaries are there, by the number of the step, and the bytes of each."""

    first: dict[Hashable, int]
    last: dict[Hashable, int]
    size: dict[Hashable, Number]


def overwritten(
    steps: list[Step], spans: Spans, kept: Collection[Value]
) -> Mapping[Hashable, Hashable]:
    """Return results, with the first of those whose memory they are computed in, one in another's.

    Then nothing is written to memory that is not hot. What is kept to the end has a place of its
    own until then.
    """
    owners: dict[Hashable, Hashable] = {}
    for k, step in enumerate(steps):
        dying = [
            v
            for v in dict.fromkeys(step.memory())
            if spans.first.get(v, k) < k and spans.last[v] == k and v not in kept
        ]
        for result in step.results if dying else ():
            old = next((v for v in dying if _fits(steps, spans, k, result, v)), None)
            if old is not None:
                dying.remove(old)
                owners[result] = owners.get(old, old)
    return owners


def _fits(steps: list[Step], spans: Spans, k: int, result: Value, old: Value) -> bool:
    """Tell whether a step may compute a result where something lies that dies with it."""
    return (
        spans.first.get(result) == k
        and spans.size[result] == spans.size[old]
        and steps[spans.first[old]].level == steps[k].level
        and can_overwrite(steps[k], result, old)
    )
