"""What one kernel would compute of pointwise members alone, counted without writing it."""

from __future__ import annotations

from collections.abc import Iterable

from symc.compiler.value import Value
from symc.passes.fuse.build import Anew
from symc.passes.fuse.growth import MOST_BUFFERS, MOST_SCALARS
from symc.passes.fuse.trees import Tree, Trees


class Tally:
    """The Values that a group computes, and those it reads, where one point needs no other.

    Then (`Trees.are_plain`) nothing can be misaligned and each Value is one scalar, so sets say
    what the stages would.

    weight   the scalars it computes
    """

    def __init__(self, members: Iterable[Value], trees: Trees) -> None:
        self._trees = trees
        self._members: set[Value] = set()
        self._inside: set[Value] = set()
        self._read: set[Value] = set()
        for member in members:
            self._take(member, trees.of(member))

    @property
    def weight(self) -> int:
        """Return how many scalars are computed."""
        return len(self._members) + len(self._inside) + len(self._read)

    @property
    def fits(self) -> bool:
        """Tell whether this may be one kernel."""
        buffers = len(self._members) + len(self._read)
        return self.weight <= MOST_SCALARS and buffers <= MOST_BUFFERS

    def add(self, value: Value) -> bool:
        """Take a member if it fits; raise Anew for one that cannot be counted."""
        tree = self._trees.of(value)
        if not tree.plain:
            raise Anew
        read, inside = tree.memory - self._read - self._members, tree.inside - self._inside
        self._take(value, tree)
        if self.fits:
            return True
        self._members.remove(value)
        self._read -= read
        self._inside -= inside
        return False

    def _take(self, value: Value, tree: Tree) -> None:
        self._read |= tree.memory - self._members
        self._members.add(value)
        self._inside |= tree.inside
