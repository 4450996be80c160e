"""Products with a vector, at the speed of memory: y[i] = sum over k of matrix[i, k] * x[k]."""

from __future__ import annotations

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

# (rows, columns, the matrix with the stride that is not 1, x, y)
VECTOR = (
    ("rows", "int64"),
    ("columns", "int64"),
    ("matrix", "ptr"),
    ("stride", "int64"),
    ("x", "ptr"),
    ("y", "ptr"),
)
DOTS = (*VECTOR, ("step", "int64"))  # and from each y to the next
TOGETHER = 4  # rows summed side by side
STREAMS = 8  # columns added in one pass over y


def emit_dots(b: KernelBuilder, tile: Tile) -> None:
    """Define y for a matrix stored by rows: one sum of products a row.

    Past the end the last row is summed again, which costs less than a second piece of code.
    """
    with b.function(tile.name("dots"), DOTS, export=False) as parameters:
        rows, columns = (Int(b, r) for r in parameters[:2])
        pointer, stride, x, y, step = parameters[2:]
        matrix = Matrix(pointer, tile.dtype, Int(b, stride), integer(b, 1))
        zero = integer(b, 0)

        def some(i: Int) -> None:
            inside = [(i + r).at_most(rows - 1) for r in range(TOGETHER)]
            totals = _sums(b, tile, columns, [matrix.at(r, zero) for r in inside], x)
            for r, total in zip(inside, totals, strict=True):
                b.store(total, b.offset(y, tile.dtype, (r * Int(b, step)).register))

        each(zero, rows, TOGETHER, some)
        b.ret()


def _sums(
    b: KernelBuilder, tile: Tile, n: Int, rows: list[Register], x: Register
) -> list[Register]:
    """Return the sum of products of each row with x, in `unroll` vectors a row."""
    unroll = 2
    dtype, lanes = tile.dtype, tile.lanes

    def at(pointer: Register, k: Int) -> Register:
        return b.offset(pointer, dtype, k.register)

    def add(k: Int, sums: list[Register], mask: Register | None) -> list[Register]:
        factor = b.load(at(x, k), dtype, lanes, mask)
        return [
            b.fma(b.load(at(row, k), dtype, lanes, mask), factor, total)
            for row, total in zip(rows, sums, strict=True)
        ]

    def turn(i: Register, carried: list[Register]) -> list[Register]:
        k = Int(b, i)
        parts = [carried[u * len(rows) : (u + 1) * len(rows)] for u in range(unroll)]
        sums = [r for u in range(unroll) for r in add(k + u * tile.step, parts[u], None)]
        return [*sums, (k + unroll * tile.step).register]

    def rest(i: Register, carried: list[Register]) -> list[Register]:
        k = Int(b, i)
        return add(k, carried, mask_below(n - k, lanes) if lanes else None)

    start = [b.constant(dtype, 0.0, lanes)] * (unroll * len(rows))
    zero, step = b.constant("int64", 0), unroll * tile.step
    last = (n - (step - 1)).register
    *sums, end = b.loop(zero, last, b.constant("int64", step), [*start, zero], turn)
    both = [b.add(sums[r], sums[len(rows) + r]) for r in range(len(rows))]
    both = b.loop(end, n.register, b.constant("int64", tile.step), both, rest)
    return [b.horizontal("add", total) if lanes else total for total in both]


def emit_sweep(b: KernelBuilder, tile: Tile) -> None:
    """Define y for a matrix stored by columns: multiples of its columns are added to y.

    Each sum is the chain of multiply-adds that a micro-kernel computes.
    """
    with b.function(tile.name("sweep"), VECTOR, export=False) as parameters:
        rows, columns = (Int(b, r) for r in parameters[:2])
        pointer, stride, x, y = parameters[2:]
        matrix = Matrix(pointer, tile.dtype, integer(b, 1), Int(b, stride))
        zero = integer(b, 0)

        def clear(i: Int, mask: Register | None) -> None:
            b.store(
                b.constant(tile.dtype, 0.0, tile.lanes),
                b.offset(y, tile.dtype, i.register),
                mask,
            )

        def some(count: int, k: Int) -> None:
            factors = [
                b.splat(b.load(b.offset(x, tile.dtype, (k + u).register), tile.dtype), tile.lanes)
                for u in range(count)
            ]
            starts = [matrix.at(zero, k + u) for u in range(count)]

            def add(i: Int, mask: Register | None) -> None:
                place = b.offset(y, tile.dtype, i.register)
                total = b.load(place, tile.dtype, tile.lanes, mask)
                for factor, start in zip(factors, starts, strict=True):
                    source = b.offset(start, tile.dtype, i.register)
                    total = b.fma(b.load(source, tile.dtype, tile.lanes, mask), factor, total)
                b.store(total, place, mask)

            along_lanes(rows, tile.lanes, tile.wide_masks, add)

        along_lanes(rows, tile.lanes, tile.wide_masks, clear)
        done = each_whole(zero, columns, STREAMS, lambda k: some(STREAMS, k))
        each(done, columns, 1, lambda k: some(1, k))
        b.ret()
