"""How a product cuts its scratch memory: packed operands, and sums that are not finished."""

from __future__ import annotations

from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.tile import LINE, Tile
from symc.compiler.codegen.register import ITEMSIZE, Register


def panel_elements(tile: Tile) -> int:
    """Return the elements of packed panels of the right operand."""
    return tile.block_k * (tile.block_n + tile.width)


def left_rows(tile: Tile) -> tuple[int, int]:
    """Return the row strides of packed blocks of a left operand stored by rows and by columns.

    They are an odd number of cache lines, lest all rows fall into few sets of the cache.
    """
    line = LINE // ITEMSIZE[tile.dtype]

    def odd(length: int) -> int:
        return (-(-length // line) | 1) * line

    return odd(tile.block_k), odd(tile.block_m)


def left_elements(tile: Tile) -> int:
    """Return the elements of a packed block of the left operand."""
    by_rows, by_columns = left_rows(tile)
    return max(tile.block_m * by_rows, tile.block_k * by_columns)


def sum_elements(tile: Tile) -> int:
    """Return the elements of unfinished sums."""
    return tile.span * (tile.block_n + tile.width)


def mirror_row(tile: Tile) -> int:
    """Return the row stride of a block of a panel that is turned: an odd number of cache lines."""
    return left_rows(tile)[1] + 2 * tile.width


def mirror_elements(tile: Tile) -> int:
    """Return the elements of a block of a panel that is turned."""
    return tile.width * mirror_row(tile)


def scratch_elements(tile: Tile) -> int:
    """Return the elements of scratch memory that suffice for a product of any size."""
    operands = panel_elements(tile) + left_elements(tile)
    return operands + sum_elements(tile) + mirror_elements(tile)


def carve(frame: Frame, tile: Tile, scratch: Register) -> None:
    """Store where each part of the scratch memory begins."""
    b = frame.builder
    block = b.offset(scratch, tile.dtype, panel_elements(tile))
    sums = b.offset(block, tile.dtype, left_elements(tile))
    mirror = b.offset(sums, tile.dtype, sum_elements(tile))
    frame.store(own_panels=scratch, own_block=block, own_sums=sums, own_mirror=mirror)
