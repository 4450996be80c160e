"""Lowers a kernel under a schedule to a function, through the kernel builder."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import reduce

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register
from symc.compiler.errors import InternalError
from symc.compiler.kernel.abreast import Abreast
from symc.compiler.kernel.access import (
    checks_at,
    lane_name,
    loops_of,
    pointer,
    prepare,
    read,
    write,
)
from symc.compiler.kernel.fold import Rows, finish_rows, merge_rows, starting_row, step_row
from symc.compiler.kernel.frame import SINGLE, Block, Frame, Held
from symc.compiler.kernel.linear import Pick, polynomial
from symc.compiler.kernel.past import Past
from symc.compiler.kernel.plan import KernelPlan, StagePlan, lanes_of, plan_kernel
from symc.compiler.kernel.record import Axis, Kernel, Schedule
from symc.compiler.kernel.scalars import apply_operation, number, twin_of
from symc.compiler.kernel.scan import scan_block
from symc.compiler.kernel.sweep import Sweep
from symc.compiler.kernel.tile import Tiling
from symc.compiler.literal import print_attribute

LONG = 64
"""Points from which on a loop hides what the check of its index costs."""


def kernel_function_signature(kernel: Kernel) -> list[tuple[str, str]]:
    """Return names and dtypes of the parameters of a kernel's function.

    They are the buffers' addresses ('row' buffers too: scratch for the calling thread), the sizes,
    the range of the first outer axis (0 and 1 without one), and the address of the status.
    """
    buffers = [(f"buffer{k}", "ptr") for k in range(len(kernel.buffers))]
    sizes = [(f"s{k}", "int64") for k in range(kernel.sizes)]
    return [*buffers, *sizes, ("begin", "int64"), ("end", "int64"), ("status", "ptr")]


def emit_kernel(
    builder: KernelBuilder, kernel: Kernel, schedule: Schedule, name: str, *, export: bool = True
) -> None:
    """Print a kernel as a function of the builder's module.

    The status is four int64, zero at first: after a failed index check number of the check + 1,
    the index, the size it missed and the dimension.
    """
    plan = plan_kernel(kernel, schedule)
    signature = kernel_function_signature(kernel)
    with builder.function(name, signature, export=export) as registers:
        Lowering(Frame(builder, plan, registers)).run()
        builder.ret()


class Lowering:
    """Prints the loops of one kernel."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.b = frame.b
        self.plan: KernelPlan = frame.plan
        self.outer = frame.plan.kernel.outer
        self.sweep: Sweep | None = None
        self.tiling: Tiling | None = None
        self.past: Past | None = None
        self.abreast: Abreast | None = None

    def run(self) -> None:
        """Print the function's body."""
        for axis in (*self.outer, *(a for s in self.plan.stages for a in s.stage.axes)):
            self.frame.size(polynomial(axis.size))
        for stage in self.plan.stages:
            prepare(self.frame, stage)
            if stage.lanes:
                self.whole(stage.stage.axes[-1], stage.lanes * stage.unroll)
        if self.plan.schedule.vector == "outer":
            self.whole(self.outer[-1], self.plan.schedule.lanes * self.plan.schedule.unroll[0])
        if self.plan.schedule.sweep:
            self.sweep = Sweep(self, self.frame)
        if self.plan.schedule.tile:
            self.tiling = Tiling(self, self.frame)
        if self.plan.schedule.past:
            self.past = Past(self.frame)
        if self.plan.schedule.longest:
            self.abreast = Abreast(self, self.frame)
        self.around(0)
        if self.past is not None:
            self.past.finish()

    # Loops --------------------------------------------------------------------------------------

    def around(self, level: int) -> None:
        """Print what runs at a level of the outer loops and inside it."""
        if level == len(self.outer):
            self.frame.results = []
            for stage in self.plan.stages:
                self.stage(stage)
            return
        self.scalars(level, self.plan.stages)
        picked = self.picked(level)
        if picked:
            self.twice(level, picked)
        else:
            self.along(level)

    def picked(self, level: int) -> dict[tuple[int, Pick], Register]:
        """Return the indices checked for each pass of the last outer loop, if it may be short."""
        size = self.outer[level].size
        if not 0 < level == len(self.outer) - 1 or (isinstance(size, int) and size >= LONG):
            return {}
        found: dict[tuple[int, Pick], Register] = {}
        for stage in self.plan.stages:
            for pick, position in checks_at(stage, level).items():
                found[pick] = self.frame.held(stage, position).part(0, 0)
        return found

    def twice(self, level: int, picked: dict[tuple[int, Pick], Register]) -> None:
        """Print a loop for indices that are in bounds as they stand, and for all others.

        Checks that fail are told, and masked, in the second alone: in short loops they would cost
        more than the loop.
        """
        fits = [self.in_bounds(pick, index) for (_, pick), index in picked.items()]

        def trusting(proven: Iterable[Hashable]) -> None:
            with self.frame.trusting(proven):
                self.along(level)

        good = reduce(self.b.bit_and, fits)
        self.b.when(good, lambda: trusting(picked), lambda: trusting(()))

    def in_bounds(self, pick: Pick, index: Register) -> Register:
        """Return whether an index is in bounds, counted from the front."""
        size = self.frame.size(pick.size)
        return self.b.less(self.b.bitcast(index, "uint64"), self.b.bitcast(size, "uint64"))

    def along(self, level: int) -> None:
        """Print an outer loop and what is inside of it."""
        self.addresses(level, self.plan.stages)
        axis = self.outer[level]
        lanes = self.plan.schedule.lanes
        if axis.name == self.plan.schedule.tile and self.tiling is not None:
            self.tiling.run()
        elif axis is self.outer[-1] and self.sweep is not None:
            self.sweep.run(axis)
        elif axis is self.outer[-1] and self.abreast is not None:
            self.abreast.run()
        elif axis is self.outer[-1] and self.plan.schedule.vector == "outer" and lanes:
            self.aim(axis, self.plan.stages)
            self.in_lanes(axis, lanes, self.plan.schedule.unroll[0], [], self.inside(level))
        else:
            lower, upper = self.frame.extent(axis)
            self.loop(axis, lower, upper, 1, [], self.inside(level))

    def inside(self, level: int) -> Callable[[Rows], Rows]:
        """Return the body of an outer loop."""

        def body(rows: Rows) -> Rows:
            self.around(level + 1)
            return rows

        return body

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

        def inside(index: Register, carried: list[Register]) -> list[Register]:
            with self.frame.scope():
                self.frame.axes[axis.name] = index
                return _flat(body(_shaped(carried, rows)))

        stride = self.frame.number(step)
        return _shaped(self.b.loop(lower, upper, stride, _flat(rows), inside), rows)

    def aim(self, axis: Axis, stages: Sequence[StagePlan]) -> None:
        """Find out whether what stages write in a loop in lanes goes past the caches."""
        self.frame.past = self.past.along(axis, stages) if self.past else {}

    def in_lanes(
        self, axis: Axis, lanes: int, unroll: int, rows: Rows, body: Callable[[Rows], Rows]
    ) -> Rows:
        """Print the loops of an axis in lanes: whole steps, then a masked vector at a time."""
        lower, upper = self.frame.extent(axis)
        whole = self.whole(axis, lanes * unroll)
        self.frame.block = Block(lanes, unroll)
        rows = self.loop(axis, lower, whole, lanes * unroll, rows, body)

        def rest(first: Rows) -> Rows:
            left = self.b.subtract(upper, self.frame.axes[axis.name])
            self.frame.block = Block(lanes, 1, self.b.mask_below(left, lanes))
            return body(first)

        kept = len(rows) // unroll
        first = self.loop(axis, whole, upper, lanes, rows[:kept], rest)
        self.frame.block = SINGLE
        return first + rows[kept:]

    def whole(self, axis: Axis, step: int) -> Register:
        """Return where the whole steps of an axis end; a step is a power of two."""
        if step & (step - 1):
            raise InternalError(f"a step of {step} points is not a power of two")
        lower, upper = self.frame.extent(axis)

        def make() -> Register:
            count = self.b.subtract(upper, lower)
            return self.b.add(lower, self.b.bit_and(count, self.frame.number(-step)))

        return self.frame.shared(("whole", lower.name, upper.name, step), make)

    # Stages -------------------------------------------------------------------------------------

    def stage(self, stage: StagePlan) -> None:
        """Print one stage at an outer point or block of points."""
        self.b.comment(f"stage {stage.number}")
        self.enter(len(self.outer), [stage])
        rows = self.nest(stage, 0, self.start(stage))
        self.frame.results.append(self.finish(stage, rows))

    def start(self, stage: StagePlan) -> Rows:
        """Return what a stage begins with at a block of points."""
        block = self.frame.block
        lanes, count = (stage.lanes, stage.unroll) if stage.lanes else (block.lanes, block.count)
        return [starting_row(self.frame, stage, u, lanes) for u in range(count)]

    def finish(self, stage: StagePlan, rows: Rows) -> list[Held]:
        """Return the results of a stage at a block of points."""
        if stage.lanes:
            rows = [merge_rows(self.frame, stage, rows, None)]
        carries = stage.stage.reductions or stage.stage.carries
        return finish_rows(self.frame, stage, rows) if carries else []

    def nest(self, stage: StagePlan, depth: int, rows: Rows) -> Rows:
        """Print the inner loops from the given depth on."""
        axes = stage.stage.axes
        if depth == len(axes):
            return self.point(stage, rows)
        axis, level = axes[depth], len(self.outer) + depth + 1

        def body(carried: Rows) -> Rows:
            self.frame.carried = self.carries(stage, carried)
            self.enter(level, [stage])
            return self.nest(stage, depth + 1, carried)

        if stage.lanes and depth == len(axes) - 1:
            self.aim(axis, [stage])
            return self.in_lanes(axis, stage.lanes, stage.unroll, rows, body)
        lower, upper = self.frame.extent(axis)
        return self.loop(axis, lower, upper, 1, rows, body)

    def carries(self, stage: StagePlan, rows: Rows) -> list[Held]:
        """Return what the carries of a stage hold."""
        columns = list(zip(*rows, strict=True))[-len(stage.stage.carries) :]
        if not stage.stage.carries:
            return []
        if stage.lanes or self.plan.schedule.vector == "outer":
            return [Held(None, parts) for parts in columns]
        return [Held(column[0]) for column in columns]

    def point(self, stage: StagePlan, rows: Rows) -> Rows:
        """Print what happens at a block of points."""
        rows = [step_row(self.frame, stage, u, row) for u, row in enumerate(rows)]
        for k in range(len(stage.writes)):
            write(self.frame, stage, k)
        return rows

    # Scalars ------------------------------------------------------------------------------------

    def enter(self, level: int, stages: Sequence[StagePlan]) -> None:
        """Print the scalars and the parts of addresses that a level has."""
        self.scalars(level, stages)
        self.addresses(level, stages)

    def scalars(self, level: int, stages: Sequence[StagePlan]) -> None:
        """Print the scalars that a level has."""
        for stage in stages:
            for position, where in enumerate(stage.levels):
                if where == level:
                    self.frame.values[stage.number, position] = self.scalar(stage, position)

    def addresses(self, level: int, stages: Sequence[StagePlan]) -> None:
        """Print the parts of addresses that a level has."""
        for stage in stages:
            if level < len(loops_of(self.frame, stage)):
                for access in stage.accesses():
                    pointer(self.frame, stage, access, level)

    def scalar(self, stage: StagePlan, position: int) -> Held:
        """Print one scalar, spread over the lanes if that is needed."""
        held = self.compute(stage, position)
        lanes = lanes_of(self.plan.schedule, stage)
        if held.single is None or held.parts or position not in stage.splats or not lanes:
            return held
        return Held(held.single, (self.frame.spread(held.single, lanes),))

    def compute(self, stage: StagePlan, position: int) -> Held:
        """Print one scalar."""
        scalar = stage.stage.scalars[position]
        match scalar.op:
            case "read":
                return read(self.frame, stage, position)
            case "constant":
                lanes = lanes_of(self.plan.schedule, stage)
                return self.constant(scalar.dtype, scalar.attribute, lanes)
            case "size":
                return Held(self.frame.size(polynomial(scalar.attribute)))
            case "axis":
                return self.axis(stage, position, scalar.attribute)
            case "result":
                number, k = scalar.attribute
                held: Held = self.frame.results[number][k]
                return held
            case "carried":
                carried: Held = self.frame.carried[scalar.attribute]
                return carried
        return self.operation(stage, position)

    def constant(self, dtype: str, value: float, lanes: int) -> Held:
        """Print a number."""
        single = number(self.b, dtype, value)
        return Held(single, (number(self.b, dtype, value, lanes),) if lanes else ())

    def axis(self, stage: StagePlan, position: int, name: str) -> Held:
        """Print the position along an axis."""
        frame, lanes = self.frame, self.frame.block.lanes
        here = frame.axes[name]
        if not (stage.varies[position] and name == lane_name(frame, stage)):
            return Held(here)
        if not lanes:
            return Held(None, (here,))
        first = self.b.add(frame.spread(here, lanes), self.b.lane_index(lanes))
        ahead = (self.b.constant("int64", u * lanes, lanes) for u in range(frame.block.count))
        return Held(
            None, tuple(self.b.add(first, by) if k else first for k, by in enumerate(ahead))
        )

    def operation(self, stage: StagePlan, position: int) -> Held:
        """Print an operation on each vector of a block, or once."""
        scalar = stage.stage.scalars[position]
        if position in stage.scans:
            return scan_block(self.frame, stage, stage.scans[position])
        operands = [self.frame.held(stage, k) for k in scalar.operands]

        twin = twin_of(scalar, stage.stage.scalars)

        def apply(u: int, lanes: int) -> Register:
            parts = [held.part(u, lanes) for held in operands]
            names = tuple((x.name, x.dtype, x.lanes) for x in parts)
            if twin and lanes and parts[0].kind == "float":
                both = (twin.function, names)
                packed = self.frame.shared(both, lambda: self.b.twins(twin.function, parts[0]))
                return self.frame.shared((twin, names), lambda: self.b.half(packed, twin.place))
            key = (scalar.op, scalar.dtype, print_attribute(scalar.attribute), names)
            return self.frame.shared(
                key,
                lambda: apply_operation(self.b, scalar.op, scalar.dtype, scalar.attribute, parts),
            )

        if not stage.varies[position]:
            return Held(apply(0, 0))
        block = self.frame.block
        return Held(None, tuple(apply(u, block.lanes) for u in range(block.count)))


def _flat(rows: Rows) -> list[Register]:
    return [register for row in rows for register in row]


def _shaped(registers: list[Register], like: Rows) -> Rows:
    rows, at = [], 0
    for row in like:
        rows.append(registers[at : at + len(row)])
        at += len(row)
    return rows
