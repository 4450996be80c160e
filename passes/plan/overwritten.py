"""Finds results that are computed in the memory of a temporary that their step reads last."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence

from msgspec import Struct

from symc.compiler.program.record import Number
from symc.compiler.value import Value
from symc.passes.plan.bindings import Step, can_overwrite
from symc.passes.plan.slots import Life


class Spans(Struct):
    """When temporaries are there, by the number of the step, and the bytes of each."""

    first: dict[Hashable, int]
    last: dict[Hashable, int]
    size: dict[Hashable, Number]


def spans_of(
    steps: Sequence[Step], temporaries: Callable[[Step], Iterable[tuple[Hashable, Number]]]
) -> Spans:
    """Return when each temporary of the steps is there."""
    spans = Spans({}, {}, {})
    for k, step in enumerate(steps):
        for key, size in temporaries(step):
            spans.first.setdefault(key, k)
            spans.last[key], spans.size[key] = k, size
        for memory in step.memory():
            if memory in spans.first:
                spans.last[memory] = k
    return spans


def lives_of(
    spans: Spans, owners: Mapping[Hashable, Hashable], kept: Collection[Hashable], end: int
) -> list[Life]:
    """Return how long temporaries live: what others lie in as long as any of them.

    owners   of those that lie in another's memory, whose
    kept     what lives to the end, which has the number `end`
    """
    ends = {key: end if key in kept else last for key, last in spans.last.items()}
    for key, owner in owners.items():
        ends[owner] = max(ends[owner], ends[key])
    return [Life(key, spans.size[key], first, ends[key]) for key, first in spans.first.items()]


def overwritten(
    steps: Sequence[Step], spans: Spans, kept: Collection[Value]
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


def _fits(steps: Sequence[Step], spans: Spans, k: int, result: Value, old: Value) -> bool:
    """Tell whether a step may compute a result where something lies that dies with it."""
    return (
        spans.first.get(result) == k
        and spans.size[result] == spans.size[old]
        and steps[spans.first[old]].level == steps[k].level
        and can_overwrite(steps[k], result, old)
    )
