"""Turns square tiles of what lies across a kernel's lanes, so that memory is read along its rows.

Where lanes run along one axis and an array lies along another, each vector would be picked
together from as many rows. Here the two axes are cut into tiles: of each tile such arrays are read
along their rows, turned in registers and kept in the function's own memory, where the body finds
them side by side. Every point is computed as it would be without tiles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from msgspec import Struct

from symc.compiler.codegen.lanes import turned
from symc.compiler.codegen.register import ITEMSIZE, Register, words
from symc.compiler.kernel.access import pointer
from symc.compiler.kernel.fold import Rows
from symc.compiler.kernel.frame import Frame, Turned
from symc.compiler.kernel.linear import ONE, Access
from symc.compiler.kernel.loops import Loops
from symc.compiler.kernel.plan import KernelPlan, StagePlan, reads_of
from symc.compiler.kernel.record import Axis, Kernel, Schedule
from symc.compiler.kernel.sweep import may_sweep

ROW = 256
"""Bytes of a tile's row: a few lines, so that few are read twice."""

SIDE = 64
"""Points of a tile's side at most."""

ARRAYS = 4
"""Arrays that are turned at once: what a function's own memory has room for."""

# Which kernels -----------------------------------------------------------------------------------


def choose_tile(kernel: Kernel, schedule: Schedule) -> str:
    """Return the axis that tiles cut beside that of the lanes, '' where nothing lies across."""
    if schedule.vector != "outer":
        return ""
    sizes = {axis.name: axis.size for axis in kernel.outer}
    name = turned_axis(kernel)
    short = any(
        isinstance(size, int) and size < schedule.lanes
        for size in (sizes.get(name, 0), kernel.outer[-1].size)
    )
    return "" if short else name


def turned_axis(kernel: Kernel) -> str:
    """Return the axis along which most arrays lie that lie across the last outer one, '' for none.

    Only of kernels whose points compute elements by themselves, wherever their turn comes.
    """
    if not (kernel.outer and may_sweep(kernel)):
        return ""
    if any(stage.axes or stage.carries for stage in kernel.stages):
        return ""
    written = {write.buffer for stage in kernel.stages for write in stage.writes}
    along = Counter(
        _lies_along(kernel, access)
        for stage in kernel.stages
        for access in reads_of(kernel, stage).values()
        if access.buffer not in written
    )
    del along[""]
    return max(along, key=lambda name: along[name], default="")


def _lies_along(kernel: Kernel, access: Access) -> str:
    """Return the axis along which elements lie side by side that lie apart along the lanes'."""
    across = access.stride(kernel.outer[-1].name)
    if access.picks or access.guard is not None or across in ((), ONE):
        return ""
    return next((a.name for a in kernel.outer[:-1] if access.stride(a.name) == ONE), "")


def _crossed(plan: KernelPlan) -> list[tuple[StagePlan, Access]]:
    """Return the reads to turn, the first few, with their stages."""
    found: dict[Access, StagePlan] = {}
    for stage in plan.stages:
        for access in stage.reads.values():
            along = _lies_along(plan.kernel, access)
            if along == plan.schedule.tile and access.buffer not in plan.written:
                found.setdefault(access, stage)
    return [(stage, access) for access, stage in found.items()][:ARRAYS]


# Loops -------------------------------------------------------------------------------------------


class Corner(Struct, frozen=True):
    """Where a tile begins and ends along the axis of its rows and along the lanes'."""

    top: Register
    bottom: Register
    left: Register
    right: Register


