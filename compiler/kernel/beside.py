"""Walks several rows side by side, with lanes along them, and turns their sums into one vector.

A row alone folds its lanes at its end, which takes as long as a hundred elements do, and what all
rows read (the vector that a matrix is multiplied with) is loaded for each. Here a few rows are a
block and are walked together, and their accumulators are merged by the tree that folds one, which
leaves a result a lane. What follows runs in those lanes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.kernel.fold import Row, Rows, finish_rows, merger, starting_row, tree
from symc.compiler.kernel.frame import SINGLE, Block, Frame, Held
from symc.compiler.kernel.lower import Lowering, kernel_function_signature
from symc.compiler.kernel.plan import StagePlan, is_operation, plan_kernel, scalar_axes
from symc.compiler.kernel.record import Kernel, Schedule, Stage
from symc.compiler.kernel.schedule import ACCUMULATORS, outer_allowed, registers_of
from symc.compiler.kernel.sweep import carried_dtypes
from symc.compiler.kernel.work import is_costly
from symc.compiler.target.isa import Target

LANE = 16
"""Bytes of the parts of a vector that a processor shuffles within at the least cost."""

MOST_ROWS, FEWEST_ROWS = 8, 4
"""Rows that are walked together: as many as addresses fit in registers, and as few as pay."""

MOST_VECTORS = 2
"""Vectors of a row in a step."""

FEW = 16
"""Operations at most of the loops that are printed once for each row."""


def beside_schedule(kernel: Kernel, schedule: Schedule, target: Target) -> Schedule | None:
    """Return how rows that would be walked along are walked side by side; None if they cannot."""
    if schedule.vector != "inner" or not _may_be_beside(kernel):
        return None
    looped, lanes = [stage for stage in kernel.stages if stage.axes], schedule.lanes
    free = min(ACCUMULATORS[target.vector_bytes] // registers_of(s, lanes, target) for s in looped)
    rows = min(lanes, MOST_ROWS, 1 << free.bit_length() - 1 if free else 0)
    many = kernel.outer[-1].size
    if rows < min(FEWEST_ROWS, lanes) or (isinstance(many, int) and many < rows):
        return None
    unroll = max(1, min(MOST_VECTORS, free // rows))
    counts = tuple(unroll if stage.axes else 1 for stage in kernel.stages)
    return Schedule("beside", lanes, counts, rows=rows)


def _may_be_beside(kernel: Kernel) -> bool:
    """Tell whether a kernel does nothing in its loops but fold rows, in few operations."""
    looped = [stage for stage in kernel.stages if stage.axes]
    if not kernel.outer or kernel.checks or not looped or not all(map(_folds, looped)):
        return False
    inner = [s.op for stage in looped for s in stage.scalars if is_operation(s)]
    light = len(inner) <= FEW and not any(map(is_costly, inner))
    return light and outer_allowed(kernel)


def _folds(stage: Stage) -> bool:
    """Tell whether a stage folds rows and does nothing else."""
    return bool(stage.reductions) and len(stage.axes) == 1 and not (stage.carries or stage.writes)


def emit_beside(
    builder: KernelBuilder, kernel: Kernel, schedule: Schedule, name: str, *, export: bool = True
) -> None:
    """Print a kernel, for as many points of its last outer axis as are walked together."""
    plan = plan_kernel(kernel, schedule)
    with builder.function(name, kernel_function_signature(kernel), export=export) as registers:
        Beside(Frame(builder, plan, registers)).run()
        builder.ret()


class Beside(Lowering):
    """Prints the loops of a kernel whose last outer axis has a block of points or more."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self.count = frame.plan.schedule.rows
        self.rows_axis = self.outer[-1]

    def along(self, level: int) -> None:
        """Print an outer loop; the last one in blocks, the last of which is moved back to fit."""
        if level < len(self.outer) - 1:
            super().along(level)
            return
        self.addresses(level, self.plan.stages)
        lower, upper = self.frame.extent(self.rows_axis)
        self.loop(self.rows_axis, lower, upper, self.count, [], self.block)

    def block(self, rows: Rows) -> Rows:
        """Print a block of rows; those that belong to another one are computed but not written."""
        b, frame, (_, upper) = self.b, self.frame, self.frame.extent(self.rows_axis)
        here, last = frame.axes[self.rows_axis.name], b.subtract(upper, frame.number(self.count))
        first = b.maximum(b.minimum(here, last), frame.number(0))
        below, done = (b.mask_below(b.subtract(x, first), self.count) for x in (upper, here))
        frame.axes[self.rows_axis.name] = first
        frame.block = Block(self.count, 1, b.bit_and(below, b.bit_not(done)))
        self.around(len(self.outer))
        frame.block = SINGLE
        return rows

    def stage(self, stage: StagePlan) -> None:
        """Print one stage at a block of rows."""
        if not stage.lanes:
            super().stage(stage)
            return
        self.b.comment(f"stage {stage.number}")
        frame, name = self.frame, self.rows_axis.name
        block, first = frame.block, frame.axes[name]
        turn = _Turn(frame, stage, self.count)
        rows = _Walk(self, stage, first, turn.order()).run()
        frame.block, frame.axes[name] = block, first
        frame.results.append(finish_rows(frame, stage, [turn.merged(rows)]))

    def scalar_of(self, stage: StagePlan, position: int, row: int) -> Held:
        """Print one scalar for a row of a block, which has its own of the results in lanes."""
        scalar = stage.stage.scalars[position]
        if scalar.op != "result":
            return self.scalar(stage, position)
        number, k = scalar.attribute
        found: Register = self.frame.results[number][k].part(0, self.count)
        single = self.b.extract(found, row)
        return Held(single, (self.frame.spread(single, stage.lanes),))


