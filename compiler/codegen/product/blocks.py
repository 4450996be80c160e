"""The loops of a product of two matrices: blocks, packing, rows."""

from __future__ import annotations

from functools import partial

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.cancel import unless_stopped
from symc.compiler.codegen.product.finish import ONE
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.gram import columns_above, first_row, from_the_end
from symc.compiler.codegen.product.integers import Int, choose, each, integer
from symc.compiler.codegen.product.lanes import JOB, call_spread
from symc.compiler.codegen.product.scratch import left_rows
from symc.compiler.codegen.product.slivers import pack_slivers
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

PACKED_TOGETHER = 4
"""Panels that one of several threads packs at a time."""


def emit_blocks(b: KernelBuilder, tile: Tile) -> None:
    """Define the product of two matrices, or a part of it, block by block.

    Threads that share it pack a block's panels together, and then compute its rows.
    """
    _emit_pack_some(b, tile)
    _emit_rows(b, tile)
    with b.function(tile.name("blocks"), ONE, export=False) as (pointer,):
        frame = Frame(b, pointer)
        frame.store(panels=frame.load("own_panels"), waiting=frame.load("own_sums"))

        def span(j: Int, i: Int) -> None:
            k, deep = frame.size("k").at_least(1), frame.size("deep")
            each(integer(b, 0), k, deep, lambda p: depth(j, i, p))

        def depth(j: Int, i: Int, p: Int) -> None:
            unless_stopped(frame, tile, lambda: _depth(frame, tile, j, i, p))

        def columns(j: Int) -> None:
            top = first_row(frame, frame.size("row_begin"), j)
            frame.store(top=top)
            each(top, frame.size("row_end"), tile.span, lambda i: span(j, i))

        bounds = frame.size("column_begin"), frame.size("column_end")
        each(*bounds, frame.size("wide"), columns)
        b.ret()


def _depth(frame: Frame, tile: Tile, j: Int, i: Int, k: Int) -> None:
    """Compute all columns of a block from j on, for a span of rows from i on and a part of k."""
    b = frame.builder
    columns = (frame.size("column_end") - j).at_most(frame.size("wide"))
    columns = columns_above(frame, tile, columns, j, frame.size("row_end"))
    packed = choose(frame.flag("in_place"), usable(tile, columns), 0)
    depth, end = frame.size("deep"), frame.size("row_end")
    frame.store(
        first=j,
        columns=columns,
        packed=packed,
        span_begin=i,
        span_end=(i + tile.span).at_most(end),
        inner=k,
        depth=(frame.size("k") - k).at_most(depth),
        begins=k.is_(0),
        ends=k + depth >= frame.size("k"),
    )
    starts = b.bit_or(i.is_(frame.size("top")), frame.flag("several"))
    alone = frame.size("threads") <= 1
    together = choose(alone, columns.at_least(1), PACKED_TOGETHER * tile.width)
    b.when(
        b.bit_and(starts, packed < columns),
        lambda: call_spread(frame, tile, "pack_some", columns - packed, together),
    )
    call_spread(frame, tile, "rows", (i + tile.span).at_most(end) - i, frame.size("high"))


def usable(tile: Tile, columns: Int) -> Int:
    """Return how many columns of a right operand stored by rows can be used where they lie."""
    if tile.masked_edges:
        return columns
    return columns - columns % tile.width


def _emit_pack_some(b: KernelBuilder, tile: Tile) -> None:
    """Define the packing of some panels, from a column after the first that is packed."""
    with b.function(tile.name("pack_some"), JOB, export=False) as (pointer, begin, end):
        frame, first = Frame(b, pointer), Int(b, begin)
        pack(frame, tile, frame.size("packed") + first, Int(b, end) - first)
        b.ret()


def pack(frame: Frame, tile: Tile, first: Int, columns: Int) -> None:
    """Pack columns of the right operand from the block's column `first` on."""
    b = frame.builder
    depth, right = frame.size("depth"), frame.matrix("right", tile.dtype)
    source = right.at(frame.size("inner"), frame.size("first") + first)
    panels = b.offset(frame.load("panels"), tile.dtype, (first * depth).register)
    strides = right.row.register, right.column.register
    sizes = depth.register, columns.register
    b.call(tile.name("pack"), None, [*sizes, source, *strides, panels])


def _emit_rows(b: KernelBuilder, tile: Tile) -> None:
    """Define the sums of all columns of the block for some rows of the span."""
    with b.function(tile.name("rows"), JOB, export=False) as (pointer, begin, end):
        frame = Frame(b, pointer)
        own = b.bit_not(frame.flag("several"))
        b.when(own, lambda: frame.store(waiting=frame.load("own_sums")))
        size = frame.size("span_end") - frame.size("span_begin")
        lower, upper = from_the_end(frame, size, Int(b, begin), Int(b, end))
        first, rows = frame.size("span_begin") + lower, upper - lower
        left = frame.matrix("left", tile.dtype).part(first, frame.size("inner"))
        used, row, column = b.when(
            frame.flag("pack_left"),
            lambda: _packed(frame, tile, left.pointer, rows),
            lambda: list(left.arguments()),
        )
        frame.store(row=first, block_row=row, block_column=column)
        b.call(tile.name("panels"), None, [pointer, used, rows.register])
        b.ret()


def _packed(frame: Frame, tile: Tile, left: Register, rows: Int) -> list[Register]:
    """Pack a block of the left operand; return where it is and, but for slivers, its strides."""
    b, none = frame.builder, integer(frame.builder, 0).register

    def copied() -> list[Register]:
        return _copied(frame, tile, left, rows)

    if not tile.masked_edges:
        return copied()
    packed = partial(pack_slivers, frame, tile, left, rows)
    return b.when(frame.flag("slivers"), lambda: [packed(), none, none], copied)


def _copied(frame: Frame, tile: Tile, left: Register, rows: Int) -> list[Register]:
    """Copy a block of the left operand; return where it is and its strides."""
    b, one, depth = frame.builder, integer(frame.builder, 1), frame.size("depth")
    by_rows = frame.size("left_column").is_(1)
    length = choose(by_rows, *(integer(b, length) for length in left_rows(tile)))
    sizes = choose(by_rows, rows, depth), choose(by_rows, depth, rows)
    stride = choose(by_rows, frame.size("left_row"), frame.size("left_column"))
    copied = frame.load("own_block")
    arguments = [*(size.register for size in sizes), left, stride.register]
    b.call(tile.name("copy"), None, [*arguments, copied, length.register])
    row, column = choose(by_rows, length, one), choose(by_rows, one, length)
    return [copied, row.register, column.register]
