"""Packing: operands as pairs of elements that follow one another along k, in words of 32 bits.

A packed block of the left operand has rows of pairs; of the right operand, panels with a row of
pairs for each pair of k. What k has too little is filled up with zeros.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.integers import Int, each, integer
from symc.compiler.codegen.product.pack import transposed
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

SQUARE = 8
"""Lines and pairs that are moved at once."""

Side = Literal["left", "right"]

# Lines are the left operand's rows, or the right one's columns; `line` and `step` are the distances
# in the source from line to line and along k, `pairs` what the packed block has of each line.
PACK = (
    ("lines", "int64"),
    ("depth", "int64"),
    ("pairs", "int64"),
    ("source", "ptr"),
    ("line", "int64"),
    ("step", "int64"),
    ("packed", "ptr"),
    ("packed_row", "int64"),
)


class _Packing(Struct, frozen=True, eq=False):
    """One block on its way: what PACK says, and where a pair of a line goes."""

    source: Register
    line: Int
    step: Int
    depth: Int
    packed: Register
    goes: Callable[[Int, Int], Int]

    @property
    def builder(self) -> KernelBuilder:
        """Return the builder of it all."""
        return self.line.builder

    def element(self, i: Int, k: Int) -> Register:
        """Return the address of an element of the source."""
        place = i * self.line + k * self.step
        return self.builder.offset(self.source, "uint16", place.register)

    def load(self, i: Int, k: Int, dtype: str, lanes: int) -> Register:
        """Load what follows an element in the source."""
        return self.builder.load(self.element(i, k), dtype, lanes)

    def store(self, pairs: Register, i: Int, p: Int) -> None:
        """Store a pair, or those that follow it in the packed block."""
        self.builder.store(
            pairs, self.builder.offset(self.packed, "uint32", self.goes(i, p).register)
        )


def emit_pack(b: KernelBuilder, tile: Tile, side: Side) -> None:
    """Define the packing of one side's operand, whichever way it is stored."""
    with b.function(tile.name(f"pack_{side}"), PACK, export=False) as parameters:
        lines, depth, pairs = (Int(b, x) for x in parameters[:3])
        source, line, step, packed, row = parameters[3:]
        goes = _in_rows(Int(b, row)) if side == "left" else _in_panels(tile, Int(b, row))
        job = _Packing(source, Int(b, line), Int(b, step), depth, packed, goes)
        if side == "right" and tile.lanes:
            wide = b.bit_and(job.line.is_(1), (lines % tile.lanes).is_(0))
            b.when(
                wide,
                lambda: _wide_rows(job, tile.lanes, lines, pairs),
                lambda: _all_squares(job, tile, side, lines, pairs),
            )
        else:
            _all_squares(job, tile, side, lines, pairs)
        b.ret()


def _wide_rows(job: _Packing, lanes: int, columns: Int, pairs: Int) -> None:
    """Pack rows of the right operand that are whole vectors: nothing needs turning."""
    b, zero, whole = job.builder, integer(job.builder, 0), job.depth // 2

    def move(p: Int, j: Int) -> None:
        low, high = (job.load(j, p * 2 + k, "uint16", lanes) for k in (0, 1))
        job.store(_paired(b, low, high), j, p)

    each(zero, whole, 1, lambda p: each(zero, columns, lanes, lambda j: move(p, j)))
    each(zero, columns, 1, lambda j: each(whole, pairs, 1, lambda p: _one(job, j, p)))


def _all_squares(job: _Packing, tile: Tile, side: Side, lines: Int, pairs: Int) -> None:
    """Pack by squares, and what is left pair by pair."""
    b, size = job.builder, min(tile.lanes, SQUARE)
    zero = integer(b, 0)
    whole = (lines // size * size, job.depth // (2 * size) * size) if size else (zero, zero)
    if size:
        moves = [lambda i, p: _from_lines(job, side, size, i, p)]
        moves += [lambda i, p: _across_lines(job, side, size, i, p)]
        b.when(job.step.is_(1), *(partial(_squares, whole, size, move) for move in moves))
    each(zero, lines, 1, lambda i: each(whole[1], pairs, 1, lambda p: _one(job, i, p)))
    each(whole[0], lines, 1, lambda i: each(zero, whole[1], 1, lambda p: _one(job, i, p)))


def _in_rows(row: Int) -> Callable[[Int, Int], Int]:
    return lambda i, p: i * row + p


def _in_panels(tile: Tile, pairs: Int) -> Callable[[Int, Int], Int]:
    """Return where pairs of a column go: panels of the tile's width follow one another."""
    width = tile.width
    return lambda j, p: j // width * width * pairs + p * width + j % width


def _squares(whole: tuple[Int, Int], size: int, move: Callable[[Int, Int], None]) -> None:
    zero = integer(whole[0].builder, 0)
    each(zero, whole[0], size, lambda i: each(zero, whole[1], size, lambda p: move(i, p)))


def _from_lines(job: _Packing, side: Side, size: int, i: Int, p: Int) -> None:
    """Move a square of lines that lie in memory along k."""
    found = [job.load(i + k, p * 2, "uint32", size) for k in range(size)]
    if side == "left":
        _store_lines(job, found, i, p)
    else:
        _store_columns(job, transposed(job.builder, found), i, p)


def _across_lines(job: _Packing, side: Side, size: int, i: Int, p: Int) -> None:
    """Move a square of lines that lie side by side in memory."""
    b = job.builder
    found = []
    for q in range(size):
        low, high = (job.load(i, (p + q) * 2 + k, "uint16", size) for k in (0, 1))
        found.append(_paired(b, low, high))
    if side == "left":
        _store_lines(job, transposed(b, found), i, p)
    else:
        _store_columns(job, found, i, p)


def _paired(b: KernelBuilder, low: Register, high: Register) -> Register:
    return b.bit_or(b.cast(low, "uint32"), b.shift_left_by(b.cast(high, "uint32"), 16))


def _store_lines(job: _Packing, lines: list[Register], i: Int, p: Int) -> None:
    for k, line in enumerate(lines):
        job.store(line, i + k, p)


def _store_columns(job: _Packing, columns: list[Register], i: Int, p: Int) -> None:
    for q, column in enumerate(columns):
        job.store(column, i, p + q)


def _one(job: _Packing, i: Int, p: Int) -> None:
    """Move one pair, with zeros for what k does not have."""
    b = job.builder
    found = []
    for k in (p * 2, p * 2 + 1):
        found.append(b.load(job.element(i, k), "uint16", 0, k < job.depth))
    job.store(_paired(b, *found), i, p)
