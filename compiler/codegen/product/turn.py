"""Narrow products of a left operand stored by columns, computed the other way round.

An output of few columns leaves most of a vector unused, and such a left operand is read in short
pieces far apart. So its transpose is computed, whose rows are long and whose right operand is
stored by rows: the same sums in the same order. Hot tiles are turned before they are finished.
"""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.finish import FINISH
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

LONG = 3  # tiles of an output's rows from which on it is worth turning
DEEP = 16  # products of a sum from which on it is


def turn_if_narrow(frame: Frame, tile: Tile) -> None:
    """Exchange the operands of a batch if its outputs are narrow and its left ones lie so."""
    b = frame.builder
    m, n, k = (frame.size(field) for field in "mnk")
    frame.store(out_rows=m, out_columns=n, turned=frame.load("finish"))
    by_columns = b.bit_and(
        frame.size("left_row").is_(1), b.bit_not(frame.size("left_column").is_(1))
    )
    narrow = b.bit_and(b.bit_not(n <= 1), n <= tile.step)
    large = b.bit_and(m >= LONG * tile.width, k >= DEEP)
    b.when(b.bit_and(b.bit_and(by_columns, narrow), large), lambda: _turn(frame, tile))


def _turn(frame: Frame, tile: Tile) -> None:
    left, right = (frame.matrix(name, tile.dtype) for name in ("left", "right"))
    frame.store(
        left=right.pointer,
        left_row=right.column,
        left_column=right.row,
        right=left.pointer,
        right_row=left.column,
        right_column=left.row,
        m=frame.load("n"),
        n=frame.load("m"),
        finish=frame.builder.address(tile.name("turned")),
        direct=0,
    )


def emit_turned(b: KernelBuilder, tile: Tile) -> None:
    """Define FINISH for a tile of the transpose: turn it, and let the contraction finish that."""
    with b.function(tile.name("turned"), FINISH, export=False) as parameters:
        pointer, sums, sums_row, rows, columns, first_row, first_column = parameters
        frame = Frame(b, pointer)
        # No block of the left operand is copied, which is but a few rows.
        tiles = frame.load("own_block")
        row = rows if tile.masked_edges else b.constant("int64", tile.width)
        b.call(tile.name("transpose"), None, [rows, columns, sums, sums_row, tiles, row])
        arguments: list[Register] = [tiles, row, columns, rows, first_column, first_row]
        b.call_pointer(frame.load("turned"), None, [pointer, *arguments])
        b.ret()
