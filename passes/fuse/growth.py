"""What one kernel would compute as its group grows: each further member costs what it adds."""

from __future__ import annotations

from symc.compiler.value import Value
from symc.passes.fuse.build import Anew, GroupBuilder, is_computed
from symc.passes.fuse.draft import Mark, Misaligned
from symc.passes.fuse.group import Domain
from symc.passes.fuse.trees import Trees

MOST_SCALARS = 300
"""Scalar operations of one kernel."""

MOST_BUFFERS = 24
"""Buffers of a kernel of several members."""


class Growth:
    """The stages of a group, every member of it written to memory, under construction.

    weight   the scalars it computes
    """

    def __init__(self, members: list[Value], domain: Domain, trees: Trees) -> None:
        """Write a group as it is; raise Misaligned where its members fit into no kernel."""
        self._builder = GroupBuilder(members, domain, trees, None)
        self._builder.build()
        self.weight = self._computed({})

    @property
    def fits(self) -> bool:
        """Tell whether this may be one kernel."""
        return self.weight <= MOST_SCALARS and len(self._builder.draft.buffers) <= MOST_BUFFERS

    def add(self, value: Value) -> bool:
        """Take a member if it fits; else stay as it was.

        Raise Anew where it would change what is written already.
        """
        before, builder, weight = self._marks(), self._builder.mark(), self.weight
        try:
            self._builder.append(value)
            self.weight += self._computed(before)
        except Misaligned:
            self._undo(value, before, builder)
        except Anew:
            self._undo(value, before, builder)
            raise
        else:
            if self.fits:
                return True
            self._undo(value, before, builder)
            self.weight = weight
        return False

    def _undo(self, value: Value, before: dict[int, tuple[Mark, int]], mark: Mark) -> None:
        builder = self._builder
        builder.rewind(value, mark)
        for level in list(builder.stages):
            if level in before:
                stage, elements = builder.stages[level]
                stage.rewind(before[level][0])
                elements.rewind(before[level][1])
            else:
                del builder.stages[level]

    def _marks(self) -> dict[int, tuple[Mark, int]]:
        stages = self._builder.stages.items()
        return {level: (stage.mark(), elements.mark()) for level, (stage, elements) in stages}

    def _computed(self, before: dict[int, tuple[Mark, int]]) -> int:
        """Count the scalars computed that are not in what was marked."""
        return sum(
            is_computed(scalar)
            for level, (stage, _) in self._builder.stages.items()
            for scalar in stage.scalars[before[level][0][0] if level in before else 0 :]
        )
