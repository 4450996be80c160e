"""Stores large results past the caches, which could not hold them until they are read.

A store into a cache reads the line that it writes to first, a third of what `x + y` moves. Whole
vectors that go past the caches do not, but come from memory when they are read again. So each
store is printed both ways, and a result's bytes, and whether it is aligned, say which one runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.kernel.access import loops_of, pointer
from symc.compiler.kernel.frame import Frame
from symc.compiler.kernel.linear import ONE, Access, Polynomial, plus, polynomial, times
from symc.compiler.kernel.plan import (
    KernelPlan,
    StagePlan,
    lane_axis,
    reads_of,
    scalar_axes,
    writes_of,
)
from symc.compiler.kernel.record import Axis, Buffer, Kernel, Schedule, Stage
from symc.compiler.kernel.work import steps
from symc.compiler.target.isa import Target

FAR = 32 << 20
"""Bytes of results from which caches do not keep them: what a core has of those that all share.

What the system says of these is no guide: cores of other machines on the same processor use them.
"""

ARITHMETIC = 0.5
"""Nanoseconds of a point from which arithmetic hides what stores take."""

LEAST = 16
"""Bytes of the shortest vectors that may go past the caches."""


def choose_past(kernel: Kernel, schedule: Schedule, target: Target) -> int:
    """Return the bytes of results from which they go past the caches, 0 where they never do."""
    if not target.fence or schedule.vector == "none":
        return 0
    found = {k for stage in kernel.stages for k in _passing(kernel, stage, schedule)}
    bytes_ = [_known_bytes(kernel.buffers[k]) for k in found]
    return FAR if sum(n or FAR for n in bytes_) >= FAR else 0


def _known_bytes(buffer: Buffer) -> int:
    """Return the bytes of a buffer, 0 where they are not known."""
    known = all(isinstance(size, int) for size in buffer.shape)
    return buffer.elements * ITEMSIZE[buffer.dtype] if known else 0


def _passing(kernel: Kernel, stage: Stage, schedule: Schedule) -> Iterator[int]:
    """Yield the buffers whose elements a stage writes side by side in the innermost loop, once."""
    axis = lane_axis(kernel, stage, schedule)
    inside = schedule.vector == "outer" and any(s.axes for s in kernel.stages)
    if not axis or inside or _arithmetic(kernel, stage, axis) > ARITHMETIC:
        return
    read = {a.buffer for s in kernel.stages for a in reads_of(kernel, s).values()}
    read |= {write.buffer for s in kernel.stages for write in s.writes if write.mode == "add"}
    for write, access in zip(stage.writes, writes_of(kernel, stage), strict=True):
        buffer = kernel.buffers[write.buffer]
        alone = buffer.role == "out" and write.buffer not in read
        long = schedule.lanes * ITEMSIZE[buffer.dtype] >= LEAST
        always = not access.picks and access.guard is None
        if alone and long and always and access.stride(axis) == ONE:
            yield write.buffer


def _arithmetic(kernel: Kernel, stage: Stage, axis: str) -> float:
    """Return the nanoseconds of a point of a stage in a loop along an axis."""
    moving = scalar_axes(kernel, stage, reads_of(kernel, stage))
    pairs = zip(stage.scalars, moving, strict=True)
    return steps(scalar for scalar, axes in pairs if axis in axes)


class Past:
    """Says in a loop whether results go past the caches."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.plan: KernelPlan = frame.plan
        kernel, schedule = self.plan.kernel, self.plan.schedule
        self.passing = [frozenset(_passing(kernel, s.stage, schedule)) for s in self.plan.stages]
        self.large = self._large(frozenset().union(*self.passing))

    def _large(self, buffers: frozenset[int]) -> Register:
        """Return whether results are too large for the caches."""
        total: Polynomial = ()
        for k in buffers:
            buffer = self.plan.kernel.buffers[k]
            bytes_ = polynomial(ITEMSIZE[buffer.dtype])
            total = plus(total, reduce(times, map(polynomial, buffer.shape), bytes_))
        least = self.frame.number(self.plan.schedule.past)
        return self.frame.b.greater_equal(self.frame.size(total), least)

    def along(self, axis: Axis, stages: Sequence[StagePlan]) -> dict[int, Register]:
        """Return whether what stages write in a loop in lanes goes past the caches, by buffer."""
        lower, _ = self.frame.extent(axis)
        return {
            access.buffer: self._fits(stage, access, axis, lower)
            for stage in stages
            for access in stage.writes
            if access.buffer in self.passing[stage.number]
        }

    def _fits(self, stage: StagePlan, access: Access, axis: Axis, lower: Register) -> Register:
        """Return whether what a loop writes is large and begins with a line of memory."""
        b, frame = self.frame.b, self.frame
        level = [a.name for a in loops_of(frame, stage)].index(axis.name)
        place = b.offset(pointer(frame, stage, access, level), access.dtype, lower)
        low = b.bit_and(b.bitcast(place, "int64"), frame.number(63))
        return b.bit_and(self.large, b.equal(low, frame.number(0)))

    def finish(self) -> None:
        """Let all that went past the caches be seen before a kernel ends that is not run in parts.

        What runs kernels in parts does so after each.
        """
        if not self.plan.kernel.outer:
            self.frame.b.when(self.large, self.frame.b.fence)
