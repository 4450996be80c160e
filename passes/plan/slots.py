"""Workspace slots: values that never live together share one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable
from heapq import heappop, heappush

from msgspec import Struct

from symc.compiler.program.record import Number
from symc.passes.plan.host import HostScalars

TRIED = 32
"""Slots of larger sizes that a temporary is tried with."""


LARGE = 1 << 16
"""Bytes from which on a size that is known chooses first."""


class Life(Struct, frozen=True):
    """A temporary: its bytes, and the first and last statement that touch it."""

    key: Hashable
    size: Number
    first: int
    last: int


def assign(lives: list[Life], host: HostScalars) -> tuple[dict[Hashable, int], tuple[Number, ...]]:
    """Return the slot of each temporary and the size of each slot.

    The largest sizes choose first, as few slots as can be; smaller ones take slots that have held
    their size, then gaps in those of larger ones: never more bytes than a slot of its own. Before
    sizes that are open come large ones that are known: what products work in, for which alone a
    slot would grow that shapes may leave small.
    """
    of_size: dict[Number, list[Life]] = {}
    for life in lives:
        of_size.setdefault(life.size, []).append(life)
    slots = Slots()
    places: dict[Hashable, int] = {}

    def order(size: Number) -> tuple[bool, int]:
        return not isinstance(size, str) and size >= LARGE, host.guess(size)

    for size in sorted(of_size, key=order, reverse=True):
        places.update(slots.take(sorted(of_size[size], key=lambda x: (x.first, x.last))))
    return places, tuple(_largest(sizes, host) for sizes in slots.sizes)


class Slots:
    """Slots while they are given away, the largest first.

    sizes   what each slot has held
    """

    def __init__(self) -> None:
        self.sizes: list[list[Number]] = []
        self._firsts: list[list[int]] = []
        self._lasts: list[list[int]] = []

    def take(self, lives: list[Life]) -> dict[Hashable, int]:
        """Return the slots of temporaries of one size, which are in order of time."""
        larger = range(len(self.sizes) - 1, max(len(self.sizes) - TRIED, 0) - 1, -1)
        hosts: dict[int, None] = {}
        busy: list[tuple[int, int]] = []
        places: dict[Hashable, int] = {}
        for life in lives:
            slot = self._gap(life, hosts)
            if slot is None and busy and busy[0][0] < life.first:
                slot = heappop(busy)[1]
            slot = self._gap(life, larger) if slot is None else slot
            slot = self._new() if slot is None else slot
            if slot in larger:
                hosts[slot] = None
            else:
                heappush(busy, (life.last, slot))
            self._note(slot, life)
            places[life.key] = slot
        return places

    def _gap(self, life: Life, slots: Iterable[int]) -> int | None:
        """Return the first of some slots that is free while a temporary lives."""
        for slot in slots:
            place = bisect_left(self._firsts[slot], life.first)
            after = self._firsts[slot][place : place + 1]
            before = self._lasts[slot][place - 1 : place] if place else []
            if all(first > life.last for first in after) and all(x < life.first for x in before):
                return slot
        return None

    def _new(self) -> int:
        for known in (self.sizes, self._firsts, self._lasts):
            known.append([])
        return len(self.sizes) - 1

    def _note(self, slot: int, life: Life) -> None:
        place = bisect_left(self._firsts[slot], life.first)
        self._firsts[slot].insert(place, life.first)
        self._lasts[slot].insert(place, life.last)
        if life.size not in self.sizes[slot]:
            self.sizes[slot].append(life.size)


def _largest(sizes: list[Number], host: HostScalars) -> Number:
    largest = sizes[0]
    for size in sizes[1:]:
        if isinstance(largest, int) and isinstance(size, int):
            largest = max(largest, size)
        else:
            largest = host.compute("maximum", (largest, size))
    return largest
