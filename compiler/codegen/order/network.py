"""Sorting networks in registers: columns first, then neighbouring columns merged bitonically.

Items lie in rows of registers; column by column, from the top down, is the order in which they end.
Batcher, Sorting networks and their applications, 1968.
"""

from __future__ import annotations

from collections.abc import Iterator

from symc.compiler.codegen.order.vectors import Item, Vectors

Rows = list[Item]


def sort_rows(v: Vectors, rows: Rows) -> Rows:
    """Sort the items of some registers, a power of two, down the columns."""
    rows = list(rows)
    for first, second in odd_even_merges(len(rows)):
        rows[first], rows[second] = v.in_order(rows[first], rows[second])
    group = 2
    while group <= v.lanes:
        rows = _merge_columns(v, rows, group)
        group *= 2
    return rows


def odd_even_merges(size: int) -> Iterator[tuple[int, int]]:
    """Yield the comparisons of Batcher's network of a size, a power of two."""
    width = 1
    while width < size:
        step = width
        while step:
            for start in range(step % width, size - step, 2 * step):
                for k in range(start, min(start + step, size - step)):
                    if k // (2 * width) == (k + step) // (2 * width):
                        yield k, k + step
            step //= 2
        width *= 2


def _merge_columns(v: Vectors, rows: Rows, group: int) -> Rows:
    """Merge the two sorted halves of each group of columns."""
    picked = [lane ^ (group - 1) for lane in range(v.lanes)]
    turned = [v.shuffle(row, row, picked) for row in reversed(rows)]
    rows = [_part(v, *pair, group // 2) for pair in zip(rows, turned, strict=True)]
    distance = group // 4
    while distance:
        picked = [lane ^ distance for lane in range(v.lanes)]
        rows = [_part(v, row, v.shuffle(row, row, picked), distance) for row in rows]
        distance //= 2
    return _merge_rows(v, rows)


def _part(v: Vectors, rows: Item, others: Item, distance: int) -> Item:
    """Keep what comes first in lanes whose partner lies above, else what comes after."""
    upper = v.b.constants("bool", [bool(lane & distance) for lane in range(v.lanes)])
    return v.pick_side(rows, others, upper)


def _merge_rows(v: Vectors, rows: Rows) -> Rows:
    """Sort columns that are bitonic."""
    distance = len(rows) // 2
    while distance:
        for k in range(len(rows)):
            if not k & distance:
                rows[k], rows[k + distance] = v.in_order(rows[k], rows[k + distance])
        distance //= 2
    return rows


def by_rows(v: Vectors, rows: Rows) -> Rows:
    """Turn the order down columns into that along rows: perfect shuffles of halves."""
    apart, chains = len(rows) // 2, [[row] for row in rows]
    while apart:
        chains = [_riffle(v, *pair) for pair in zip(chains, chains[apart:], strict=False)]
        apart //= 2
    return chains[0]


def _riffle(v: Vectors, left: Rows, right: Rows) -> Rows:
    """Return items of two sequences in turn."""
    woven = []
    for x, y in zip(left, right, strict=True):
        for half in (0, v.lanes // 2):
            woven.append(v.shuffle(x, y, [half + k // 2 + k % 2 * v.lanes for k in range(v.lanes)]))
    return woven
