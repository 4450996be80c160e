"""Products of a matrix with its own transpose: one triangle is computed, the other mirrored.

Elements (i, j) and (j, i) are the same products added in the same order: they have the same bits.
A panel of columns from j on is computed from row j on; what is below its square on the diagonal is
turned while it is hot, and finished as part of the rows above. So every element is written once,
and an epilogue may read the output's own memory as ever.
"""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.finish import FINISH, call_finish
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int, choose, each, integer
from symc.compiler.codegen.product.scratch import mirror_row
from symc.compiler.codegen.product.tile import LINE, Tile
from symc.compiler.codegen.register import ITEMSIZE, Register

FEW = 2  # panels of an output that are computed as soon as they are mirrored


def recognise(frame: Frame, tile: Tile) -> None:
    """Store whether both operands are one matrix, read one way and the other."""
    b = frame.builder
    same = b.equal(frame.load("left"), frame.load("right"))
    rows = frame.size("left_row").is_(frame.size("right_column"))
    columns = frame.size("left_column").is_(frame.size("right_row"))
    square = b.bit_and(frame.size("m").is_(frame.size("n")), b.bit_and(rows, columns))
    large = b.bit_not(frame.size("n") <= FEW * tile.width)
    frame.store(gram=b.bit_and(same, b.bit_and(square, large)))


def first_row(frame: Frame, row: Int, column: Int) -> Int:
    """Return the first row, from `row` on, in which sums of a column are computed."""
    return choose(frame.flag("gram"), row.at_least(column), row)


def columns_above(frame: Frame, tile: Tile, columns: Int, first: Int, row_end: Int) -> Int:
    """Return how many of the columns from `first` on are of panels with sums above a row."""
    panels = ((row_end - first).at_least(0) + (tile.width - 1)) // tile.width
    return choose(frame.flag("gram"), columns.at_most(panels * tile.width), columns)


def from_the_end(frame: Frame, size: Int, begin: Int, end: Int) -> tuple[Int, Int]:
    """Return the part of a range that a thread takes: of a triangle, the longest rows first."""
    gram = frame.flag("gram")
    return choose(gram, size - end, begin), choose(gram, size - begin, end)


class Piece(Struct, frozen=True, eq=False):
    """The rows of a panel that were computed: where they begin, how many, the panel's columns."""

    top: Int
    rows: Int
    column: Int

    def skipped(self, tile: Tile) -> Int:
        """Return how many rows belong to the panel's square on the diagonal."""
        return (self.column + tile.width - self.top).at_least(0)


def ask_for_mirror(frame: Frame, tile: Tile, piece: Piece) -> None:
    """Ask for the lines of the output that a piece's mirror image is written to.

    They come while the piece is computed. All at once, later, they would be waited for.
    """
    b, n, target = frame.builder, frame.size("n"), frame.load("target")
    line = LINE // ITEMSIZE[tile.dtype]
    first, end = piece.top + piece.skipped(tile), piece.top + piece.rows

    def ask(start: Int, j: Int) -> None:
        b.prefetch(b.offset(target, tile.dtype, (start + j).register), "write")

    def row(i: Int) -> None:
        each(first, end, line, partial(ask, i * n))

    soon = b.bit_and(frame.flag("gram"), b.bit_and(frame.flag("ends"), frame.flag("direct")))
    b.when(soon, lambda: each(piece.column, piece.column + tile.width, 1, row))


def call_mirror(frame: Frame, tile: Tile, sums: Register, sums_row: Int, piece: Piece) -> None:
    """Finish the mirror image of a piece's sums, but for the square on the diagonal."""
    b, skipped = frame.builder, piece.skipped(tile)
    below = b.offset(sums, tile.dtype, (skipped * sums_row).register)
    sizes = sums_row, piece.rows - skipped, integer(b, tile.width), piece.top + skipped
    arguments = [*(size.register for size in sizes), piece.column.register]

    def call() -> None:
        b.call(tile.name("mirror"), None, [frame.pointer, below, *arguments])

    b.when(skipped < piece.rows, call)


def emit_mirror(b: KernelBuilder, tile: Tile) -> None:
    """Define FINISH for whole rows of a panel: turn them, and finish that at the mirrored place.

    Sums that are the output are turned into it at once: loads wait for stores to places that lie as
    they do in their pages, and of far rows' pieces some soon do, so they are best not mingled.
    """
    with b.function(tile.name("mirror"), FINISH, export=False) as (pointer, sums, *numbers):
        frame = Frame(b, pointer)
        sums_row, rows, columns, first, column = (Int(b, number) for number in numbers)
        straight = frame.flag("direct") if tile.masked_edges else b.constant("bool", 0)
        place = (column * frame.size("n") + first).register
        out = b.offset(frame.load("target"), tile.dtype, place)
        turned = b.select(straight, out, frame.load("own_mirror"))
        turned_row = choose(straight, frame.size("n"), mirror_row(tile))

        def turn(i: Int) -> None:
            source = b.offset(sums, tile.dtype, (i * sums_row).register)
            target = b.offset(turned, tile.dtype, i.register)
            sizes = (rows - i).at_most(columns).register, columns.register
            arguments = [*sizes, source, sums_row.register, target, turned_row.register]
            b.call(tile.name("transpose"), None, arguments)

        each(integer(b, 0), rows, columns, turn)
        sizes = turned_row, columns, rows, column, first
        b.when(b.bit_not(straight), lambda: call_finish(frame, turned, *sizes))
        b.ret()
