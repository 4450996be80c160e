"""Products with a vector, some elements of the result at a time."""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.cancel import unless_stopped
from symc.compiler.codegen.product.finish import ONE, call_finish
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int, Matrix, choose, integer
from symc.compiler.codegen.product.lanes import JOB, call_spread
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

CHUNKS = 4
"""Parts of the result for each of several threads."""


def emit_vector(b: KernelBuilder, tile: Tile) -> None:
    """Define the product of the vector left with the matrix right (m = 1), or the other way."""
    _emit_chunk(b, tile)
    with b.function(tile.name("vector"), ONE, export=False) as (pointer,):
        frame = Frame(b, pointer)
        count, threads = frame.size("m") * frame.size("n"), frame.size("threads")
        some = (count // (threads * CHUNKS) + tile.width).at_most(tile.block_n)
        step = choose(threads <= 1, integer(b, tile.block_n), some)
        call_spread(frame, tile, "chunk", count, step)
        b.ret()


def _emit_chunk(b: KernelBuilder, tile: Tile) -> None:
    """Define some elements of the result."""
    with b.function(tile.name("chunk"), JOB, export=False) as (pointer, begin, end):
        frame = Frame(b, pointer)
        first, size = Int(b, begin), Int(b, end) - Int(b, begin)
        unless_stopped(frame, tile, lambda: _chunk(frame, tile, first, size))
        b.ret()


def _chunk(frame: Frame, tile: Tile, i: Int, size: Int) -> None:
    """Compute elements from i on, which form a row if m is 1, else a column."""
    b, zero, one = frame.builder, integer(frame.builder, 0), integer(frame.builder, 1)
    flat = frame.size("m").is_(1)
    left, right = frame.matrix("left", tile.dtype), frame.matrix("right", tile.dtype)
    x = b.select(flat, left.pointer, right.pointer)
    matrix = Matrix(
        b.select(flat, right.pointer, left.pointer),
        tile.dtype,
        choose(flat, right.column, left.row),
        choose(flat, right.row, left.column),
    )
    direct = frame.flag("direct")
    place = b.offset(frame.load("target"), tile.dtype, i.register)
    y, start = b.select(direct, place, frame.load("own_sums")), matrix.at(i, zero)
    sizes = (size.register, frame.load("k"))
    steps = matrix.row.register, x, y, one.register
    b.when(
        _by_rows(frame, matrix),
        lambda: _call(b, tile.name("dots"), *sizes, start, *steps),
        lambda: _call(b, tile.name("sweep"), *sizes, start, matrix.column.register, x, y),
    )
    extent = (choose(flat, one, size), choose(flat, size, one))
    corner = (choose(flat, zero, i), choose(flat, i, zero))
    b.when(b.bit_not(direct), lambda: call_finish(frame, y, one, *extent, *corner))


def _by_rows(frame: Frame, matrix: Matrix) -> Register:
    """Return whether the matrix is stored by rows; with both strides 1 it is one row or column."""
    b, count = frame.builder, frame.size("m") * frame.size("n")
    one_row = b.bit_or(b.bit_not(matrix.row.is_(1)), count.is_(1))
    return b.bit_and(matrix.column.is_(1), one_row)


def _call(b: KernelBuilder, name: str, *arguments: Register) -> None:
    b.call(name, None, arguments)
