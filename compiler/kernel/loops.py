"""The part of a kernel's lowering that orders of its loops of their own are printed with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from symc.compiler.codegen.register import Register
from symc.compiler.kernel.fold import Rows
from symc.compiler.kernel.frame import Held
from symc.compiler.kernel.plan import StagePlan
from symc.compiler.kernel.record import Axis


class Loops(Protocol):
    """Prints loops and what stages do in them."""

    def loop(
        self,
        axis: Axis,
        lower: Register,
        upper: Register,
        step: int,
        rows: Rows,
        body: Callable[[Rows], Rows],
    ) -> Rows:
        """Print a loop that carries rows of registers."""

    def aim(self, axis: Axis, stages: Sequence[StagePlan]) -> None:
        """Find out whether what stages write in a loop in lanes goes past the caches."""

    def in_lanes(
        self, axis: Axis, lanes: int, unroll: int, rows: Rows, body: Callable[[Rows], Rows]
    ) -> Rows:
        """Print the loops of an axis in lanes."""

    def around(self, level: int) -> None:
        """Print what runs at a level of the outer loops and inside it."""

    def enter(self, level: int, stages: Sequence[StagePlan]) -> None:
        """Print the scalars and the parts of addresses that a level has."""

    def scalar(self, stage: StagePlan, position: int) -> Held:
        """Print one scalar, spread over the lanes if that is needed."""

    def start(self, stage: StagePlan) -> Rows:
        """Return what a stage begins with at a block of points."""

    def nest(self, stage: StagePlan, depth: int, rows: Rows) -> Rows:
        """Print the inner loops from the given depth on."""

    def finish(self, stage: StagePlan, rows: Rows) -> list[Held]:
        """Return the results of a stage at a block of points."""
