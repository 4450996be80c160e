"""Workspace slots: values that never live together share one."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from symc.compiler.program.record import Number
from symc.passes.plan.host import HostScalars


@dataclass(frozen=True, slots=True)
class Life:
    """A temporary: its bytes, and the first and last statement that touch it."""

    key: Hashable
    size: Number
    first: int
    last: int


def assign(lives: list[Life], host: HostScalars) -> tuple[dict[Hashable, int], tuple[Number, ...]]:
    """Return the slot of each temporary and the size of each slot.

    A free slot of the same size is taken first, then any free one, which grows to the larger size:
    never more bytes than a slot of its own.
    """
    slots: list[list[Number]] = []
    busy: list[int] = []
    places: dict[Hashable, int] = {}
    for life in sorted(lives, key=lambda x: (x.first, x.last)):
        free = [k for k, until in enumerate(busy) if until < life.first]
        equal = [k for k in free if life.size in slots[k]]
        if equal or free:
            k = equal[0] if equal else free[0]
        else:
            k = len(slots)
            slots.append([])
            busy.append(-1)
        if life.size not in slots[k]:
            slots[k].append(life.size)
        busy[k] = life.last
        places[life.key] = k
    return places, tuple(_largest(sizes, host) for sizes in slots)


def _largest(sizes: list[Number], host: HostScalars) -> Number:
    largest = sizes[0]
    for size in sizes[1:]:
        if isinstance(largest, int) and isinstance(size, int):
            largest = max(largest, size)
        else:
            largest = host.compute("maximum", (largest, size))
    return largest
