"""Computes short rows abreast: blocks of them are turned in registers, so that lanes are rows.

A row of ten elements leaves lanes idle, and folding them takes longer than the row. Here as many
rows as there are lanes are read, turned and kept in the function's own memory, an element of each
side by side, where all stages find them; what they write is turned back, a block of rows at a time.
Every row is computed as it would be with lanes along the rows' axis, all elements in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler.codegen.lanes import turned
from symc.compiler.codegen.register import ITEMSIZE, Register, words
from symc.compiler.kernel.access import loops_of, pointer
from symc.compiler.kernel.fold import Rows
from symc.compiler.kernel.frame import SINGLE, Block, Frame, Turned
from symc.compiler.kernel.linear import ONE, Access, Polynomial
from symc.compiler.kernel.loops import Loops
from symc.compiler.kernel.plan import reads_of, writes_of
from symc.compiler.kernel.record import Affine, Axis, Kernel, Read, Scalar, Stage, Write

Touch = TypeVar("Touch", Read, Write)

PANELS = 6
"""Arrays that are turned at most: what is near at hand has room for so many."""

GATHERED, SCATTERED, PICKED = 2, 4, 4
"""The part of a square's columns up to which they are gathered and scattered one by one; and the
bytes that elements have at least for which there are such instructions."""

# Which kernels -----------------------------------------------------------------------------------

Place = tuple[int, Polynomial, tuple[tuple[str, Polynomial], ...]]
"""A buffer, where it begins, and the strides of the outer axes: an element a step of the inner."""


class Panel(Struct, frozen=True):
    """A block of rows of one array that lies turned in the function's own memory.

    uses     the stages that read or write it, with the access of each
    loads    whether its elements are read before they are written
    stores   whether they are written, and wanted later
    """

    uses: tuple[tuple[int, Access], ...]
    loads: bool
    stores: bool

    @property
    def dtype(self) -> str:
        """Return the dtype of its elements."""
        return self.uses[0][1].dtype


def with_rows_apart(kernel: Kernel) -> Kernel:
    """Return a kernel whose scratch has a row for each point of the last outer axis.

    Lanes then have places of their own. There is no such memory: all of it lies in panels.
    """
    rows = {k for k, buffer in enumerate(kernel.buffers) if buffer.role == "row"}
    if not rows:
        return kernel
    axis = kernel.outer[-1]
    buffers = (
        replace(b, shape=(axis.size, *b.shape)) if k in rows else b
        for k, b in enumerate(kernel.buffers)
    )
    stages = tuple(_stage_apart(stage, rows, axis) for stage in kernel.stages)
    return replace(kernel, buffers=tuple(buffers), stages=stages)


def _stage_apart(stage: Stage, rows: set[int], axis: Axis) -> Stage:
    own = Affine(((axis.name, 1),))

    def moved(access: Touch) -> Touch:
        return replace(access, index=(own, *access.index)) if access.buffer in rows else access

    def scalar(x: Scalar) -> Scalar:
        return replace(x, attribute=moved(x.attribute)) if x.op == "read" else x

    return replace(
        stage,
        scalars=tuple(map(scalar, stage.scalars)),
        writes=tuple(map(moved, stage.writes)),
    )


def panels(kernel: Kernel) -> tuple[Panel, ...]:
    """Return the arrays whose rows lie along the inner axes of a kernel, to be turned.

    An array that is written is one of them if all that stages do with it is done at one place.
    """
    uses = list(_uses(kernel))
    written = {access.buffer for _, access, writes in uses if writes}
    found: dict[Place, list[tuple[int, Access, bool]]] = {}
    alone: set[int] = set()
    for number, access, writes in uses:
        place = _place(kernel, kernel.stages[number], access)
        if place is not None:
            found.setdefault(place, []).append((number, access, writes))
        if place is None or any(p[0] == access.buffer and p != place for p in found):
            alone.add(access.buffer)
    kept = [group for place, group in found.items() if place[0] not in alone & written]
    return tuple(_panel(kernel, group) for group in kept)


def _uses(kernel: Kernel) -> Iterator[tuple[int, Access, bool]]:
    """Yield all accesses, with their stages and whether they write."""
    for number, stage in enumerate(kernel.stages):
        for access in reads_of(kernel, stage).values():
            yield number, access, False
        for access, write in zip(writes_of(kernel, stage), stage.writes, strict=True):
            if write.mode == "add":
                yield number, access, False
            yield number, access, True


def _place(kernel: Kernel, stage: Stage, access: Access) -> Place | None:
    """Return where an access is, if it goes along rows, one of them a lane."""
    if access.picks or access.guard is not None or len(stage.axes) != 1:
        return None
    inner = stage.axes[0].name
    outer = tuple(item for item in access.strides if item[0] != inner)
    if access.stride(inner) != ONE or not access.stride(kernel.outer[-1].name):
        return None
    return access.buffer, access.rest, outer


def _panel(kernel: Kernel, group: list[tuple[int, Access, bool]]) -> Panel:
    uses = dict.fromkeys((number, access) for number, access, _ in group)
    scratch = kernel.buffers[group[0][1].buffer].role == "row"
    written = any(writes for _, _, writes in group)
    return Panel(tuple(uses), not group[0][2], written and not scratch)


def fits_abreast(kernel: Kernel, lanes: int, vector_bytes: int) -> bool:
    """Tell whether rows of a kernel can be turned in registers of a target, scratch and all."""
    found = panels(kernel)
    wide = any(ITEMSIZE[panel.dtype] * lanes > vector_bytes for panel in found)
    turned = {access.buffer for panel in found for _, access in panel.uses}
    rows = {k for k, buffer in enumerate(kernel.buffers) if buffer.role == "row"}
    return 0 < len(found) <= PANELS and not wide and rows <= turned


# Loops -------------------------------------------------------------------------------------------


class _Square(Struct, frozen=True):
    """What is turned: a panel, where it lies, how many rows are left and which lanes have one."""

    panel: Panel
    place: Register
    left: Register
    mask: Register

    @property
    def dtype(self) -> str:
        """Return the dtype of elements as they are moved."""
        return "uint8" if self.panel.dtype == "bool" else self.panel.dtype


class _Way(Struct, frozen=True):
    """How panels are filled or emptied: by squares, or by columns where `few` are left."""

    square: Callable[[_Square, Register, Register], None]
    single: Callable[[_Square, Register], None]
    few: int


class Abreast:
    """Prints the last outer loop of a kernel by blocks of rows."""

    def __init__(self, loops: Loops, frame: Frame) -> None:
        self.loops = loops
        self.frame = frame
        self.b = frame.b
        self.lanes = frame.plan.schedule.lanes
        self.axis = frame.plan.kernel.outer[-1]
        self.panels = panels(frame.plan.kernel)
        self.places = [self._reserve(panel) for panel in self.panels]

    def _reserve(self, panel: Panel) -> Register:
        longest = -(-self.frame.plan.schedule.longest // self.lanes) * self.lanes
        return self.b.stack(words(panel.dtype, longest * self.lanes))

    def run(self) -> None:
        """Print the loop over blocks of rows."""
        lower, upper = self.frame.extent(self.axis)
        self.loops.loop(self.axis, lower, upper, self.lanes, [], self._block)

    def _block(self, rows: Rows) -> Rows:
        """Print a block: the stages between turning rows and turning them back."""
        b, frame = self.b, self.frame
        left = b.subtract(frame.extent(self.axis)[1], frame.axes[self.axis.name])
        mask = b.mask_below(left, self.lanes)
        into = _Way(self._turn, self._gather, self.lanes // GATHERED)
        back = _Way(self._turn_back, self._scatter, self.lanes // SCATTERED)
        for panel, place in zip(self.panels, self.places, strict=True):
            if panel.loads:
                self._squares(_Square(panel, place, left, mask), into)
        frame.block = Block(self.lanes, 1, mask)
        frame.turned = {
            access: Turned(place, self._inner(number).name, self.lanes)
            for panel, place in zip(self.panels, self.places, strict=True)
            for number, access in panel.uses
        }
        self.loops.around(len(frame.plan.kernel.outer))
        frame.block, frame.turned = SINGLE, {}
        for panel, place in zip(self.panels, self.places, strict=True):
            if panel.stores:
                self._squares(_Square(panel, place, left, mask), back)
        return rows

    def _inner(self, stage: int) -> Axis:
        return self.frame.plan.stages[stage].stage.axes[0]

    # Turning ------------------------------------------------------------------------------------

    def _squares(self, what: _Square, way: _Way) -> None:
        """Print a loop over as many columns at a time as there are rows; few are picked singly."""
        b, number = self.b, self.frame.number
        lower, upper = self.frame.extent(self._inner(what.panel.uses[0][0]))

        def columns(column: Register, _: list[Register]) -> list[Register]:
            left = b.subtract(upper, column)

            def square() -> None:
                way.square(what, column, b.mask_below(left, self.lanes))

            def singly() -> None:
                b.loop(column, upper, number(1), [], single)

            if ITEMSIZE[what.dtype] < PICKED:
                square()
            else:
                b.when(b.less_equal(left, number(way.few)), singly, square)
            return []

        def single(column: Register, _: list[Register]) -> list[Register]:
            way.single(what, column)
            return []

        b.loop(lower, upper, number(self.lanes), [], columns)

    def _gather(self, what: _Square, column: Register) -> None:
        index = self.frame.lane_offsets(self._step(what), self.lanes)
        found = self.b.gather(self._begin(what, column), what.dtype, index, what.mask)
        self.b.store(found, self._line(what, column))

    def _scatter(self, what: _Square, column: Register) -> None:
        index = self.frame.lane_offsets(self._step(what), self.lanes)
        line = self.b.load(self._line(what, column), what.dtype, self.lanes)
        self.b.scatter(line, self._begin(what, column), index, what.mask)

    def _turn(self, what: _Square, column: Register, mask: Register) -> None:
        rows = [self.b.load(p, what.dtype, self.lanes, mask) for p in self._rows(what, column)]
        for register, place in zip(turned(self.b, rows), self._lines(what, column), strict=True):
            self.b.store(register, place)

    def _turn_back(self, what: _Square, column: Register, mask: Register) -> None:
        """Store a square, its last rows first: where there are fewer, the last is stored last."""
        lines = [self.b.load(p, what.dtype, self.lanes) for p in self._lines(what, column)]
        rows = zip(turned(self.b, lines), self._rows(what, column), strict=True)
        for register, place in reversed(list(rows)):
            self.b.store(register, place, mask)

    def _lines(self, what: _Square, column: Register) -> list[Register]:
        """Return where the elements of each of a square's columns lie side by side."""
        b, first = self.b, self._line(what, column)
        return [b.offset(first, what.dtype, k * self.lanes) for k in range(self.lanes)]

    def _line(self, what: _Square, column: Register) -> Register:
        ahead = self.b.multiply(column, self.frame.number(self.lanes))
        return self.b.offset(what.place, what.dtype, ahead)

    def _step(self, what: _Square) -> Polynomial:
        return what.panel.uses[0][1].stride(self.axis.name)

    def _begin(self, what: _Square, column: Register) -> Register:
        """Return the place of a column's element in the first row of a block."""
        frame = self.frame
        number, access = what.panel.uses[0]
        stage = frame.plan.stages[number]
        with frame.scope():
            frame.axes[self._inner(number).name] = column
            return pointer(frame, stage, access, len(loops_of(frame, stage)))

    def _rows(self, what: _Square, column: Register) -> list[Register]:
        """Return where the rows of a square begin, the last one again where there are no more."""
        b, frame = self.b, self.frame
        step, places = frame.size(self._step(what)), [self._begin(what, column)]
        for k in range(1, self.lanes):
            more = b.less(frame.number(k), what.left)
            places.append(b.select(more, b.offset(places[-1], what.dtype, step), places[-1]))
        return places
