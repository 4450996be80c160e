"""Products of few rows whose right operand is stored by rows: multiples of its rows are added.

So it is read along its length, as fast as memory gives it. Each sum is the chain of multiply-adds
that a micro-kernel computes.
"""

from __future__ import annotations

from functools import partial

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.finish import ONE, call_finish
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import (
    Int,
    Matrix,
    along_lanes,
    each,
    each_whole,
    integer,
)
from symc.compiler.codegen.product.lanes import call_spread, emit_job
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import ITEMSIZE, Register

FEW = 3
"""Rows of an output at most."""

WORTH_IT = 1 << 14
"""Elements of a right operand at least: tiles go through a smaller one as fast."""

NEAR = 1 << 14
"""Bytes of sums that stay in the first-level cache."""

STREAMS = 8
"""Rows of the right operand that are added in one pass over the sums."""

PARTS = 4
"""Parts for each of several threads."""


def has_few_rows(frame: Frame) -> Register:
    """Return whether a product is computed so; over short rows the loops begin anew too often."""
    b = frame.builder
    m, n, k = (frame.size(field) for field in "mnk")
    rows, long = b.bit_and(m >= 2, m <= FEW), b.bit_and(k <= n, n * k >= WORTH_IT)
    return b.bit_and(b.bit_and(rows, long), frame.size("right_column").is_(1))


def emit_rows(b: KernelBuilder, tile: Tile) -> None:
    """Define such a product, some columns at a time."""
    _emit_add(b, tile)
    wide = NEAR // ITEMSIZE[tile.dtype] // FEW // tile.width * tile.width
    emit_job(b, tile, "row_columns", lambda frame: integer(b, wide), _some)
    with b.function(tile.name("few_rows"), ONE, export=False) as (pointer,):
        frame = Frame(b, pointer)
        parts = frame.size("threads") * PARTS * tile.width
        step = (frame.size("n") + parts - 1) // parts * tile.width
        call_spread(frame, tile, "row_columns", frame.size("n"), step.at_most(tile.block_n))
        b.ret()


def _some(frame: Frame, tile: Tile, j: Int, columns: Int) -> None:
    """Compute columns whose sums stay near, and finish them."""
    b, zero, direct = frame.builder, integer(frame.builder, 0), frame.flag("direct")
    place = b.offset(frame.load("target"), tile.dtype, j.register)
    sums = b.select(direct, place, frame.load("own_sums"))
    sums_row = Int(b, b.select(direct, frame.load("n"), columns.register))
    sizes = sums_row, frame.size("m"), columns
    b.call(
        tile.name("add_rows"), None, [frame.pointer, sums, *(x.register for x in sizes), j.register]
    )
    b.when(b.bit_not(direct), lambda: call_finish(frame, sums, *sizes, zero, j))


# Where sums are, their rows and columns, and the first of the right operand's columns.
ADD = (
    ("frame", "ptr"),
    ("sums", "ptr"),
    ("sums_row", "int64"),
    ("rows", "int64"),
    ("columns", "int64"),
    ("first", "int64"),
)


def _emit_add(b: KernelBuilder, tile: Tile) -> None:
    """Define sums[i, j] = sum over k of left[i, k] * right[k, first + j]."""
    with b.function(tile.name("add_rows"), ADD, export=False) as (pointer, place, *numbers):
        frame, zero = Frame(b, pointer), integer(b, 0)
        sums_row, rows, columns, first = (Int(b, number) for number in numbers)
        sums = Matrix(place, tile.dtype, sums_row, integer(b, 1))
        right = frame.matrix("right", tile.dtype).part(zero, first)
        left = frame.matrix("left", tile.dtype)

        def clear(i: Int) -> None:
            def some(j: Int, mask: Register | None) -> None:
                b.store(b.constant(tile.dtype, 0.0, tile.lanes), sums.at(i, j), mask)

            along_lanes(columns, tile.lanes, tile.wide_masks, some)

        def some(count: int, k: Int) -> None:
            starts = [right.at(k + u, zero) for u in range(count)]
            factors = [left.at(zero, k + u) for u in range(count)]
            add = partial(_add, tile, (left.row, sums), rows, (starts, factors))
            along_lanes(columns, tile.lanes, tile.wide_masks, add)

        each(zero, rows, 1, clear)
        done = each_whole(zero, frame.size("k"), STREAMS, partial(some, STREAMS))
        each(done, frame.size("k"), 1, partial(some, 1))
        b.ret()


def _add(
    tile: Tile,
    matrices: tuple[Int, Matrix],
    rows: Int,
    places: tuple[list[Register], list[Register]],
    j: Int,
    mask: Register | None,
) -> None:
    """Add multiples of a vector of some rows to that vector of each row of the sums."""
    b, (left_row, sums), (starts, factors) = rows.builder, matrices, places
    here = [b.offset(start, tile.dtype, j.register) for start in starts]
    vectors = [b.load(place, tile.dtype, tile.lanes, mask) for place in here]

    def row(i: Register, _: list[Register]) -> list[Register]:
        place = sums.at(Int(b, i), j)
        total = b.load(place, tile.dtype, tile.lanes, mask)
        down = (Int(b, i) * left_row).register
        for vector, start in zip(vectors, factors, strict=True):
            factor = b.load(b.offset(start, tile.dtype, down), tile.dtype)
            total = b.fma(vector, b.splat(factor, tile.lanes), total)
        b.store(total, place, mask)
        return []

    zero, one = b.constant("int64", 0), b.constant("int64", 1)
    b.loop(zero, rows.register, one, [], row)
