"""Micro-kernels: a tile of sums held in registers, and the strip of tiles down one panel.

Every sum is one chain of multiply-adds in the order of k, whatever the tile and the blocks: a
product has the same bits however it is cut.
"""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.integers import Int, Matrix, each_whole, integer
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

# (k, left with its strides, right with its row stride, where sums begin, where they go)
MICRO = (
    ("k", "int64"),
    ("left", "ptr"),
    ("left_row", "int64"),
    ("left_column", "int64"),
    ("right", "ptr"),
    ("right_row", "int64"),
    ("initial", "ptr"),
    ("initial_row", "int64"),
    ("sums", "ptr"),
    ("sums_row", "int64"),
)
STRIP = (("m", "int64"), *MICRO)


def micro_name(tile: Tile, rows: int, vectors: int) -> str:
    """Return the name of the micro-kernel of one tile."""
    return tile.name(f"tile_{rows}x{vectors * tile.step}")


def strip_name(tile: Tile, vectors: int) -> str:
    """Return the name of the function that computes a panel of `vectors` vectors."""
    return tile.name(f"strip_{vectors * tile.step}")


def widths(tile: Tile) -> tuple[int, ...]:
    """Return the widths of tiles in vectors: full, and one vector for narrow panels."""
    return (tile.vectors, 1) if tile.vectors > 1 else (1,)


def emit_micro(b: KernelBuilder, tile: Tile, rows: int, vectors: int) -> None:
    """Define sums[i, j] = initial[i, j] + sum over k of left[i, k] * right[k, j] for one tile."""
    with b.function(micro_name(tile, rows, vectors), MICRO, export=False) as parameters:
        k, left, left_row, left_column, right, right_row, start, start_row, out, out_row = (
            parameters
        )
        places = [(i, v) for i in range(rows) for v in range(vectors)]

        def address(pointer: Register, row: Register, i: int, v: int) -> Register:
            return b.offset(pointer, tile.dtype, (Int(b, row) * i + v * tile.step).register)

        def step(_: Register, carried: list[Register]) -> list[Register]:
            a, c, *sums = carried
            panel = [
                b.load(b.offset(c, tile.dtype, v * tile.step), tile.dtype, tile.lanes)
                for v in range(vectors)
            ]
            for i in range(rows):
                x = b.load(b.offset(a, tile.dtype, offsets[i]), tile.dtype)
                x = b.splat(x, tile.lanes)
                for v in range(vectors):
                    sums[i * vectors + v] = b.fma(x, panel[v], sums[i * vectors + v])
            a = b.offset(a, tile.dtype, left_column)
            return [a, b.offset(c, tile.dtype, right_row), *sums]

        offsets = [(Int(b, left_row) * i).register for i in range(rows)]
        initial = [
            b.load(address(start, start_row, i, v), tile.dtype, tile.lanes) for i, v in places
        ]
        zero, one = b.constant("int64", 0), b.constant("int64", 1)
        _, _, *sums = b.loop(zero, k, one, [left, right, *initial], step)
        for (i, v), total in zip(places, sums, strict=True):
            b.store(total, address(out, out_row, i, v))
        b.ret()


def emit_strip(b: KernelBuilder, tile: Tile, vectors: int) -> None:
    """Define the same for m rows: as many of the tallest tiles as fit, then of the next."""
    with b.function(strip_name(tile, vectors), STRIP, export=False) as parameters:
        m, k, left, left_row, left_column, right, right_row, start, start_row, out, out_row = (
            parameters
        )
        zero = integer(b, 0)
        lefts = Matrix(left, tile.dtype, Int(b, left_row), Int(b, left_column))
        starts = Matrix(start, tile.dtype, Int(b, start_row), integer(b, 1))
        outs = Matrix(out, tile.dtype, Int(b, out_row), integer(b, 1))
        done = zero
        for rows in tile.rows:
            name = micro_name(tile, rows, vectors)

            def call(i: Int, name: str = name) -> None:
                arguments = [k, lefts.at(i, zero), left_row, left_column, right, right_row]
                arguments += [starts.at(i, zero), start_row, outs.at(i, zero), out_row]
                b.call(name, None, arguments)

            done = each_whole(done, Int(b, m), rows, call)
        b.ret()
