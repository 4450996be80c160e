"""Products of few columns whose left operand is stored by rows: each column one with a vector.

A tile of so few columns leaves most of its vectors unused. Summed along k, a row's are full.
"""

from __future__ import annotations

from functools import partial

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.finish import ONE, call_finish
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int, each, integer
from symc.compiler.codegen.product.lanes import call_spread, emit_job
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.product.vector import TOGETHER
from symc.compiler.codegen.register import ITEMSIZE, Register

FEW = 3
"""Columns of an output at most."""

LEAST, MOST = 64, 1 << 16
"""Products of a sum: with fewer the last steps of a sum take longest, more have no room."""

NEAR = 1 << 14
"""Bytes of the left operand's rows that are read once a column, and so stay near."""

LONG = 64
"""Times as many rows that are a part of the product."""

PARTS = 4
"""Parts for each of several threads."""


def has_few_columns(frame: Frame) -> Register:
    """Return whether a product is computed so, whatever the number of its rows."""
    b = frame.builder
    m, n, k = (frame.size(field) for field in "mnk")
    outputs = b.bit_and(b.bit_and(n >= 2, n <= FEW), b.bit_not(m <= 1))
    sums = b.bit_and(k >= LEAST, k <= MOST)
    return b.bit_and(b.bit_and(outputs, sums), frame.size("left_column").is_(1))


def emit_columns(b: KernelBuilder, tile: Tile) -> None:
    """Define such a product: the right operand's columns, in one piece each, and then the rows."""
    emit_job(b, tile, "column_rows", partial(_near, tile), _some)
    with b.function(tile.name("columns"), ONE, export=False) as (pointer,):
        frame = Frame(b, pointer)
        frame.store(panel=frame.load("right"), panel_row=frame.load("right_column"))
        b.when(b.bit_not(frame.size("right_row").is_(1)), lambda: _pack(frame, tile))
        m, parts = frame.size("m"), frame.size("threads") * PARTS
        near = _near(tile, frame)
        step = ((m + parts - 1) // parts).at_most(near * LONG).at_least(near)
        call_spread(frame, tile, "column_rows", m, step)
        b.ret()


def _near(tile: Tile, frame: Frame) -> Int:
    """Return how many rows of the left operand stay near."""
    rows = integer(frame.builder, NEAR // ITEMSIZE[tile.dtype] // TOGETHER) // frame.size("k")
    return rows.at_least(1) * TOGETHER


def _pack(frame: Frame, tile: Tile) -> None:
    """Copy the right operand's columns, one after the other."""
    b, k, zero = frame.builder, frame.size("k"), integer(frame.builder, 0)
    right, copied = frame.matrix("right", tile.dtype), frame.load("panels")

    def element(j: Int, i: Int) -> None:
        b.store(
            b.load(right.at(i, j), tile.dtype), b.offset(copied, tile.dtype, (j * k + i).register)
        )

    each(zero, frame.size("n"), 1, lambda j: each(zero, k, 1, partial(element, j)))
    frame.store(panel=copied, panel_row=k)


def _some(frame: Frame, tile: Tile, i: Int, rows: Int) -> None:
    """Compute rows that stay near, and finish them."""
    b, zero, direct = frame.builder, integer(frame.builder, 0), frame.flag("direct")
    n, k = frame.size("n"), frame.size("k")
    place = b.offset(frame.load("target"), tile.dtype, (i * n).register)
    sums = b.select(direct, place, frame.load("own_sums"))
    left = frame.matrix("left", tile.dtype).at(i, zero)

    def column(j: Int) -> None:
        vector = b.offset(frame.load("panel"), tile.dtype, (j * frame.size("panel_row")).register)
        target = b.offset(sums, tile.dtype, j.register)
        sizes = rows.register, k.register
        arguments = [*sizes, left, frame.load("left_row"), vector, target, n.register]
        b.call(tile.name("dots"), None, arguments)

    each(zero, n, 1, column)
    b.when(b.bit_not(direct), lambda: call_finish(frame, sums, n, rows, n, i, zero))
