"""Micro-kernels of pairs: a tile of sums in registers, each taking two products a step.

AVX512-BF16 has an instruction for a step, which takes subnormals for zeros; elsewhere pairs are
taken apart into float32 and multiplied one after the other.
"""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.integers import Int
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

# The packed rows and panel, where sums begin and go, with the distances from row to row, the pairs.
MICRO = (
    ("left", "ptr"),
    ("panel", "ptr"),
    ("initial", "ptr"),
    ("sums", "ptr"),
    ("left_row", "int64"),
    ("initial_row", "int64"),
    ("sums_row", "int64"),
    ("pairs", "int64"),
)

HIGH = 0xFFFF0000


def micro_name(tile: Tile, rows: int) -> str:
    """Return the name of the micro-kernel of so many rows."""
    return tile.name(f"pairs_{rows}")


def emit_micro(b: KernelBuilder, tile: Tile, rows: int) -> None:
    """Define sums[i, j] = initial[i, j] + sum over pairs of left[i, p] . panel[p, j]."""
    with b.function(micro_name(tile, rows), MICRO, export=False) as parameters:
        left, panel, initial, sums = parameters[:4]
        left_row, initial_row, sums_row = (Int(b, x) for x in parameters[4:7])

        def places(pointer: Register, row: Int) -> list[Register]:
            starts = [b.offset(pointer, tile.dtype, (row * i).register) for i in range(rows)]
            return [b.offset(s, tile.dtype, v * tile.step) for s in starts for v in _vectors(tile)]

        offsets = [(left_row * i).register for i in range(rows)]

        def step(_: Register, carried: list[Register]) -> list[Register]:
            x, y, *totals = carried
            columns = [
                _taken(b, b.load(b.offset(y, "uint32", v * tile.step), "uint32", tile.lanes))
                for v in _vectors(tile)
            ]
            for i in range(rows):
                pair = b.load(b.offset(x, "uint32", offsets[i]), "uint32")
                row = _taken(b, b.splat(pair, tile.lanes))
                for v in _vectors(tile):
                    at = i * tile.vectors + v
                    totals[at] = _dot(b, totals[at], row, columns[v])
            return [b.offset(x, "uint32", 1), b.offset(y, "uint32", tile.width), *totals]

        start = [b.load(place, tile.dtype, tile.lanes) for place in places(initial, initial_row)]
        zero, one = b.constant("int64", 0), b.constant("int64", 1)
        _, _, *totals = b.loop(zero, parameters[7], one, [left, panel, *start], step)
        for total, place in zip(totals, places(sums, sums_row), strict=True):
            b.store(total, place)
        b.ret()


def _vectors(tile: Tile) -> range:
    return range(tile.vectors)


def has_dot(b: KernelBuilder, lanes: int) -> bool:
    """Tell whether the target has an instruction for a step of so many sums."""
    return bool(b.target.brain) and lanes == 16


def _taken(b: KernelBuilder, pairs: Register) -> tuple[Register, ...]:
    """Return pairs as what `_dot` takes: as they are, or the first and the second of each."""
    if has_dot(b, pairs.lanes):
        return (pairs,)
    high = b.bit_and(pairs, b.constant("uint32", HIGH, pairs.lanes))
    return b.bitcast(b.shift_left_by(pairs, 16), "float32"), b.bitcast(high, "float32")


def _dot(
    b: KernelBuilder, total: Register, x: tuple[Register, ...], y: tuple[Register, ...]
) -> Register:
    """Add the products of pairs to sums."""
    if len(x) == 1:
        return b.add_pairs(total, x[0], y[0])
    return b.fma(x[1], y[1], b.fma(x[0], y[0], total))
