"""Prints several steps of a sweep one after the other, with what all points share at hand.

A loop over a few light steps takes longer to go round than to compute, and its points read again
what differs from step to step alone: the element of the vector that multiplies a matrix's row.
"""

from __future__ import annotations

from collections.abc import Hashable

from symc.compiler.codegen.register import Register
from symc.compiler.kernel.fold import Row, Rows, merger, tree
from symc.compiler.kernel.frame import Frame, Held
from symc.compiler.kernel.loops import Loops
from symc.compiler.kernel.plan import StagePlan, is_operation, reads_of, scalar_axes
from symc.compiler.kernel.record import STEPS, Kernel, Schedule, Stage
from symc.compiler.kernel.work import is_costly

LIGHT, FOLDED = 3, 4
"""Operations of a step up to which steps are printed in full, and scalars of what reduces it: what
it has, what is added, a conversion of that, and the sum."""

SHARED = 16
"""Operations of a step at most, those among them that are the same for all points."""

CHAIN = 2
"""Steps that wait for one another, of which each takes as long as four that do not."""

VECTORS = 2
"""Vectors of points that take so many steps together."""


def may_print_steps(kernel: Kernel, stage: Stage, schedule: Schedule) -> bool:
    """Tell whether a stage does so little in a step that steps are printed one by one."""
    if schedule.vector != "outer" or len(stage.axes) != 1 or stage.carries or stage.writes:
        return False
    axes = scalar_axes(kernel, stage, reads_of(kernel, stage))
    operations = [k for k, scalar in enumerate(stage.scalars) if is_operation(scalar)]
    own = [k for k in operations if kernel.outer[-1].name in axes[k]]
    light = len(own) <= LIGHT and len(operations) <= SHARED
    folds = all(len(r.combine.step.scalars) <= FOLDED for r in stage.reductions)
    costly = any(is_costly(stage.scalars[k].op) for k in operations)
    return light and folds and not costly and len(stage.reductions) == 1


class Steps:
    """The steps of a stage's axis from a point on, made before the loop over a sweep's points."""

    def __init__(self, loops: Loops, frame: Frame, stage: StagePlan, start: Register) -> None:
        self.loops, self.frame, self.stage = loops, frame, stage
        self.level = len(frame.plan.kernel.outer) + 1
        self.points = [frame.b.add(start, frame.number(s)) if s else start for s in range(STEPS)]
        axes = scalar_axes(frame.plan.kernel, stage.stage, stage.reads)
        self.own = [frame.plan.kernel.outer[-1].name in found for found in axes]
        self.scopes: list[dict[Hashable, Register]] = [{} for _ in self.points]
        self.known = [self._shared(s) for s in range(STEPS)]

    def run(self, rows: Rows) -> Rows:
        """Print the steps at a block of points; return what it carries after them."""
        parts = [self._together(s, self.loops.start(self.stage)) for s in range(0, STEPS, CHAIN)]
        return [self._merged([row, *part]) for row, *part in zip(rows, *parts, strict=True)]

    def _together(self, first: int, rows: Rows) -> Rows:
        """Print the steps that are taken one after the other, from one of them on."""
        for s in range(first, first + CHAIN):
            self._at(s)
            self.frame.values.update(self.known[s])
            with self.frame.reopened(self.scopes[s]), self.frame.scope():
                self._scalars(own=True)
                rows = self.loops.nest(self.stage, 1, rows)
        return rows

    def _merged(self, parts: Rows) -> Row:
        """Merge what one vector of points carried with what it carries of some steps more."""
        (reduction,) = self.stage.stage.reductions
        merge = merger(self.frame, reduction.combine)
        carried, *new = parts
        return merge(carried, tree(new, merge))

    def _shared(self, s: int) -> dict[tuple[int, int], Held]:
        """Print what all points have in common at a step."""
        self._at(s)
        name = self.stage.stage.axes[0].name
        with self.frame.reopened(self.scopes[s]):
            for access in self.stage.accesses():
                self.frame.times(self.frame.axes[name], access.stride(name))
            return self._scalars(own=False)

    def _at(self, s: int) -> None:
        self.frame.axes[self.stage.stage.axes[0].name] = self.points[s]

    def _scalars(self, *, own: bool) -> dict[tuple[int, int], Held]:
        """Print the scalars of a step that points have for themselves, or those that they share."""
        found = {}
        for position, level in enumerate(self.stage.levels):
            if level == self.level and self.own[position] == own:
                place = self.stage.number, position
                found[place] = self.frame.values[place] = self.loops.scalar(self.stage, position)
        return found
