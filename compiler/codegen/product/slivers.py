"""Blocks of the left operand packed in slivers: the rows of a tile side by side, k after k.

The tallest tile then reads its rows at distances that the code knows, from as few lines as there
can be: that takes fewer instructions and less power than rows far apart, so the clock is higher.
"""

from __future__ import annotations

from functools import partial

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.heights import each_height, each_lower, whole_rows
from symc.compiler.codegen.product.integers import (
    Int,
    Matrix,
    each,
    each_whole,
    integer,
    mask_below,
)
from symc.compiler.codegen.product.micro import (
    MICRO,
    SOON,
    STRIP,
    ask_for,
    micro_name,
    multiply_add,
    places,
    row_of_panel,
)
from symc.compiler.codegen.product.pack import SQUARE, transposed
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

MOVE = (
    ("rows", "int64"),
    ("depth", "int64"),
    ("source", "ptr"),
    ("source_column", "int64"),
    ("copy", "ptr"),
)
TURN = (("depth", "int64"), ("source", "ptr"), ("source_row", "int64"), ("copy", "ptr"))

UNROLL = 2  # steps of k in a turn of the loop
DEEP = 256  # steps of k in which the lines of a tile's sums come, if they are asked for before


def sliver_name(tile: Tile, vectors: int) -> str:
    """Return the name of the function that computes a panel of `vectors` vectors."""
    return tile.name(f"slivers_{vectors * tile.step}")


def emit_turn(b: KernelBuilder, tile: Tile) -> None:
    """Define the packing of one of the tallest slivers from rows: copy[k, i] = source[i, k].

    What is stored past the sliver's rows is overwritten with what belongs there, which comes later.
    """
    size, height = min(tile.lanes, SQUARE), tile.rows[0]
    with b.function(tile.name("turn_sliver"), TURN, export=False) as parameters:
        depth, source, source_row, copy = parameters
        rows = Matrix(source, tile.dtype, Int(b, source_row), integer(b, 1))
        starts = [rows.at(integer(b, i), integer(b, 0)) for i in range(height)]

        def square(k: Int) -> None:
            lines = [b.load(b.offset(x, tile.dtype, k.register), tile.dtype, size) for x in starts]
            groups = []
            for i in range(0, height, size):
                some = lines[i : i + size]
                groups.append(transposed(b, some + some[-1:] * (size - len(some))))
            target = b.offset(copy, tile.dtype, (k * height).register)
            for i, columns in enumerate(zip(*groups, strict=True)):
                for g, column in enumerate(columns):
                    b.store(column, b.offset(target, tile.dtype, i * height + g * size))

        done = each_whole(integer(b, 0), Int(b, depth), size, square)
        rest, high = Int(b, depth) - done, b.constant("int64", height)
        target = b.offset(copy, tile.dtype, (done * height).register)
        source = b.offset(source, tile.dtype, done.register)
        b.call(
            tile.name("transpose"), None, [high, rest.register, source, source_row, target, high]
        )
        b.ret()


def emit_move(b: KernelBuilder, tile: Tile) -> None:
    """Define the packing of some of the tallest slivers from columns: copy[k, i] = source[k, i].

    All slivers' parts of a column are moved together, along its length.
    """
    height = tile.rows[0]
    with b.function(tile.name("move_slivers"), MOVE, export=False) as parameters:
        rows, depth, column = (Int(b, parameters[i]) for i in (0, 1, 3))
        sources = Matrix(parameters[2], tile.dtype, integer(b, 1), column)
        copies = Matrix(parameters[4], tile.dtype, depth, integer(b, height))
        parts = [(j, mask_below(integer(b, height - j), tile.lanes)) for j in _lanes(tile)]

        def some(k: Int, i: Int) -> None:
            source, copy = sources.at(i, k), copies.at(i, k)
            for j, mask in parts:
                value = b.load(b.offset(source, tile.dtype, j), tile.dtype, tile.lanes, mask)
                b.store(value, b.offset(copy, tile.dtype, j), mask)

        each(integer(b, 0), depth, 1, lambda k: each(integer(b, 0), rows, height, partial(some, k)))
        b.ret()


def _lanes(tile: Tile) -> range:
    """Return the first rows of the vectors that hold a column of the tallest sliver."""
    return range(0, tile.rows[0], tile.lanes)


