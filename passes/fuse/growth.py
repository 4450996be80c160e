"""What one kernel would compute as its group grows: each further member costs what it adds."""

from __future__ import annotations

from symc.compiler.value import Value
from symc.passes.fuse.build import Anew, GroupBuilder, is_computed
from symc.passes.fuse.draft import Mark, Misaligned
from symc.passes.fuse.group import Domain
from symc.passes.fuse.reasons import BUFFERS, MISALIGNED, SCALARS, Reason
from symc.passes.fuse.trees import Trees

MOST_SCALARS = 300
"""Scalar operations of one kernel."""

MOST_BUFFERS = 24
"""Buffers of a kernel of several members."""

TOO_LONG, TOO_WIDE = SCALARS.of(MOST_SCALARS), BUFFERS.of(MOST_BUFFERS)


def excess(scalars: int, buffers: int) -> Reason | None:
    """Return why so much is too much for one kernel; None where it is not."""
    if scalars > MOST_SCALARS:
        return TOO_LONG
    return TOO_WIDE if buffers > MOST_BUFFERS else None


class Growth:
    """The stages of a group, every member of it written to memory, under construction.

    weight    the scalars it computes
    refusal   why the last member that was offered was not taken
    """

    refusal: Reason | None = None

    def __init__(self, members: list[Value], domain: Domain, trees: Trees) -> None:
        """Write a group as it is; raise Misaligned where its members fit into no kernel."""
        self._builder = GroupBuilder(members, domain, trees, None)
        self._builder.build()
        self.weight = self._computed({})

    @property
    def excess(self) -> Reason | None:
        """Return why this is too much for one kernel; None where it is not."""
        return excess(self.weight, len(self._builder.draft.buffers))

    def add(self, value: Value) -> bool:
        """Take a member if it fits; else stay as it was.

        Raise Anew where it would change what is written already.
        """
        before, builder, weight = self._marks(), self._builder.mark(), self.weight
        try:
            self._builder.append(value)
            self.weight += self._computed(before)
        except Misaligned as error:
            self.refusal = MISALIGNED.of(error)
            self._undo(value, before, builder)
        except Anew:
            self._undo(value, before, builder)
            raise
        else:
            self.refusal = self.excess
            if self.refusal is None:
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
