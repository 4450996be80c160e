"""Packing: operands as pairs of elements that follow one another along k, in words of 32 bits.

Lines are the left operand's rows, or the right one's columns. What k has too little of whole pairs,
or of whole vectors, is filled up with zeros.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.halves.tile import PAIRS, TILE
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int, along_lanes, each, integer
from symc.compiler.codegen.product.pack import transposed
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

AHEAD = 8
"""Pairs of rows of the right operand that are asked for before they are read."""

SQUARE = 8
"""Lines and pairs that are turned at once."""

# `line` and `step` are the distances in the source from line to line and along k, `pairs` what the
# packed block has of each line, `packed_row` what its layout takes.
PACK = (
    ("lines", "int64"),
    ("depth", "int64"),
    ("pairs", "int64"),
    ("source", "ptr"),
    ("line", "int64"),
    ("step", "int64"),
    ("packed", "ptr"),
    ("packed_row", "int64"),
)


class Layout(Struct, frozen=True, eq=False):
    """The word that a line begins at, and how far on from there a pair goes."""

    start: Callable[[Int], Int]
    along: Callable[[Int], Int]


def in_rows(row: Int) -> Layout:
    """Return the layout of rows of pairs."""
    return Layout(lambda i: i * row, lambda p: p)


def in_panels(width: int, row: Int) -> Layout:
    """Return the layout of panels of some columns: a row of pairs for each pair of k."""
    return Layout(lambda j: j // width * width * row + j % width, lambda p: p * width)


def in_tiles(row: Int) -> Layout:
    """Return the layout of AMX's tiles, of which those of 16 lines follow one another along k."""
    return Layout(
        lambda i: i // PAIRS * PAIRS * row + i % PAIRS * PAIRS,
        lambda p: p // PAIRS * TILE + p % PAIRS,
    )


class _Packing(Struct, frozen=True, eq=False):
    """One block on its way: what PACK says, and the layout."""

    lines: Int
    depth: Int
    pairs: Int
    source: Register
    line: Int
    step: Int
    packed: Register
    layout: Layout
    lanes: int

    @property
    def builder(self) -> KernelBuilder:
        """Return the builder of it all."""
        return self.line.builder

    @property
    def whole(self) -> Int:
        """Return how many pairs have both elements."""
        return self.depth // 2

    def element(self, i: Int, k: Int) -> Register:
        """Return the address of an element of the source."""
        place = i * self.line + k * self.step
        return self.builder.offset(self.source, "uint16", place.register)

    def load(
        self, i: Int, k: Int, dtype: str, lanes: int, mask: Register | None = None
    ) -> Register:
        """Load what follows an element in the source."""
        return self.builder.load(self.element(i, k), dtype, lanes, mask)

    def store(self, pairs: Register, i: Int, p: Int) -> None:
        """Store a pair, or a vector of those that lie side by side in the packed block."""
        place = self.layout.start(i) + self.layout.along(p)
        self.builder.store(pairs, self.builder.offset(self.packed, "uint32", place.register))


def emit_pack_left(
    b: KernelBuilder, tile: Tile, name: str, layout: Callable[[Int], Layout]
) -> None:
    """Define the packing of rows of the left operand, whose pairs come to lie side by side.

    What follows the last pair is filled up with zeros to a whole vector.
    """
    with b.function(tile.name(name), PACK, export=False) as parameters:
        job = _job(b, parameters, tile, layout)
        b.when(job.step.is_(1), partial(_copy_lines, job), partial(_squares, job, _turned_pairs))
        b.ret()


def emit_pack_right(b: KernelBuilder, tile: Tile, name: str) -> None:
    """Define the packing of panels of the right operand, in which columns lie side by side."""
    with b.function(tile.name(name), PACK, export=False) as parameters:
        job = _job(b, parameters, tile, partial(in_panels, tile.width))
        b.when(
            job.line.is_(1),
            partial(_pair_rows, job, tile.width),
            partial(_squares, job, _turned_lines),
        )
        b.ret()


def call_pack_right(frame: Frame, tile: Tile, columns: tuple[Int, Int], place: str) -> None:
    """Pack some of a block's columns, given as the first and how many, to scratch memory."""
    b, (first, count) = frame.builder, columns
    right, depth = frame.matrix("right", "uint16"), frame.load("depth")
    source = right.at(frame.size("inner"), frame.size("first") + first)
    sizes = count.register, frame.load("deep"), depth
    strides = right.column.register, right.row.register
    packed = frame.load(place), depth
    b.call(tile.name("pack_right"), None, [*sizes, source, *strides, *packed])


