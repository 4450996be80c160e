"""The user's applications by site number, put into words only where an error or a text asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from symc.compiler.location import Location
from symc.report import describe
from symc.variable import Apply


class Sites(Sequence[Location]):
    """The locations of applications: describing all of them takes longer than building from them.

    >>> from symc.tensor import dscalar
    >>> Sites([(dscalar("x") + 1).owner])[0].operands
    ('x: float64 scalar', '1: int8 scalar')
    """

    def __init__(self, owners: Sequence[Apply]) -> None:
        self._owners = tuple(owners)
        self._known: dict[int, Location] = {}

    def __len__(self) -> int:
        return len(self._owners)

    @overload
    def __getitem__(self, place: int) -> Location: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Location, ...]: ...
    def __getitem__(self, place: int | slice) -> Location | tuple[Location, ...]:
        if isinstance(place, slice):
            return tuple(map(_location, self._owners[place]))
        if place not in self._known:  # many Values may come from one sum of thousands of terms
            self._known[place] = _location(self._owners[place])
        return self._known[place]


def _location(owner: Apply) -> Location:
    frames = owner.location.location.frames
    return Location(frames, owner.title, tuple(map(describe, owner.inputs)))
