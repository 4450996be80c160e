"""Goes through arrays along their rows where a reduction or a scan goes down their columns.

A stage that walks its axis to the end at each block of points reads a little of every row at a
time, which no processor foresees and no page of memory rewards. Here a stage takes many points for
a few steps of its axis, and then for the next few; what it carries waits in memory meanwhile. Each
point takes its steps in the same order, so that bits are the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from msgspec import Struct

from symc.compiler.codegen.register import ITEMSIZE, Register, words
from symc.compiler.kernel.fold import Rows
from symc.compiler.kernel.frame import SINGLE, Block, Frame, Held
from symc.compiler.kernel.linear import Polynomial
from symc.compiler.kernel.loops import Loops
from symc.compiler.kernel.plan import KernelPlan, StagePlan, reads_of
from symc.compiler.kernel.record import STEPS, Axis, Body, Kernel, Picked, Schedule, Stage
from symc.compiler.kernel.steps import VECTORS, Steps, may_print_steps

WAITING = 32_768
"""Bytes that may wait in memory: two thirds of the nearest cache."""

FEWEST = 4
"""Steps of the loop over a sweep's points that are worth it."""


class Waiting(Struct, frozen=True):
    """Memory of the function for one scalar at each point of a sweep.

    lanes   elements that a point has beside one another, 0 for one
    count   how many such rows
    """

    place: Register
    dtype: str
    lanes: int
    count: int


def carried_dtypes(stage: Stage) -> tuple[str, ...]:
    """Return the dtypes of what a stage carries: of its reductions, then its carries."""
    reduced = (dtype for r in stage.reductions for dtype, _ in r.combine.init)
    return (*reduced, *(carry.dtype for carry in stage.carries))


def result_dtypes(stage: Stage) -> tuple[str, ...]:
    """Return the dtypes of a stage's results, in the same order."""
    finished = (d for r in stage.reductions for d in _dtypes_of(r.combine.finish))
    return (*finished, *(carry.dtype for carry in stage.carries))


def _dtypes_of(body: Body) -> Iterator[str]:
    for k in body.results:
        yield body.scalars[k].dtype


def waiting_bytes(stage: Stage, lanes: int) -> int:
    """Return the bytes that a stage keeps for a point whose accumulators have so many elements."""
    carried = sum(ITEMSIZE[d] for d in carried_dtypes(stage)) * lanes
    return carried + sum(ITEMSIZE[d] for d in result_dtypes(stage))