def _job(
    b: KernelBuilder, parameters: list[Register], tile: Tile, layout: Callable[[Int], Layout]
) -> _Packing:
    lines, depth, pairs = (Int(b, x) for x in parameters[:3])
    source, line, step, packed, row = parameters[3:]
    distances = Int(b, line), Int(b, step)
    return _Packing(
        lines, depth, pairs, source, *distances, packed, layout(Int(b, row)), tile.lanes
    )


def _copy_lines(job: _Packing) -> None:
    """Pack lines that lie in memory along k as rows: they are copied."""
    zero = integer(job.builder, 0)

    def line(i: Int) -> None:
        def some(p: Int, mask: Register | None) -> None:
            job.store(job.load(i, p * 2, "uint32", job.lanes, mask), i, p)

        along_lanes(job.whole, job.lanes, False, some)
        each(job.whole, job.pairs, 1, lambda p: _one(job, i, p))

    each(zero, job.lines, 1, line)


def _pair_rows(job: _Packing, width: int) -> None:
    """Pack lines that lie side by side in memory as columns: rows of pairs of two rows.

    The columns of a whole panel are moved without a loop.
    """
    b, zero, step = job.builder, integer(job.builder, 0), max(job.lanes, 1)
    whole = job.lines // width * width

    def some(p: Int, j: Int, mask: Register | None) -> None:
        low, high = (job.load(j, p * 2 + k, "uint16", job.lanes, mask) for k in (0, 1))
        job.store(_paired(b, low, high), j, p)

    def panel(p: Int, j: Int) -> None:
        for k in (0, 1):
            b.prefetch(job.element(j, (p + AHEAD) * 2 + k), "read")
        for i in range(0, width, step):
            some(p, j + i, None)

    def rest(p: Int) -> None:
        part = job.lines - whole
        along_lanes(part, job.lanes, False, lambda j, mask: some(p, whole + j, mask))

    each(zero, job.whole, 1, lambda p: each(zero, whole, width, partial(panel, p)))
    b.when(whole < job.lines, lambda: each(zero, job.whole, 1, rest))
    each(job.whole, job.pairs, 1, lambda p: each(zero, job.lines, 1, lambda j: _one(job, j, p)))


def _squares(job: _Packing, turned: Callable[[_Packing, Int, Int], None]) -> None:
    """Pack by squares that are turned in registers, and what is left pair by pair."""
    zero, size = integer(job.builder, 0), min(job.lanes, SQUARE)
    whole = (job.lines // size * size, job.whole // size * size) if size else (zero, zero)
    if size:
        each(zero, whole[0], size, lambda i: each(zero, whole[1], size, partial(turned, job, i)))
    each(zero, job.lines, 1, lambda i: each(whole[1], job.pairs, 1, partial(_one, job, i)))
    each(whole[0], job.lines, 1, lambda i: each(zero, whole[1], 1, partial(_one, job, i)))


def _turned_lines(job: _Packing, j: Int, p: Int) -> None:
    """Move a square of lines that lie in memory along k, as columns."""
    size = min(job.lanes, SQUARE)
    found = [job.load(j + i, p * 2, "uint32", size) for i in range(size)]
    for q, column in enumerate(transposed(job.builder, found)):
        job.store(column, j, p + q)


def _turned_pairs(job: _Packing, i: Int, p: Int) -> None:
    """Move a square of lines that lie side by side in memory, as rows."""
    b, size, found = job.builder, min(job.lanes, SQUARE), []
    for q in range(size):
        low, high = (job.load(i, (p + q) * 2 + k, "uint16", size) for k in (0, 1))
        found.append(_paired(b, low, high))
    for k, line in enumerate(transposed(b, found)):
        job.store(line, i + k, p)


def _paired(b: KernelBuilder, low: Register, high: Register) -> Register:
    return b.bit_or(b.cast(low, "uint32"), b.shift_left_by(b.cast(high, "uint32"), 16))


def _one(job: _Packing, i: Int, p: Int) -> None:
    """Move one pair, with zeros for what k does not have."""
    b = job.builder
    found = [b.load(job.element(i, k), "uint16", 0, k < job.depth) for k in (p * 2, p * 2 + 1)]
    job.store(_paired(b, *found), i, p)