class _Walk:
    """Walks a few rows of a block together: what they share is computed once."""

    def __init__(self, loops: Beside, stage: StagePlan, first: Register, rows: list[int]) -> None:
        self.loops, self.stage, self.rows = loops, stage, rows
        self.frame = loops.frame
        self.points = [loops.b.add(first, self.frame.number(row)) for row in rows]
        axes = scalar_axes(self.frame.plan.kernel, stage.stage, stage.reads)
        self.own = [loops.rows_axis.name in found for found in axes]
        self.scopes: list[dict[Hashable, Register]] = [{} for _ in rows]
        self.known: list[dict[tuple[int, int], Held]] = [{} for _ in rows]

    def run(self) -> Rows:
        """Print the walk; return what each row carries at its end."""
        frame, stage, (axis,) = self.frame, self.stage, self.stage.stage.axes
        count, unroll, level = len(self.rows), self.stage.unroll, len(self.loops.outer)
        frame.block = SINGLE
        with frame.scope():
            self.shared(level)
            for k in range(count):
                with self.row(k):
                    self.known[k] = self.of_row(level, k)
                    self.loops.addresses(level, [stage])
            start = [starting_row(frame, stage, 0, stage.lanes)] * (count * unroll)
            rows = self.loops.in_lanes(axis, stage.lanes, unroll, start, self.step)
        return [_folded(frame, stage, rows[k::count]) for k in range(count)]

    def step(self, carried: Rows) -> Rows:
        """Print a step along all rows."""
        count, level = len(self.rows), len(self.loops.outer) + 1
        self.shared(level)
        new: list[Rows] = []
        for k in range(count):
            with self.row(k), self.frame.scope():
                self.of_row(level, k)
                new.append(self.loops.point(self.stage, carried[k::count]))
        return [row for parts in zip(*new, strict=True) for row in parts]

    @contextmanager
    def row(self, k: int) -> Iterator[None]:
        """Open the scope of one row."""
        self.frame.axes[self.loops.rows_axis.name] = self.points[k]
        self.frame.values.update(self.known[k])
        with self.frame.reopened(self.scopes[k]):
            yield

    def shared(self, level: int) -> None:
        """Print the scalars of a level that are the same for all rows."""
        del self.frame.axes[self.loops.rows_axis.name]
        for position, where in enumerate(self.stage.levels):
            if where == level and not self.own[position]:
                place = self.stage.number, position
                self.frame.values[place] = self.loops.scalar(self.stage, position)

    def of_row(self, level: int, k: int) -> dict[tuple[int, int], Held]:
        """Print the scalars of a level that a row has for itself."""
        found: dict[tuple[int, int], Held] = {}
        for position, where in enumerate(self.stage.levels):
            if where == level and self.own[position]:
                held = self.loops.scalar_of(self.stage, position, self.rows[k])
                self.frame.values[self.stage.number, position] = held
                found[self.stage.number, position] = held
        return found


