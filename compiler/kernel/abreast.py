"""Computes short rows abreast: blocks of them are turned in registers, so that lanes are rows.

A row of ten elements leaves lanes idle, and folding them takes longer than the row. Here as many
rows as there are lanes are read, turned and kept in the function's own memory, an element of each
side by side, where all stages find them; what they write is turned back, a block of rows at a time.
Every row is computed as it would be with lanes along the rows' axis, all elements in their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler.codegen.register import ITEMSIZE, Register, words
from symc.compiler.codegen.turning import Turning
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


def turning_of(panel: Panel, lanes: int) -> Turning:
    """Return what turns rows of an array."""
    return Turning(ITEMSIZE[panel.dtype], lanes)


def turnings(kernel: Kernel, lanes: int) -> set[Turning]:
    """Return what the functions are for that a kernel calls."""
    return {turning_of(panel, lanes) for panel in panels(kernel) if panel.loads or panel.stores}


# Loops -------------------------------------------------------------------------------------------


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
        lying = list(zip(self.panels, self.places, strict=True))
        for panel, place in lying:
            if panel.loads:
                self._call(turning_of(panel, self.lanes).into, panel, place, left)
        frame.block = Block(self.lanes, 1, b.mask_below(left, self.lanes))
        frame.turned = {
            access: Turned(place, self._inner(number).name, self.lanes)
            for panel, place in lying
            for number, access in panel.uses
        }
        self.loops.around(len(frame.plan.kernel.outer))
        frame.block, frame.turned = SINGLE, {}
        for panel, place in lying:
            if panel.stores:
                self._call(turning_of(panel, self.lanes).back, panel, place, left)
        return rows

    def _inner(self, stage: int) -> Axis:
        return self.frame.plan.stages[stage].stage.axes[0]

    def _call(self, name: str, panel: Panel, place: Register, left: Register) -> None:
        """Print a call that turns a block of rows into a panel, or back."""
        frame, (number, access) = self.frame, panel.uses[0]
        stage, inner = frame.plan.stages[number], self._inner(number)
        with frame.scope():
            frame.axes[inner.name] = frame.number(0)
            begin = pointer(frame, stage, access, len(loops_of(frame, stage)))
        step, columns = frame.size(access.stride(self.axis.name)), frame.extent(inner)[1]
        self.b.call(name, None, [begin, step, left, columns, place])
