"""Few items: sorted in registers, as many as they need, and written to their places."""

from __future__ import annotations

from symc.compiler.codegen.order.network import by_rows, sort_rows
from symc.compiler.codegen.order.vectors import Arrays, Item, Vectors
from symc.compiler.codegen.register import Register

ROWS = {1: (1, 2, 4, 8, 16), 2: (1, 2, 4, 8)}
"""Registers that are sorted at once, by the parts of an item."""


def most(v: Vectors) -> int:
    """Return how many items are sorted in registers at most."""
    return ROWS[len(v.dtypes)][-1] * v.lanes


def emit_few(v: Vectors) -> None:
    """Define few(arrays, out, count, low, high), which writes what has places from low to high."""
    b = v.b
    pointers = [(f"array{k}", "ptr") for k in range(len(v.dtypes))]
    numbers = [(name, "int64") for name in ("count", "low", "high")]
    with b.function(
        v.part("few"), [*pointers, ("out", "ptr"), *numbers], export=False
    ) as parameters:
        *arrays, out, count, low, high = parameters

        def smallest(sizes: tuple[int, ...]) -> None:
            def fits() -> None:
                rows = _load(v, tuple(arrays), count, sizes[0])
                _store(v, by_rows(v, sort_rows(v, rows)), out, low, high)

            if len(sizes) == 1:
                fits()
            else:
                small = b.less_equal(count, v.number(sizes[0] * v.lanes))
                b.when(small, fits, lambda: smallest(sizes[1:]))

        smallest(ROWS[len(v.dtypes)])
        b.ret()


def _load(v: Vectors, arrays: Arrays, count: Register, rows: int) -> list[Item]:
    """Load items, and put some that stay behind them where there are no more."""
    found, last = [], v.last()
    for k in range(rows):
        mask = v.below(count, k * v.lanes)
        found.append(v.choose(mask, v.load(arrays, v.number(k * v.lanes), mask), last))
    return found


def _store(v: Vectors, rows: list[Item], out: Register, low: Register, high: Register) -> None:
    """Write the items whose places lie between bounds."""
    b = v.b
    begin, size = (b.cast(x, "uint32") for x in (low, b.subtract(high, low)))
    begins, sizes = (b.splat(x, v.lanes) for x in (begin, size))
    for k, row in enumerate(rows):
        places = b.constants("uint32", range(k * v.lanes, (k + 1) * v.lanes))
        mask = b.less(b.subtract(places, begins), sizes)
        v.finish(row, out, v.number(k * v.lanes), mask)