def pack_slivers(frame: Frame, tile: Tile, left: Register, rows: Int) -> Register:
    """Copy a block of the left operand; return where it is."""
    b, depth, copied = frame.builder, frame.size("depth"), frame.load("own_block")
    row, column = frame.size("left_row"), frame.size("left_column")

    def places(i: Int) -> tuple[Register, Register]:
        source = b.offset(left, tile.dtype, (i * row).register)
        return source, b.offset(copied, tile.dtype, (i * depth).register)

    def turn(i: Int, height: int) -> None:
        source, target = places(i)
        if height == tile.rows[0]:
            arguments = [depth.register, source, row.register, target]
            b.call(tile.name("turn_sliver"), None, arguments)
        else:
            high = b.constant("int64", height)
            arguments = [high, depth.register, source, row.register, target, high]
            b.call(tile.name("transpose"), None, arguments)

    def move(i: Int, height: int) -> None:
        source, target = places(i)
        high = b.constant("int64", height)
        arguments = [depth.register, high, source, column.register, target, high]
        b.call(tile.name("copy"), None, arguments)

    def moved() -> None:
        whole = whole_rows(tile.rows, tile.vectors, rows)
        arguments = [whole.register, depth.register, left, column.register, copied]
        b.call(tile.name("move_slivers"), None, arguments)
        each_lower(tile.rows, whole, rows, move)

    b.when(column.is_(1), lambda: each_height(tile.rows, tile.vectors, rows, turn), moved)
    return copied


def emit_sliver_strip(b: KernelBuilder, tile: Tile, vectors: int) -> None:
    """Define STRIP for a left operand in slivers."""
    with b.function(sliver_name(tile, vectors), STRIP, export=False) as parameters:
        frame, (left, initial, sums), rows = Frame(b, parameters[0]), parameters[1:4], parameters[4]
        depth, initial_row = frame.size("depth"), frame.size("initial_row")
        sums_row = frame.size("sums_row")
        frame.store(block_row=1)

        def call(i: Int, height: int) -> None:
            largest = (height, vectors) == (tile.rows[0], tile.vectors)
            name = tile.name("sliver") if largest else micro_name(tile, height, vectors)
            starts = ((left, depth), (initial, initial_row), (sums, sums_row))
            here = [b.offset(p, tile.dtype, (i * row).register) for p, row in starts]
            frame.store(block_column=height)
            b.call(name, None, [frame.pointer, *here])

        each_height(tile.rows, tile.vectors, Int(b, rows), call)
        b.ret()


def emit_sliver_tile(b: KernelBuilder, tile: Tile) -> None:
    """Define MICRO for the largest tile of a sliver and a packed panel."""
    with b.function(tile.name("sliver"), MICRO, export=False) as (pointer, left, initial, sums):
        frame, rows = Frame(b, pointer), tile.rows[0]
        size, depth = (rows, tile.vectors), frame.size("depth")

        def step(k: int, x: Register, y: Register, totals: list[Register]) -> list[Register]:
            row = b.offset(y, tile.dtype, k * tile.width)
            factors = [b.offset(x, tile.dtype, k * rows + i) for i in range(rows)]
            panel = row_of_panel(b, tile, row, tile.vectors, None)
            ask_for(b, tile, b.offset(row, tile.dtype, SOON * tile.width), tile.vectors)
            return multiply_add(b, tile, factors, panel, totals)

        def steps(count: int, _: Register, carried: list[Register]) -> list[Register]:
            x, y, *totals = carried
            for k in range(count):
                totals = step(k, x, y, totals)
            x, y = (b.offset(p, tile.dtype, count * n) for p, n in ((x, rows), (y, tile.width)))
            return [x, y, *totals]

        def ask() -> None:
            for place in places(frame, tile, sums, "sums_row", size):
                b.prefetch(place, "write")

        b.when(depth >= DEEP, ask)
        first = places(frame, tile, initial, "initial_row", size)
        carried = [left, frame.load("panel"), *(b.load(x, tile.dtype, tile.lanes) for x in first)]
        whole = depth // UNROLL * UNROLL
        for lower, upper, count in ((integer(b, 0), whole, UNROLL), (whole, depth, 1)):
            by = b.constant("int64", count)
            carried = b.loop(lower.register, upper.register, by, carried, partial(steps, count))
        ends = places(frame, tile, sums, "sums_row", size)
        for total, place in zip(carried[2:], ends, strict=True):
            b.store(total, place)
        b.ret()
