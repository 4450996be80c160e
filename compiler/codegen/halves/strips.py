"""A part of k of a block's sums by pairs: strips of the left operand's rows, packed block by block.

Both operands wait packed in the second-level cache; tiles of sums are held in registers.
"""

from __future__ import annotations

from functools import partial

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.halves import pairs
from symc.compiler.codegen.halves.pack import (
    call_pack_right,
    emit_pack_left,
    emit_pack_right,
    in_rows,
)
from symc.compiler.codegen.halves.tile import sums_row
from symc.compiler.codegen.product.finish import ONE, call_finish
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int, each, integer
from symc.compiler.codegen.product.micro import zeros
from symc.compiler.codegen.product.scratch import left_rows
from symc.compiler.codegen.product.tile import Tile

STRIPS = (("frame", "ptr"), ("sums", "ptr"), ("rows", "int64"))


def emit_depth(b: KernelBuilder, tile: Tile) -> None:
    """Define pairs_depth(frame): add a part of k to sums of a block's columns, a span's rows."""
    emit_pack_left(b, tile, "pairs_left", in_rows)
    emit_pack_right(b, tile, "pack_right")
    for height in tile.rows:
        pairs.emit_micro(b, tile, height)
        _emit_strips(b, tile, height)
    with b.function(tile.name("pairs_depth"), ONE, export=False) as (pointer,):
        frame = Frame(b, pointer)
        frame.store(depth=(frame.size("deep") + 1) // 2)
        call_pack_right(frame, tile, (integer(b, 0), frame.size("columns")), "own_panels")
        rows = frame.size("span_begin"), frame.size("span_end")
        each(*rows, tile.block_m, partial(_rows, frame, tile))
        b.ret()


def _rows(frame: Frame, tile: Tile, i: Int) -> None:
    """Add a part of k to the sums of a block's rows."""
    b, row, waiting = frame.builder, left_rows(tile)[0], i - frame.size("span_begin")
    rows = (frame.size("span_end") - i).at_most(tile.block_m)
    left = frame.matrix("left", "uint16")
    source = left.at(i, frame.size("inner"))
    strides = left.row.register, left.column.register
    sizes = rows.register, frame.load("deep"), frame.load("depth")
    packed = frame.load("own_block"), b.constant("int64", row)
    b.call(tile.name("pairs_left"), None, [*sizes, source, *strides, *packed])
    sums = b.offset(frame.load("own_sums"), tile.dtype, (waiting * sums_row(tile)).register)
    names = (b.address(_strips_name(tile, height)) for height in reversed(tile.rows))
    b.call_pointer(b.select(rows.is_(1), *names), None, [frame.pointer, sums, rows.register])

    def finish() -> None:
        sizes = integer(b, sums_row(tile)), rows, frame.size("columns"), i, frame.size("first")
        call_finish(frame, sums, *sizes)

    b.when(frame.flag("ends"), finish)


def _strips_name(tile: Tile, height: int) -> str:
    return tile.name(f"pairs_strips_{height}")


def _emit_strips(b: KernelBuilder, tile: Tile, height: int) -> None:
    """Define the sums of a packed block, in tiles of so many rows.

    Those of the last rows and columns may lie past the block's end: there is room, and they are
    dropped.
    """
    with b.function(_strips_name(tile, height), STRIPS, export=False) as (pointer, sums, rows):
        frame, zero = Frame(b, pointer), integer(b, 0)
        row, waiting = integer(b, left_rows(tile)[0]), integer(b, sums_row(tile))
        strides = [row.register, frame.load("initial_row"), waiting.register, frame.load("depth")]
        block, panels, begins = frame.load("own_block"), frame.load("own_panels"), zeros(b, tile)

        def one(j: Int, i: Int) -> None:
            left = b.offset(block, "uint32", (i * row).register)
            panel = b.offset(panels, "uint32", (j * frame.size("depth")).register)
            place = b.offset(sums, tile.dtype, (i * waiting + j).register)
            start = b.select(frame.flag("begins"), begins, place)
            b.call(pairs.micro_name(tile, height), None, [left, panel, start, place, *strides])

        def panel(j: Int) -> None:
            each(zero, Int(b, rows), height, lambda i: one(j, i))

        each(zero, frame.size("columns"), tile.width, panel)
        b.ret()
