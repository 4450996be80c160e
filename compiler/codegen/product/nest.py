"""The entries of the family: a batch of products, each with a vector or of two matrices."""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.cancel import unless_stopped
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int, Matrix, choose, each, integer
from symc.compiler.codegen.product.scratch import carve
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

# A frame with the contraction's fields, the operands and the sizes; scratch memory besides it.
ENTRY = (("frame", "ptr"), ("batch", "int64"), ("scratch", "ptr"))
ONE = (("frame", "ptr"),)
# What a contraction supplies: writes a tile of finished sums to the output.
FINISH = (
    ("frame", "ptr"),
    ("sums", "ptr"),
    ("sums_row", "int64"),
    ("rows", "int64"),
    ("columns", "int64"),
    ("first_row", "int64"),
    ("first_column", "int64"),
)


def call_finish(frame: Frame, sums: Register, *sizes: Int) -> None:
    """Let the contraction finish a tile; `sizes` are FINISH's from sums_row on."""
    arguments = [frame.pointer, sums, *(size.register for size in sizes)]
    frame.builder.call_pointer(frame.load("finish"), None, arguments)


def emit_batch(b: KernelBuilder, tile: Tile, *, export: bool) -> None:
    """Define the products of a batch of matrices, one after the other."""
    with b.function(tile.name("batch"), ENTRY, export=export) as (pointer, batch, scratch):
        frame = Frame(b, pointer)
        carve(frame, tile, scratch)
        m, n, k = (frame.size(field) for field in "mnk")
        extents = {"left": m * k, "right": k * n, "target": m * n}
        starts = {"left": frame.load("left"), "right": frame.load("right")}
        starts["target"] = frame.load("out")

        def matrix(i: Int) -> None:
            here = {
                name: b.offset(start, tile.dtype, (i * extents[name]).register)
                for name, start in starts.items()
            }
            frame.store(matrix=i, **here)
            b.when(
                b.bit_or(m.is_(1), n.is_(1)),
                lambda: _call(b, tile.name("vector"), pointer),
                lambda: _call(b, tile.name("matrix"), pointer),
            )

        each(integer(b, 0), Int(b, batch), 1, matrix)
        b.ret()


def _call(b: KernelBuilder, name: str, *arguments: Register) -> None:
    b.call(name, None, arguments)


def emit_plain(b: KernelBuilder, tile: Tile, *, export: bool) -> None:
    """Define the batch whose sums are the output: the frame need not say how to finish."""
    with b.function(tile.name("plain"), ENTRY, export=export) as parameters:
        frame = Frame(b, parameters[0])
        frame.store(finish=b.address(tile.name("finish")), direct=integer(b, 1))
        _call(b, tile.name("batch"), *parameters)
        b.ret()


def emit_vector(b: KernelBuilder, tile: Tile) -> None:
    """Define the product of the vector left with the matrix right (m = 1), or the other way."""
    with b.function(tile.name("vector"), ONE, export=False) as (pointer,):
        frame = Frame(b, pointer)
        m, n = frame.size("m"), frame.size("n")
        left, right = frame.matrix("left", tile.dtype), frame.matrix("right", tile.dtype)
        flat = m.is_(1)
        count, x = choose(flat, n, m), b.select(flat, left.pointer, right.pointer)
        matrix = Matrix(
            b.select(flat, right.pointer, left.pointer),
            tile.dtype,
            choose(flat, right.column, left.row),
            choose(flat, right.row, left.column),
        )
        # Where both strides are 1 there is one row or one column.
        one_row = b.bit_or(b.bit_not(matrix.row.is_(1)), count.is_(1))
        by_rows = b.bit_and(matrix.column.is_(1), one_row)
        each(
            integer(b, 0),
            count,
            tile.block_n,
            lambda i: unless_stopped(
                frame, tile, lambda: _chunk(frame, tile, matrix, x, by_rows, flat, i)
            ),
        )
        b.ret()


def _chunk(
    frame: Frame,
    tile: Tile,
    matrix: Matrix,
    x: Register,
    by_rows: Register,
    flat: Register,
    i: Int,
) -> None:
    """Compute a chunk of the elements from i on, which form a row if `flat`, else a column."""
    b, zero, one = frame.builder, integer(frame.builder, 0), integer(frame.builder, 1)
    size = (frame.size("m") * frame.size("n") - i).at_most(tile.block_n)
    direct = b.not_equal(frame.load("direct"), zero.register)
    place = b.offset(frame.load("target"), tile.dtype, i.register)
    y, start = b.select(direct, place, frame.load("sums")), matrix.at(i, zero)
    sizes = (size.register, frame.load("k"))
    b.when(
        by_rows,
        lambda: _call(b, tile.name("dots"), *sizes, start, matrix.row.register, x, y),
        lambda: _call(b, tile.name("sweep"), *sizes, start, matrix.column.register, x, y),
    )
    extent = (choose(flat, one, size), choose(flat, size, one))
    corner = (choose(flat, zero, i), choose(flat, i, zero))
    b.when(b.bit_not(direct), lambda: call_finish(frame, y, one, *extent, *corner))
