"""The loops over blocks of a product of two matrices, whose sums pairs or AMX's tiles compute.

A sum is one chain along k from 0 on, whatever the blocks: its bits do not depend on threads, nor on
how an output is cut.
"""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.halves import strips, tiles
from symc.compiler.codegen.halves.tile import TILES, sums_row
from symc.compiler.codegen.product.cancel import unless_stopped
from symc.compiler.codegen.product.finish import ONE
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int, choose, each, integer
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register


def emit_blocks(b: KernelBuilder, tile: Tile) -> None:
    """Define a part of an output, block by block."""
    strips.emit_depth(b, tile)
    if b.target.brain == "tiles":
        tiles.emit_depth(b, tile)
    with b.function(tile.name("blocks"), ONE, export=False) as (pointer,):
        frame = Frame(b, pointer)
        function, deep, wide = _way(frame, tile)

        def add() -> None:
            b.call_pointer(function, None, [pointer])

        def depth(j: Int, i: Int, k: Int) -> None:
            _describe(frame, tile, (j, i, k), (deep, wide))
            unless_stopped(frame, tile, add)

        def span(j: Int, i: Int) -> None:
            k = frame.size("k").at_least(1)
            each(integer(b, 0), k, deep, lambda p: depth(j, i, p))

        def columns(j: Int) -> None:
            rows = frame.size("row_begin"), frame.size("row_end")
            each(*rows, tile.span, lambda i: span(j, i))

        each(frame.size("column_begin"), frame.size("column_end"), wide, columns)
        b.ret()


def _way(frame: Frame, tile: Tile) -> tuple[Register, Int, Int]:
    """Return what adds a part of k to a block's sums, the part's elements, the block's columns."""
    b = frame.builder
    function, deep = b.address(tile.name("pairs_depth")), integer(b, 2 * tile.block_k)
    wide = integer(b, tile.block_n)
    if b.target.brain != "tiles":
        return function, deep, wide
    by_tiles = frame.size("way").is_(TILES)
    function = b.select(by_tiles, b.address(tile.name("tiles_depth")), function)
    deep = choose(by_tiles, tiles.deep(frame), deep)
    at_once = b.bit_and(by_tiles, frame.size("k") <= deep)  # no sums wait
    return function, deep, choose(at_once, frame.size("n"), wide)


def _describe(
    frame: Frame, tile: Tile, corner: tuple[Int, Int, Int], extent: tuple[Int, Int]
) -> None:
    """Store where a part of k, a block's columns and a span's rows begin, and how many they are."""
    (j, i, k), (deep, wide) = corner, extent
    first = k.is_(0)
    frame.store(
        first=j,
        columns=(frame.size("column_end") - j).at_most(wide),
        span_begin=i,
        span_end=(i + tile.span).at_most(frame.size("row_end")),
        inner=k,
        deep=(frame.size("k") - k).at_most(deep),
        begins=first,
        ends=k + deep >= frame.size("k"),
        initial_row=choose(first, integer(frame.builder, 0), sums_row(tile)),
    )
