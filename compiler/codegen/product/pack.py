"""Packing: copies of operands with unit stride and without conflicts in the cache."""

from __future__ import annotations

from functools import partial

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.integers import (
    Int,
    Matrix,
    along_lanes,
    each,
    each_whole,
    integer,
    mask_below,
)
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

COPY = (
    ("rows", "int64"),
    ("columns", "int64"),
    ("source", "ptr"),
    ("source_row", "int64"),
    ("copy", "ptr"),
    ("copy_row", "int64"),
)
# (k, columns, right with its strides, where the panels go)
PACK = (
    ("k", "int64"),
    ("columns", "int64"),
    ("right", "ptr"),
    ("right_row", "int64"),
    ("right_column", "int64"),
    ("panels", "ptr"),
)
STREAMS = 16  # rows of a matrix that are read side by side: processors follow some 30 at most
SQUARE = 8  # rows of the blocks that are transposed in registers


def emit_copy(b: KernelBuilder, tile: Tile) -> None:
    """Define the copy of rows, each filled up with zeros to whole vectors."""
    with b.function(tile.name("copy"), COPY, export=False) as parameters:
        rows, columns, source, source_row, copy, copy_row = parameters
        one, zero = integer(b, 1), integer(b, 0)
        sources = Matrix(source, tile.dtype, Int(b, source_row), one)
        copies = Matrix(copy, tile.dtype, Int(b, copy_row), one)

        def row(i: Int) -> None:
            def move(j: Int, mask: Register | None) -> None:
                b.store(b.load(sources.at(i, j), tile.dtype, tile.lanes, mask), copies.at(i, j))

            along_lanes(Int(b, columns), tile.lanes, tile.wide_masks, move)

        each(zero, Int(b, rows), 1, row)
        b.ret()


def transposed(b: KernelBuilder, rows: list[Register]) -> list[Register]:
    """Transpose n vectors of n lanes by log2(n) rounds of exchanges between pairs."""
    size = len(rows)
    distance = size // 2
    while distance:
        lower = [k if not k & distance else size + k - distance for k in range(size)]
        upper = [k + distance if not k & distance else size + k for k in range(size)]
        exchanged = list(rows)
        for i in range(size):
            if not i & distance:
                pair = rows[i], rows[i + distance]
                exchanged[i] = b.shuffle(*pair, lower)
                exchanged[i + distance] = b.shuffle(*pair, upper)
        rows, distance = exchanged, distance // 2
    return rows


def emit_transpose(b: KernelBuilder, tile: Tile) -> None:
    """Define copy[k, j] = source[j, k] for one panel, COPY's `rows` being at most its width.

    Where no masks leave out the rest of the panel, it repeats the last row: its sums are dropped,
    but it must hold numbers, as some processors are slow with what chance leaves in memory.
    """
    with b.function(tile.name("transpose"), COPY, export=False) as parameters:
        rows, columns = (Int(b, r) for r in parameters[:2])
        source, source_row, copy, copy_row = parameters[2:]
        one, zero = integer(b, 1), integer(b, 0)
        sources = Matrix(source, tile.dtype, Int(b, source_row), one)
        copies = Matrix(copy, tile.dtype, Int(b, copy_row), one)
        size = min(tile.lanes, SQUARE)

        def square(j: Int, k: Int) -> None:
            mask = mask_below(columns - k, size) if tile.masked_edges else None
            lines = [(j + i).at_most(rows - 1) for i in range(size)]
            loaded = [b.load(sources.at(i, k), tile.dtype, size, mask) for i in lines]
            # Of those past the end, which go where the last one does, none is written after it.
            inside = mask_below(rows - j, size) if tile.masked_edges else None
            for i, column in reversed(list(enumerate(transposed(b, loaded)))):
                b.store(column, copies.at((k + i).at_most(columns - 1), j), inside)

        def squares(k: Int) -> None:
            each(zero, width, size, lambda j: square(j, k))

        def element(k: Int, j: Int) -> None:
            b.store(b.load(sources.at(j.at_most(rows - 1), k), tile.dtype), copies.at(k, j))

        width = rows if tile.masked_edges else integer(b, tile.width)
        if tile.masked_edges:
            each(zero, columns, size, squares)
        else:
            done = each_whole(zero, columns, size, squares) if size else zero
            each(done, columns, 1, lambda k: each(zero, width, 1, lambda j: element(k, j)))
        b.ret()


def emit_pack(b: KernelBuilder, tile: Tile) -> None:
    """Define the cutting of k rows of the right operand into panels of the tile's width.

    Panel p begins at element p * width * k. Some rows at a time are read along their length.
    """
    with b.function(tile.name("pack"), PACK, export=False) as parameters:
        k, columns = (Int(b, r) for r in parameters[:2])
        right, right_row, right_column, panels = parameters[2:]
        rights = Matrix(right, tile.dtype, Int(b, right_row), Int(b, right_column))
        zero = integer(b, 0)
        width = integer(b, tile.width).register

        def copied(i: Int, j: Int) -> None:
            rows, n = (k - i).at_most(STREAMS), (columns - j).at_most(tile.width)
            copy = b.offset(panels, tile.dtype, (j * k + i * tile.width).register)
            sizes = rows.register, n.register
            _call(b, tile.name("copy"), [*sizes, rights.at(i, j), right_row, copy, width])

        def turned(j: Int) -> None:
            n = (columns - j).at_most(tile.width)
            copy = b.offset(panels, tile.dtype, (j * k).register)
            sizes = n.register, k.register
            source = rights.at(zero, j)
            _call(b, tile.name("transpose"), [*sizes, source, right_column, copy, width])

        def by_rows() -> None:
            each(zero, k, STREAMS, lambda i: each(zero, columns, tile.width, partial(copied, i)))

        b.when(rights.column.is_(1), by_rows, lambda: each(zero, columns, tile.width, turned))
        b.ret()


def _call(b: KernelBuilder, name: str, arguments: list[Register]) -> None:
    b.call(name, None, arguments)
