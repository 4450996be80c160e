"""What one kernel would compute of pointwise members alone, counted without writing it."""

from __future__ import annotations

from collections.abc import Iterable

from symc.compiler.value import Value
from symc.passes.fuse.build import Anew
from symc.passes.fuse.growth import excess
from symc.passes.fuse.reasons import Reason
from symc.passes.fuse.trees import Tree, Trees


class Tally:
    """The Values that a group computes, and those it reads, where one point needs no other.

    Then (`Trees.are_plain`) nothing can be misaligned and each Value is one scalar, so sets say
    what the stages would.

    weight    the scalars it computes
    refusal   why the last member that was offered was not taken
    """

    refusal: Reason | None = None

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
    def excess(self) -> Reason | None:
        """Return why this is too much for one kernel; None where it is not."""
        return excess(self.weight, len(self._members) + len(self._read))

    def add(self, value: Value) -> bool:
        """Take a member if it fits; raise Anew for one that cannot be counted."""
        tree = self._trees.of(value)
        if not tree.plain:
            raise Anew
        read, inside = tree.memory - self._read - self._members, tree.inside - self._inside
        self._take(value, tree)
        self.refusal = self.excess
        if self.refusal is None:
            return True
        self._members.remove(value)
        self._read -= read
        self._inside -= inside
        return False

    def _take(self, value: Value, tree: Tree) -> None:
        self._read |= tree.memory - self._members
        self._members.add(value)
        self._inside |= tree.inside
