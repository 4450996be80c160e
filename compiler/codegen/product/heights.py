"""How the rows of a strip are cut into tiles: the tallest first, few low ones at the end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from symc.compiler.codegen.product.integers import Int, choose, each, each_whole, integer
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

TOGETHER, LATENCY = 2, 4
"""Multiply-adds of vectors that begin in a cycle, and the cycles until the next to the same sum."""

BUSY = TOGETHER * LATENCY
"""Sums that keep multipliers busy."""


def heights(tile: Tile, vectors: int) -> tuple[int, ...]:
    """Return the heights of tiles so wide in falling order, none less than half the one before.

    Narrow ones are as tall as keeps the multipliers busy.
    """
    if vectors == tile.vectors or not tile.masked_edges:
        return tile.rows
    return tile.rows[1:] if tile.rows[1] >= BUSY else (2 * tile.rows[0], *tile.rows)


def cycles(height: int, vectors: int) -> float:
    """Return the cycles that a tile takes for a step of k."""
    return max(height * vectors / TOGETHER, LATENCY)


def _cut(rows: int, choice: tuple[int, ...]) -> list[int]:
    """Return the heights that rows are cut into if each is used as often as it fits."""
    found = []
    for height in choice:
        found += [height] * (rows // height)
        rows %= height
    return found


def uneven(choice: tuple[int, ...], vectors: int) -> list[int]:
    """Return the rows left over for which the last of the tallest tiles had better be cut too.

    A tile of two rows takes as long as one of four: 14 and 2 take longer than 8 and 8.
    """

    def total(rows: int, some: tuple[int, ...]) -> float:
        return sum(cycles(height, vectors) for height in _cut(rows, some))

    tallest = choice[0]
    rows = range(tallest, 2 * tallest)
    return [n - tallest for n in rows if total(n, choice[1:]) < total(n, choice)]


def each_height(
    choice: tuple[int, ...], vectors: int, rows: Int, body: Callable[[Int, int], None]
) -> None:
    """Run body(i, height) for the tiles of some rows."""
    tallest, whole = choice[0], whole_rows(choice, vectors, rows)
    each(integer(rows.builder, 0), whole, tallest, lambda i: body(i, tallest))
    each_lower(choice, whole, rows, body)


def whole_rows(choice: tuple[int, ...], vectors: int, rows: Int) -> Int:
    """Return how many rows the tallest tiles take."""
    b, tallest = rows.builder, choice[0]
    rest = rows % tallest
    cut = b.constant("bool", 0)
    for number in uneven(choice, vectors):
        cut = b.bit_or(cut, rest.is_(number))
    cut = b.bit_and(cut, rows >= tallest)
    return rows - rest - choose(cut, integer(b, tallest), 0)


def each_lower(
    choice: tuple[int, ...], first: Int, rows: Int, body: Callable[[Int, int], None]
) -> None:
    """Run body(i, height) for the tiles of the rows that the tallest leave."""
    b, (_, second, *others) = rows.builder, choice

    def at(i: Int, height: int) -> list[Register]:
        body(i, height)
        return [(i + height).register]

    done = each_whole(first, rows, second, lambda i: body(i, second))
    for height in others:
        fits = done + height <= rows
        (end,) = b.when(fits, partial(at, done, height), partial(list, [done.register]))
        done = Int(b, end)