def choose_sweep(kernel: Kernel, schedule: Schedule) -> int:
    """Return how many points a sweep takes, 0 where it would gain nothing or change more."""
    if not (kernel.outer and may_sweep(kernel)):
        return 0
    looped = [k for k, s in enumerate(kernel.stages) if s.reductions or s.carries]
    stages, inner = [kernel.stages[k] for k in looped], schedule.vector == "inner"
    if not goes_down(kernel, stages) or (inner and any(len(s.axes) == 1 for s in stages)):
        return 0
    lanes = [schedule.lanes * schedule.unroll[k] if inner else 1 for k in looped]
    bytes_ = sum(waiting_bytes(kernel.stages[k], n) for k, n in zip(looped, lanes, strict=True))
    points = 1 << (WAITING // bytes_).bit_length() - 1 if bytes_ <= WAITING else 0
    step = 1 if inner else schedule.lanes * schedule.unroll[0]
    size = kernel.outer[-1].size
    few = isinstance(size, int) and size < FEWEST * step
    return 0 if few or points < FEWEST * step else points


def may_sweep(kernel: Kernel) -> bool:
    """Tell whether stages may take many points one after the other without a trace."""
    writes = [write for stage in kernel.stages for write in stage.writes]
    picked = any(isinstance(index, Picked) for write in writes for index in write.index)
    rows = any(buffer.role == "row" for buffer in kernel.buffers)
    return not (kernel.checks or picked or rows or any(w.mode == "add" for w in writes))


def goes_down(kernel: Kernel, stages: list[Stage]) -> bool:
    """Tell whether stages walk down what lies along the last outer axis, in all that they read."""
    across = kernel.outer[-1].name
    found = False
    if not all(stage.axes for stage in stages):
        return False
    for stage in stages:
        for access in reads_of(kernel, stage).values():
            far, near = access.stride(stage.axes[0].name), access.stride(across)
            if far and near:
                if not _is_longer(far, near):
                    return False
                found = True
    return found


def _is_longer(far: Polynomial, near: Polynomial) -> bool:
    """Tell whether one stride is a multiple of another."""
    if len(far) != 1 or len(near) != 1:
        return False
    (names, factor), (others, by) = far[0], near[0]
    return not Counter(others) - Counter(names) and (len(names), factor) > (len(others), by)


class Sweep:
    """Prints the last outer loop of a kernel as sweeps, memory for which is reserved at once."""

    def __init__(self, loops: Loops, frame: Frame) -> None:
        self.loops = loops
        self.frame = frame
        self.b = frame.b
        self.plan: KernelPlan = frame.plan
        self.carried = [self._reserve(s, carried_dtypes(s.stage)) for s in self.plan.stages]
        self.results = [self._results(s) for s in self.plan.stages]

    def _reserve(self, stage: StagePlan, dtypes: tuple[str, ...]) -> list[Waiting]:
        lanes, count = (stage.lanes, stage.unroll) if stage.lanes else (0, 1)
        return [self._waiting(dtype, lanes, count) for dtype in dtypes]

    def _results(self, stage: StagePlan) -> list[Waiting]:
        return [self._waiting(dtype, 0, 1) for dtype in result_dtypes(stage.stage)]

    def _waiting(self, dtype: str, lanes: int, count: int) -> Waiting:
        elements = max(lanes, 1) * count * self.plan.schedule.sweep
        return Waiting(self.b.stack(words(dtype, elements)), dtype, lanes, count)

    def run(self, axis: Axis) -> None:
        """Print the last outer loop."""
        lower, upper = self.frame.extent(axis)
        size = self.plan.schedule.sweep

        def some(rows: Rows) -> Rows:
            first = self.frame.axes[axis.name]
            end = self.b.minimum(self.b.add(first, self.frame.number(size)), upper)
            with self.frame.within(axis, first, end):
                for stage in self.plan.stages:
                    self._stage(stage, axis, first)
            return rows

        self.loops.loop(axis, lower, upper, size, [], some)

    def _stage(self, stage: StagePlan, axis: Axis, first: Register) -> None:
        """Print a stage at all points of a sweep."""
        self.b.comment(f"stage {stage.number}")
        if not stage.stage.axes:
            self._points(axis, lambda: self._whole(stage, axis, first))
        elif not self.carried[stage.number]:
            self._down(stage, lambda: self._points(axis, lambda: self._whole(stage, axis, first)))
        else:
            self._own(axis, lambda: self._begin(stage, axis, first))
            self._fold(stage, axis, first)
            self._own(axis, lambda: self._end(stage, axis, first))

    def _fold(self, stage: StagePlan, axis: Axis, first: Register) -> None:
        """Print what a stage carries on; of light steps, whole groups in full before the rest."""

        def part() -> None:
            self._points(axis, lambda: self._part(stage, axis, first))

        if not may_print_steps(self.plan.kernel, stage.stage, self.plan.schedule):
            self._down(stage, part)
            return
        walked, frame = stage.stage.axes[0], self.frame
        lower, upper = frame.extent(walked)
        count = self.b.subtract(upper, lower)
        whole = self.b.add(lower, self.b.bit_and(count, frame.number(-STEPS)))

        def group(start: Register, _: list[Register]) -> list[Register]:
            with frame.scope():
                self._in_full(stage, axis, first, start)
            return []

        self.b.loop(lower, whole, frame.number(STEPS), [], group)
        with frame.within(walked, whole, upper):
            self._down(stage, part)

    def _in_full(self, stage: StagePlan, axis: Axis, first: Register, start: Register) -> None:
        """Print a group of steps at all points of a sweep."""
        steps, carried = Steps(self.loops, self.frame, stage, start), self.carried[stage.number]

        def point(rows: Rows) -> Rows:
            self._enter(stage, axis, first)
            new = steps.run(self._load(stage, axis, first))
            self._store(carried, new, axis, first)
            return rows

        self.loops.in_lanes(axis, self.plan.schedule.lanes, VECTORS, [], point)

    def _down(self, stage: StagePlan, body: Callable[[], None]) -> None:
        """Print a loop over the steps of a stage's first axis, some at a time."""
        axis = stage.stage.axes[0]
        lower, upper = self.frame.extent(axis)

        def steps(start: Register, _: list[Register]) -> list[Register]:
            end = self.b.minimum(self.b.add(start, self.frame.number(STEPS)), upper)
            with self.frame.within(axis, start, end):
                body()
            return []

        self.b.loop(lower, upper, self.frame.number(STEPS), [], steps)

    def _points(self, axis: Axis, body: Callable[[], None]) -> None:
        """Print a loop over the points of a sweep, in lanes where the schedule has it so."""

        def point(rows: Rows) -> Rows:
            body()
            return rows

        schedule = self.plan.schedule
        if schedule.vector == "outer":
            self.loops.in_lanes(axis, schedule.lanes, schedule.unroll[0], [], point)
        else:
            self.loops.loop(axis, *self.frame.extent(axis), 1, [], point)

    def _own(self, axis: Axis, body: Callable[[], None]) -> None:
        """Print a loop over the points of a sweep that touches the function's own memory alone.

        That has room for whole steps, so there is no rest.
        """

        def point(rows: Rows) -> Rows:
            body()
            return rows

        schedule, frame = self.plan.schedule, self.frame
        swept = Block(schedule.lanes, schedule.unroll[0])
        frame.block = swept if schedule.vector == "outer" else SINGLE
        step = max(1, frame.block.lanes * frame.block.count)
        self.loops.loop(axis, *frame.extent(axis), step, [], point)
        frame.block = SINGLE

    # At one block of points ---------------------------------------------------------------------

    def _whole(self, stage: StagePlan, axis: Axis, first: Register) -> None:
        self._enter(stage, axis, first)
        self.loops.nest(stage, 0, self.loops.start(stage))

    def _begin(self, stage: StagePlan, axis: Axis, first: Register) -> None:
        self._know(stage, axis, first)
        self._store(self.carried[stage.number], self.loops.start(stage), axis, first)

    def _part(self, stage: StagePlan, axis: Axis, first: Register) -> None:
        self._enter(stage, axis, first)
        rows = self.loops.nest(stage, 0, self._load(stage, axis, first))
        self._store(self.carried[stage.number], rows, axis, first)

    def _end(self, stage: StagePlan, axis: Axis, first: Register) -> None:
        results = self.loops.finish(stage, self._load(stage, axis, first))
        columns = [list(held.parts) or [held.part(0, 0)] for held in results]
        rows = [list(row) for row in zip(*columns, strict=True)]
        self._store(self.results[stage.number], rows, axis, first)

    def _enter(self, stage: StagePlan, axis: Axis, first: Register) -> None:
        self._know(stage, axis, first)
        self.loops.enter(len(self.plan.kernel.outer), [stage])

    def _know(self, stage: StagePlan, axis: Axis, first: Register) -> None:
        """Load the results of the stages before."""
        self.frame.results = [
            [self._held(waiting, axis, first) for waiting in results]
            for results in self.results[: stage.number]
        ]

    # Memory -------------------------------------------------------------------------------------

    def _held(self, waiting: Waiting, axis: Axis, first: Register) -> Held:
        block = self.frame.block
        parts = [
            self.b.load(self._place(waiting, axis, first, u), waiting.dtype, block.lanes)
            for u in range(block.count)
        ]
        return Held(None, tuple(parts)) if block.lanes else Held(parts[0])

    def _load(self, stage: StagePlan, axis: Axis, first: Register) -> Rows:
        block, waiting = self.frame.block, self.carried[stage.number]
        lanes, count = (stage.lanes, stage.unroll) if stage.lanes else (block.lanes, block.count)
        return [
            [self.b.load(self._place(w, axis, first, u), w.dtype, lanes) for w in waiting]
            for u in range(count)
        ]

    def _store(self, waiting: list[Waiting], rows: Rows, axis: Axis, first: Register) -> None:
        for u, row in enumerate(rows):
            for place, register in zip(waiting, row, strict=True):
                self.b.store(register, self._place(place, axis, first, u))

    def _place(self, waiting: Waiting, axis: Axis, first: Register, u: int) -> Register:
        """Return the address of the u-th vector of a block, or of a point's accumulators."""
        points = self.b.subtract(self.frame.axes[axis.name], first)
        own = max(waiting.lanes, 1) * waiting.count
        start = self.b.multiply(points, self.frame.number(own))
        ahead = u * (waiting.lanes or max(self.frame.block.lanes, 1))
        return self.b.offset(waiting.place, waiting.dtype, self._ahead(start, ahead))

    def _ahead(self, start: Register, count: int) -> Register:
        return self.b.add(start, self.frame.number(count)) if count else start