class Tiling:
    """Prints the loops of a kernel from the axis that tiles cut on."""

    def __init__(self, loops: Loops, frame: Frame) -> None:
        self.loops = loops
        self.frame = frame
        self.b = frame.b
        self.plan: KernelPlan = frame.plan
        self.outer = self.plan.kernel.outer
        self.level = [axis.name for axis in self.outer].index(self.plan.schedule.tile)
        self.down, self.across = self.outer[self.level], self.outer[-1]
        self.crossed = _crossed(self.plan)
        widest = max(ITEMSIZE[access.dtype] for _, access in self.crossed)
        self.side = max(self.plan.schedule.lanes, min(SIDE, ROW // widest))
        self.places = [self._reserve(access) for _, access in self.crossed]

    def _reserve(self, access: Access) -> Register:
        return self.b.stack(words(access.dtype, self.side * self.side))

    def run(self) -> None:
        """Print the loop over what tiles cut, and what is inside of it."""
        self._blocks(self.down, lambda lower, upper: self._between(self.level + 1, lower, upper))

    def _blocks(self, axis: Axis, body: Callable[[Register, Register], None]) -> None:
        """Print body(begin, end) for each block of an axis as long as a tile's side."""
        lower, upper = self.frame.extent(axis)

        def block(rows: Rows) -> Rows:
            begin = self.frame.axes[axis.name]
            body(begin, self.b.minimum(self.b.add(begin, self.frame.number(self.side)), upper))
            return rows

        self.loops.loop(axis, lower, upper, self.side, [], block)

    def _between(self, level: int, top: Register, bottom: Register) -> None:
        """Print the loops between the two axes of tiles."""
        axis = self.outer[level]
        if axis is self.across:
            self._blocks(axis, lambda left, right: self._tile(Corner(top, bottom, left, right)))
            return

        def inside(rows: Rows) -> Rows:
            self._between(level + 1, top, bottom)
            return rows

        self.loops.loop(axis, *self.frame.extent(axis), 1, [], inside)

    def _tile(self, at: Corner) -> None:
        """Turn a tile of each array that lies across, and compute the tile's points."""
        for (stage, access), place in zip(self.crossed, self.places, strict=True):
            self._turn(stage, access, place, at)

        def row(rows: Rows) -> Rows:
            self._know(at)
            for level in range(self.level + 1, len(self.outer)):
                self.loops.enter(level, self.plan.stages)
            schedule = self.plan.schedule
            self.loops.aim(self.across, self.plan.stages)
            self.loops.in_lanes(self.across, schedule.lanes, schedule.unroll[0], [], point)
            return rows

        def point(rows: Rows) -> Rows:
            self.loops.around(len(self.outer))
            return rows

        with self.frame.within(self.across, at.left, at.right):
            self.loops.loop(self.down, at.top, at.bottom, 1, [], row)
        self.frame.turned = {}

    def _know(self, at: Corner) -> None:
        """Say where the row of each turned tile would begin if its first column were 0."""
        b = self.b
        number = b.subtract(self.frame.axes[self.down.name], at.top)
        start = b.subtract(b.multiply(number, self.frame.number(self.side)), at.left)
        self.frame.turned = {
            access: Turned(b.offset(place, access.dtype, start), self.across.name, 1)
            for (_, access), place in zip(self.crossed, self.places, strict=True)
        }

    # Turning ------------------------------------------------------------------------------------

    def _turn(self, stage: StagePlan, access: Access, place: Register, at: Corner) -> None:
        """Print the loops over the squares of a tile that fit in registers."""
        b, lanes = self.b, self.frame.number(self.plan.schedule.lanes)

        def columns(left: Register, _: list[Register]) -> list[Register]:
            b.loop(at.top, at.bottom, lanes, [], lambda top, _: square(top, left))
            return []

        def square(top: Register, left: Register) -> list[Register]:
            found = self._read(stage, access, Corner(top, at.bottom, left, at.right))
            row = b.multiply(b.subtract(top, at.top), self.frame.number(self.side))
            first = b.add(row, b.subtract(left, at.left))
            for k, register in enumerate(turned(b, found)):
                ahead = b.add(first, self.frame.number(k * self.side))
                b.store(register, b.offset(place, access.dtype, ahead))
            return []

        b.loop(at.left, at.right, lanes, [], columns)

    def _read(self, stage: StagePlan, access: Access, at: Corner) -> list[Register]:
        """Return rows of an array, from a corner on; the last one again where there are no more."""
        b, frame, lanes = self.b, self.frame, self.plan.schedule.lanes
        step = frame.size(access.stride(self.across.name))
        later = b.multiply(step, frame.number(self.side))
        mask = b.mask_below(b.subtract(at.bottom, at.top), lanes)
        with frame.scope():
            frame.axes[self.down.name], frame.axes[self.across.name] = at.top, at.left
            place = pointer(frame, stage, access, len(self.outer))
        dtype = "uint8" if access.dtype == "bool" else access.dtype
        rows = []
        for k in range(lanes):
            if k:
                more = b.less(b.add(at.left, frame.number(k)), at.right)
                place = b.select(more, b.offset(place, dtype, step), place)
            b.prefetch(b.offset(place, dtype, later), "read")
            rows.append(b.load(place, dtype, lanes, mask))
        return rows