def _folded(frame: Frame, plan: StagePlan, parts: Rows) -> Row:
    """Merge the accumulators of one row, lane by lane."""
    found: Row = []
    for reduction in plan.stage.reductions:
        here = slice(len(found), len(found) + len(reduction.combine.init))
        found += tree([part[here] for part in parts], merger(frame, reduction.combine))
    return found


class _Turn:
    """Merges the lanes of several rows at once: each step halves the lanes that a row has.

    Halves are merged as those of one row are, so its bits are the same wherever it lies.
    """

    def __init__(self, frame: Frame, plan: StagePlan, count: int) -> None:
        self.frame, self.plan, self.count, self.lanes = frame, plan, count, plan.lanes
        self.part = min(plan.lanes, LANE // ITEMSIZE[carried_dtypes(plan.stage)[0]])

    def halves(self, width: int, vectors: int) -> tuple[list[int], list[int]]:
        """Return the places of the lower and of the upper halves of the rows of some vectors.

        width     lanes that a row has
        vectors   2 side by side, or 1
        """
        lanes = self.count * width if vectors == 1 else self.lanes
        span = lanes if width > self.part or vectors == 1 else self.part
        lower = [
            vector * lanes + row + k
            for start in range(0, lanes, span)
            for vector in range(vectors)
            for row in range(start, start + span, width)
            for k in range(width // 2)
        ]
        return lower, [k + width // 2 for k in lower]

    def order(self) -> list[int]:
        """Return the rows in the order in which they are to be merged, to end in their lanes."""
        found, width = [[row] * self.lanes for row in range(self.count)], self.lanes
        while len(found) > 1:
            lower, _ = self.halves(width, 2)
            pairs = zip(found[::2], found[1::2], strict=True)
            found, width = [[(x + y)[k] for k in lower] for x, y in pairs], width // 2
        places = found[0][::width]
        return [places.index(row) for row in range(self.count)]

    def merged(self, rows: Rows) -> Row:
        """Merge what some rows carry, each in lanes of its own, to one vector with a lane each."""
        width = self.lanes
        while len(rows) > 1:
            pairs = zip(rows[::2], rows[1::2], strict=True)
            rows, width = [self.folded(x, y, width, 2) for x, y in pairs], width // 2
        (row,) = rows
        while width > 1:
            row, width = self.folded(row, row, width, 1), width // 2
        return row

    def folded(self, x: Row, y: Row, width: int, vectors: int) -> Row:
        """Merge the halves of the rows of two vectors, or of one that is given twice."""
        b, (lower, upper) = self.frame.b, self.halves(width, vectors)
        found: Row = []
        for reduction in self.plan.stage.reductions:
            count = len(reduction.combine.init)
            pairs = list(zip(x, y, strict=True))[len(found) : len(found) + count]
            low = [b.shuffle(left, right, lower) for left, right in pairs]
            high = [b.shuffle(left, right, upper) for left, right in pairs]
            found += merger(self.frame, reduction.combine)(low, high)
        return found
