"""Micro-kernels: a tile of sums held in registers, and the strip of tiles down one panel.

Every sum is one chain of multiply-adds in the order of k, whatever the tile and the blocks: a
product has the same bits however it is cut.
"""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.heights import each_height, heights
from symc.compiler.codegen.product.integers import (
    Int,
    Matrix,
    integer,
    mask_below,
)
from symc.compiler.codegen.product.tile import LINE, Tile
from symc.compiler.codegen.register import ITEMSIZE, Register

SOON = 16  # rows of the panel ahead of the sums that are asked for

# The frame with the strip's fields, the left operand, where sums begin, where they go.
MICRO = (("frame", "ptr"), ("left", "ptr"), ("initial", "ptr"), ("sums", "ptr"))
STRIP = (*MICRO, ("rows", "int64"))


def micro_name(tile: Tile, rows: int, vectors: int) -> str:
    """Return the name of the micro-kernel of one tile."""
    return tile.name(f"tile_{rows}x{vectors * tile.step}")


def strip_name(tile: Tile, vectors: int) -> str:
    """Return the name of the function that computes a panel of `vectors` vectors."""
    return tile.name(f"strip_{vectors * tile.step}")


def widths(tile: Tile) -> tuple[int, ...]:
    """Return the widths of tiles in vectors: full, and one vector for narrow panels."""
    return (tile.vectors, 1) if tile.vectors > 1 else (1,)


def zeros(b: KernelBuilder, tile: Tile) -> Register:
    """Return the address of a row of zeros, with which sums begin."""
    return b.data(bytes(tile.width * ITEMSIZE[tile.dtype]), LINE)


def emit_micro(b: KernelBuilder, tile: Tile, rows: int, vectors: int) -> None:
    """Define sums[i, j] = initial[i, j] + sum over k of left[i, k] * panel[k, j] for one tile.

    Where masks are cheap a narrow tile leaves out what is past the strip's columns.
    """
    with b.function(micro_name(tile, rows, vectors), MICRO, export=False) as parameters:
        frame, (left, initial, sums) = Frame(b, parameters[0]), parameters[1:]
        size = rows, vectors
        mask = _mask(frame, tile, vectors)
        offsets = [(frame.size("block_row") * i).register for i in range(rows)]
        column, panel_row = frame.load("block_column"), frame.load("panel_row")

        soon = b.multiply(panel_row, b.constant("int64", SOON))

        def step(_: Register, carried: list[Register]) -> list[Register]:
            x, y, *totals = carried
            panel = row_of_panel(b, tile, y, vectors, mask)
            ask_for(b, tile, b.offset(y, tile.dtype, soon), vectors)
            factors = [b.offset(x, tile.dtype, offset) for offset in offsets]
            totals = multiply_add(b, tile, factors, panel, totals)
            x, y = b.offset(x, tile.dtype, column), b.offset(y, tile.dtype, panel_row)
            return [x, y, *totals]

        first = places(frame, tile, initial, "initial_row", size)
        start = [b.load(place, tile.dtype, tile.lanes, mask) for place in first]
        zero, one = b.constant("int64", 0), b.constant("int64", 1)
        carried = [left, frame.load("panel"), *start]
        _, _, *totals = b.loop(zero, frame.load("depth"), one, carried, step)
        ends = places(frame, tile, sums, "sums_row", size)
        for total, place in zip(totals, ends, strict=True):
            b.store(total, place, mask)
        b.ret()


def _mask(frame: Frame, tile: Tile, vectors: int) -> Register | None:
    """Return which columns of a narrow tile the strip has, where there are masks."""
    if vectors == tile.vectors or not tile.masked_edges:
        return None
    return mask_below(frame.size("strip_columns"), tile.lanes)


def multiply_add(
    b: KernelBuilder,
    tile: Tile,
    factors: list[Register],
    panel: list[Register],
    totals: list[Register],
) -> list[Register]:
    """Add the products of a column of the left operand, given by addresses, and a panel's row."""
    result = []
    for i, place in enumerate(factors):
        factor = b.splat(b.load(place, tile.dtype), tile.lanes)
        for v, vector in enumerate(panel):
            result.append(b.fma(factor, vector, totals[i * len(panel) + v]))
    return result


def row_of_panel(
    b: KernelBuilder, tile: Tile, row: Register, vectors: int, mask: Register | None
) -> list[Register]:
    """Load a row of a panel."""
    return [
        b.load(b.offset(row, tile.dtype, v * tile.step), tile.dtype, tile.lanes, mask)
        for v in range(vectors)
    ]


def places(
    frame: Frame, tile: Tile, pointer: Register, row: str, size: tuple[int, int]
) -> list[Register]:
    """Return the addresses of the vectors of a tile, row by row; `row` names its stride's field."""
    b, (rows, vectors) = frame.builder, size
    matrix = Matrix(pointer, tile.dtype, frame.size(row), integer(b, 1))
    return [
        matrix.at(integer(b, i), integer(b, v * tile.step))
        for i in range(rows)
        for v in range(vectors)
    ]


def ask_for(b: KernelBuilder, tile: Tile, row: Register, vectors: int) -> None:
    """Ask for a row of a panel, once for each line of it."""
    for v in range(vectors):
        if v * tile.step * ITEMSIZE[tile.dtype] % LINE == 0:
            b.prefetch(b.offset(row, tile.dtype, v * tile.step), "read")


def emit_strip(b: KernelBuilder, tile: Tile, vectors: int) -> None:
    """Define the same for any number of rows."""
    with b.function(strip_name(tile, vectors), STRIP, export=False) as parameters:
        frame, pointers, rows = Frame(b, parameters[0]), parameters[1:4], Int(b, parameters[4])
        zero, strides = integer(b, 0), ("block_row", "initial_row", "sums_row")
        matrices = [
            Matrix(pointer, tile.dtype, frame.size(stride), integer(b, 1))
            for pointer, stride in zip(pointers, strides, strict=True)
        ]

        def call(i: Int, height: int) -> None:
            name = micro_name(tile, height, vectors)
            b.call(name, None, [frame.pointer, *(x.at(i, zero) for x in matrices)])

        each_height(heights(tile, vectors), vectors, rows, call)
        b.ret()
