"""A part of k of a block's sums by AMX: panel by panel, packed just before they are used.

A panel of the right operand stays in the nearest cache while all rows of the left one, packed
before, go by; finished sums are written while they are there, too.
"""

from __future__ import annotations

from functools import partial

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.halves import amx
from symc.compiler.codegen.halves.pack import call_pack_right, emit_pack_left, in_tiles
from symc.compiler.codegen.halves.tile import PAIRS, sums_row
from symc.compiler.codegen.product.finish import ONE, call_finish
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int, choose, each, integer
from symc.compiler.codegen.product.micro import zeros
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

DEEP, SHALLOW = 512, 256
"""Elements of k at once: 32 KiB of a panel; half of it where that is used too seldom to matter."""

PANELS = 4
"""Panels that are packed together, from longer pieces of rows."""

FEW = 128
"""Rows up to which packing the panels takes as long as using them."""


def deep(frame: Frame) -> Int:
    """Return the elements of k at once."""
    return choose(frame.size("m") <= FEW, integer(frame.builder, SHALLOW), DEEP)


def emit_depth(b: KernelBuilder, tile: Tile) -> None:
    """Define tiles_depth(frame): add a part of k to the sums of a block's columns, a span's rows.

    Rows and columns that fill up the last tiles are dropped in the end.
    """
    emit_pack_left(b, tile, "tiles_left", in_tiles)
    amx.emit_micro(b, tile)
    with b.function(tile.name("tiles_depth"), ONE, export=False) as (pointer,):
        frame = Frame(b, pointer)
        step = 2 * PAIRS
        frame.store(depth=(frame.size("deep") + (step - 1)) // step * PAIRS)
        _pack_left(frame, tile)
        amx.begin(b)
        each(
            integer(b, 0), frame.size("columns"), PANELS * amx.BLOCK, partial(_panels, frame, tile)
        )
        amx.end(b)
        b.ret()


def _pack_left(frame: Frame, tile: Tile) -> None:
    """Pack the span's rows into the scratch memory of panels, which is the larger."""
    b, left = frame.builder, frame.matrix("left", "uint16")
    rows = frame.size("span_end") - frame.size("span_begin")
    source = left.at(frame.size("span_begin"), frame.size("inner"))
    sizes = rows.register, frame.load("deep"), frame.load("depth")
    strides = left.row.register, left.column.register
    packed = frame.load("own_panels"), frame.load("depth")
    b.call(tile.name("tiles_left"), None, [*sizes, source, *strides, *packed])


def _panels(frame: Frame, tile: Tile, first: Int) -> None:
    """Add to the sums of some panels of the block's columns and all of the span's rows."""
    b = frame.builder
    count = (frame.size("columns") - first).at_most(PANELS * amx.BLOCK)
    call_pack_right(frame, tile, (first, count), "own_block")
    rows = frame.size("span_end") - frame.size("span_begin")

    def panel(j: Int) -> None:
        place = b.offset(frame.load("own_block"), "uint32", (j * frame.size("depth")).register)
        across = first + j, (count - j).at_most(amx.BLOCK)
        each(integer(b, 0), rows, amx.BLOCK, partial(_sums, frame, tile, place, across, rows))

    each(integer(b, 0), count, amx.BLOCK, panel)


def _sums(
    frame: Frame, tile: Tile, panel: Register, across: tuple[Int, Int], rows: Int, i: Int
) -> None:
    """Compute the sums of a few tiles; write those that are finished."""
    b, (j, columns) = frame.builder, across
    depth, ends = frame.size("depth"), frame.flag("ends")
    left = b.offset(frame.load("own_panels"), "uint32", (i * depth).register)
    waiting = b.offset(frame.load("own_sums"), tile.dtype, (i * sums_row(tile) + j).register)
    start = b.select(frame.flag("begins"), zeros(b, tile), waiting)
    place = b.select(ends, frame.load("own_mirror"), waiting)
    row = choose(ends, integer(b, amx.BLOCK), sums_row(tile))
    sizes = frame.load("initial_row"), row.register, (depth // PAIRS).register
    b.call(amx.micro_name(tile), None, [left, panel, start, place, *sizes])
    corner = frame.size("span_begin") + i, frame.size("first") + j

    def finish() -> None:
        call_finish(frame, place, row, (rows - i).at_most(amx.BLOCK), columns, *corner)

    b.when(ends, finish)
