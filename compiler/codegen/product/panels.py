"""The panels of one block of rows: a strip of tiles down each, and the finishing of hot tiles."""

from __future__ import annotations

from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.finish import call_finish
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.gram import (
    Piece,
    ask_for_mirror,
    call_mirror,
    columns_above,
    first_row,
)
from symc.compiler.codegen.product.integers import Int, choose, each, integer
from symc.compiler.codegen.product.micro import strip_name, widths, zeros
from symc.compiler.codegen.product.slivers import sliver_name
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

# The frame with the block's fields, and the left operand from the block's first row on.
PANELS = (("frame", "ptr"), ("left", "ptr"), ("rows", "int64"))


def emit_panels(b: KernelBuilder, tile: Tile) -> None:
    """Define the sums of all columns of a block for some rows, from the frame's `row` on.

    Sums over several blocks of k wait in the output where that is `direct`, else in scratch memory,
    as the output may be an operand of the epilogue.
    """
    with b.function(tile.name("panels"), PANELS, export=False) as (pointer, left, rows):
        frame, height = Frame(b, pointer), Int(b, rows)
        block = _Block(frame, tile, left, frame.size("row"), height)
        first, end = frame.size("first"), block.row + height
        columns = columns_above(frame, tile, frame.size("columns"), first, end)
        each(integer(b, 0), columns, tile.width, lambda j: block.from_row(j).compute(j))
        b.ret()


class _Block(Struct, frozen=True, eq=False):
    """Prints what is done for a block of rows; j is a panel's first column in the block."""

    frame: Frame
    tile: Tile
    left: Register
    row: Int
    rows: Int

    def from_row(self, j: Int) -> _Block:
        """Return the part whose sums of a panel are computed."""
        frame, b = self.frame, self.frame.builder
        top = first_row(frame, self.row, frame.size("first") + j)
        skipped = top - self.row
        place = (skipped * frame.size("block_row")).register
        left = b.offset(self.left, self.tile.dtype, place)
        return _Block(frame, self.tile, left, top, self.rows - skipped)

    def compute(self, j: Int) -> None:
        """Compute a panel; the last one may have fewer columns than a tile."""
        frame, b, tile = self.frame, self.frame.builder, self.tile
        columns = (frame.size("columns") - j).at_most(tile.width)
        whole, straight = columns.is_(tile.width), frame.flag("direct")
        if not tile.masked_edges:
            straight = b.bit_and(straight, whole)
        panel, row = self.panel(j)
        sums, sums_row = self.sums(j, straight)
        initial_row = choose(frame.flag("begins"), integer(b, 0), sums_row)
        frame.store(panel=panel, panel_row=row, initial_row=initial_row, sums_row=sums_row)
        ask_for_mirror(frame, tile, self.piece(j))
        ragged = self.masked if tile.masked_edges else self.padded
        b.when(whole, lambda: self.strip(tile.vectors, sums), lambda: ragged(panel, sums, columns))
        self.finish(j, columns, sums, sums_row, straight)

    def piece(self, j: Int) -> Piece:
        """Return the rows of a panel that are computed."""
        return Piece(self.row, self.rows, self.frame.size("first") + j)

    def masked(self, panel: Register, sums: Register, columns: Int) -> None:
        """Compute the vectors of the last panel one by one, the last under a mask."""
        frame, b, tile = self.frame, self.frame.builder, self.tile

        def vector(v: Int) -> None:
            place = b.offset(panel, tile.dtype, v.register)
            frame.store(panel=place, strip_columns=columns - v)
            self.strip(widths(tile)[-1], b.offset(sums, tile.dtype, v.register))

        each(integer(b, 0), columns, tile.step, vector)

    def padded(self, _: Register, sums: Register, columns: Int) -> None:
        """Compute all columns of the last panel, which is packed; some may not be the output's."""
        full, narrow = self.tile.vectors, widths(self.tile)[-1]
        few = columns <= self.tile.step
        self.frame.builder.when(
            few, lambda: self.strip(narrow, sums), lambda: self.strip(full, sums)
        )

    def panel(self, j: Int) -> tuple[Register, Int]:
        """Return where the panel lies and how far its rows are apart."""
        frame, tile, b = self.frame, self.tile, self.frame.builder
        right = frame.matrix("right", tile.dtype)
        here = right.at(frame.size("inner"), frame.size("first") + j)
        packed = b.offset(frame.load("panels"), tile.dtype, (j * frame.size("depth")).register)
        in_place = j < frame.size("packed")
        return b.select(in_place, here, packed), choose(in_place, right.row, tile.width)

    def sums(self, j: Int, straight: Register) -> tuple[Register, Int]:
        """Return where sums go, and how far their rows are apart."""
        frame, tile, b = self.frame, self.tile, self.frame.builder
        row, n = self.row, frame.size("n")
        below = row - frame.size("span_begin")
        kept = choose(frame.flag("several"), j * tile.span + below * tile.width, 0)
        waiting = b.offset(frame.load("waiting"), tile.dtype, kept.register)
        index = (row * n + frame.size("first") + j).register
        sums = b.select(straight, b.offset(frame.load("target"), tile.dtype, index), waiting)
        row = n.at_most(tile.width) if tile.masked_edges else integer(b, tile.width)
        return sums, choose(straight, n, row)

    def strip(self, vectors: int, sums: Register) -> None:
        """Call a strip, which begins with zeros or with the sums so far."""
        frame, tile, b = self.frame, self.tile, self.frame.builder
        start = b.select(frame.flag("begins"), zeros(b, tile), sums)
        arguments = [frame.pointer, self.left, start, sums, self.rows.register]
        strip = b.address(strip_name(tile, vectors))
        if tile.masked_edges:
            slivers = b.address(sliver_name(tile, vectors))
            strip = b.select(frame.flag("slivers"), slivers, strip)
        b.call_pointer(strip, None, arguments)

    def finish(
        self, j: Int, columns: Int, sums: Register, sums_row: Int, straight: Register
    ) -> None:
        """Let the contraction finish sums that are complete and are not the output, or not all."""
        frame, b = self.frame, self.frame.builder
        piece, ends = self.piece(j), frame.flag("ends")
        corner = piece.top, piece.column
        b.when(
            b.bit_and(ends, b.bit_not(straight)),
            lambda: call_finish(frame, sums, sums_row, self.rows, columns, *corner),
        )
        b.when(
            b.bit_and(ends, frame.flag("gram")),
            lambda: call_mirror(frame, self.tile, sums, sums_row, piece),
        )
