"""The loops of a product of two matrices: blocks, packing, strips of tiles, and what ends them.

A sum is one chain along k from 0 on, whatever the blocks: its bits do not depend on threads, nor on
how an output is cut.
"""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.halves import amx, pairs
from symc.compiler.codegen.halves.tile import sums_row
from symc.compiler.codegen.product.cancel import unless_stopped
from symc.compiler.codegen.product.finish import ONE, call_finish
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int, choose, each, integer
from symc.compiler.codegen.product.micro import zeros
from symc.compiler.codegen.product.scratch import left_rows
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

TILES = 1
"""The field `way` of a product that AMX computes; else it is 0."""


def emit_blocks(b: KernelBuilder, tile: Tile) -> None:
    """Define a part of an output, block by block."""
    _emit_strips(b, tile, "pairs_strips", tile.rows[0])
    _emit_strips(b, tile, "pairs_rows", 1)
    if b.target.brain == "tiles":
        _emit_strips(b, tile, "tiles_strips", amx.BLOCK)
    with b.function(tile.name("blocks"), ONE, export=False) as (pointer,):
        frame = Frame(b, pointer)

        def depth(j: Int, i: Int, k: Int) -> None:
            unless_stopped(frame, tile, lambda: _depth(frame, tile, j, i, k))

        def span(j: Int, i: Int) -> None:
            k = frame.size("k").at_least(1)
            each(integer(b, 0), k, 2 * tile.block_k, lambda p: depth(j, i, p))

        def columns(j: Int) -> None:
            rows = frame.size("row_begin"), frame.size("row_end")
            each(*rows, tile.span, lambda i: span(j, i))

        each(frame.size("column_begin"), frame.size("column_end"), tile.block_n, columns)
        b.ret()


def _depth(frame: Frame, tile: Tile, j: Int, i: Int, k: Int) -> None:
    """Add a part of k to the sums of a block's columns and a span's rows."""
    b = frame.builder
    columns = (frame.size("column_end") - j).at_most(tile.block_n)
    end = (i + tile.span).at_most(frame.size("row_end"))
    inner = (frame.size("k") - k).at_most(2 * tile.block_k)
    tiles = frame.size("way").is_(TILES)
    frame.store(depth=amx.padded((inner + 1) // 2, tiles), inner=k, first=j, columns=columns)
    first = k.is_(0)
    rows = choose(first, integer(b, 0), sums_row(tile))
    frame.store(begins=first, ends=k + 2 * tile.block_k >= frame.size("k"), initial_row=rows)
    right = frame.matrix("right", "uint16")
    source, panels = right.at(k, j), frame.load("own_panels")
    strides = right.column.register, right.row.register
    sizes = columns.register, inner.register, frame.load("depth")
    b.call(tile.name("pack_right"), None, [*sizes, source, *strides, panels, sizes[2]])
    each(i, end, tile.block_m, lambda r: _rows(frame, tile, r, end, r - i, inner))


def _rows(frame: Frame, tile: Tile, i: Int, end: Int, waiting: Int, inner: Int) -> None:
    """Add a part of k to the sums of a block's rows, of the span's from `waiting` on."""
    b, row = frame.builder, left_rows(tile)[0]
    rows = (end - i).at_most(tile.block_m)
    left = frame.matrix("left", "uint16")
    source = left.at(i, frame.size("inner"))
    strides = left.row.register, left.column.register
    sizes = rows.register, inner.register, frame.load("depth")
    packed, length = frame.load("own_block"), b.constant("int64", row)
    b.call(tile.name("pack_left"), None, [*sizes, source, *strides, packed, length])
    sums = b.offset(frame.load("own_sums"), tile.dtype, (waiting * sums_row(tile)).register)
    _strips(frame, tile, sums, rows)

    def finish() -> None:
        sizes = integer(b, sums_row(tile)), rows, frame.size("columns"), i, frame.size("first")
        call_finish(frame, sums, *sizes)

    b.when(frame.flag("ends"), finish)


STRIPS = (("frame", "ptr"), ("sums", "ptr"), ("rows", "int64"))


def _strips(frame: Frame, tile: Tile, sums: Register, rows: Int) -> None:
    """Call what computes the sums of a packed block."""
    b = frame.builder
    name = b.select(rows.is_(1), *(b.address(tile.name(f"pairs_{x}")) for x in ("rows", "strips")))
    if b.target.brain == "tiles":
        tiles = frame.size("way").is_(TILES)
        name = b.select(tiles, b.address(tile.name("tiles_strips")), name)
    b.call_pointer(name, None, [frame.pointer, sums, rows.register])


def _emit_strips(b: KernelBuilder, tile: Tile, name: str, height: int) -> None:
    """Define the sums of a packed block, in tiles of so many rows.

    Those of the last rows and columns may lie past the block's end: there is room, and they are
    dropped.
    """
    tiled = name.startswith("tiles")
    micro = amx.micro_name(tile) if tiled else pairs.micro_name(tile, height)
    with b.function(tile.name(name), STRIPS, export=False) as (pointer, sums, rows):
        frame, zero = Frame(b, pointer), integer(b, 0)
        row, waiting = integer(b, left_rows(tile)[0]), integer(b, sums_row(tile))
        strides = [row.register, frame.load("initial_row"), waiting.register, frame.load("depth")]
        block, panels, begins = frame.load("own_block"), frame.load("own_panels"), zeros(b, tile)

        def one(j: Int, i: Int) -> None:
            left = b.offset(block, "uint32", (i * row).register)
            panel = b.offset(panels, "uint32", (j * frame.size("depth")).register)
            place = b.offset(sums, tile.dtype, (i * waiting + j).register)
            start = b.select(frame.flag("begins"), begins, place)
            b.call(micro, None, [left, panel, start, place, *strides])

        def panel(j: Int) -> None:
            each(zero, Int(b, rows), height, lambda i: one(j, i))

        if tiled:
            amx.begin(b)
        each(zero, frame.size("columns"), tile.width, panel)
        if tiled:
            amx.end(b)
        b.ret()
