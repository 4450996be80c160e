"""Workspace slots: values that never live together share one."""

from __future__ import annotations

from collections.abc import Hashable
from heapq import heappop, heappush

from symc.compiler.dataclass import dataclass
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
    slots = Slots()
    places: dict[Hashable, int] = {}
    for life in sorted(lives, key=lambda x: (x.first, x.last)):
        places[life.key] = slots.take(life)
    return places, tuple(_largest(sizes, host) for sizes in slots.sizes)


class Slots:
    """Slots while they are given away in order of time.

    sizes   what each slot has held
    """

    def __init__(self) -> None:
        self.sizes: list[list[Number]] = []
        self._busy: list[tuple[int, int]] = []
        self._free: set[int] = set()
        self._in_order: list[int] = []
        self._of_size: dict[Number, list[int]] = {}

    def take(self, life: Life) -> int:
        """Return the slot of a temporary that begins no sooner than those before it."""
        while self._busy and self._busy[0][0] < life.first:
            self._release(heappop(self._busy)[1])
        slot = self._first_free(self._of_size.get(life.size, []))
        if slot is None:
            slot = self._first_free(self._in_order)
        if slot is None:
            slot = len(self.sizes)
            self.sizes.append([])
        self._free.discard(slot)
        if life.size not in self.sizes[slot]:
            self.sizes[slot].append(life.size)
        heappush(self._busy, (life.last, slot))
        return slot

    def _release(self, slot: int) -> None:
        self._free.add(slot)
        heappush(self._in_order, slot)
        for size in self.sizes[slot]:
            heappush(self._of_size.setdefault(size, []), slot)

    def _first_free(self, slots: list[int]) -> int | None:
        """Return the first slot of a heap that is free, dropping those taken from another heap."""
        while slots and slots[0] not in self._free:
            heappop(slots)
        return slots[0] if slots else None


def _largest(sizes: list[Number], host: HostScalars) -> Number:
    largest = sizes[0]
    for size in sizes[1:]:
        if isinstance(largest, int) and isinstance(size, int):
            largest = max(largest, size)
        else:
            largest = host.compute("maximum", (largest, size))
    return largest
