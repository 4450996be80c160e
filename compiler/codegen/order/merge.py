"""Short rows: runs of four sorted in registers, then merged two by two, without branches."""

from __future__ import annotations

from symc.compiler.codegen.order.items import Arrays, Item, Items
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.sorting import RUN


def merge_sort(items: Items, source: Register, length: Register, work: Register) -> Arrays:
    """Sort a row bottom up; return the arrays that hold its items in order."""
    b = items.b
    first, second = items.scratch(work, length)
    rounded = b.add(length, items.number(RUN - 1))
    total = b.bit_and(rounded, items.number(-RUN))
    _fill(items, source, length, total, first)
    items.each(items.number(0), total, RUN, lambda i: _sort_run(items, first, i))
    start = [items.number(RUN), *first, *second]
    count = len(first)

    def below(carried: list[Register]) -> Register:
        return b.less(carried[0], total)

    def level(carried: list[Register]) -> list[Register]:
        width, arrays = carried[0], carried[1:]
        near, far = tuple(arrays[:count]), tuple(arrays[count:])
        _merge_all(items, near, far, width, total)
        return [b.add(width, width), *far, *near]

    done = b.loop_while(start, below, level)
    return tuple(done[1 : 1 + count])


def _fill(
    items: Items, source: Register, length: Register, total: Register, arrays: Arrays
) -> None:
    """Make the items of a row, and a few that stay behind them, so that runs are whole."""
    zero = items.number(0)
    items.each(zero, length, 1, lambda i: items.store(items.first(source, i), arrays, i))
    items.each(length, total, 1, lambda i: items.store(items.last(), arrays, i))


def _sort_run(items: Items, arrays: Arrays, begin: Register) -> None:
    """Sort neighbours until all are in order: only neighbours change places, so ties stay."""
    places = [items.b.add(begin, items.number(k)) for k in range(RUN)]
    run = [items.load(arrays, place) for place in places]
    for last in range(1, RUN):
        for k in reversed(range(last)):
            run[k], run[k + 1] = _in_order(items, run[k], run[k + 1])
    for item, place in zip(run, places, strict=True):
        items.store(item, arrays, place)


def _in_order(items: Items, left: Item, right: Item) -> tuple[Item, Item]:
    swap = items.b.less(right[0], left[0])
    return items.choose(swap, right, left), items.choose(swap, left, right)


def _merge_all(
    items: Items, source: Arrays, target: Arrays, width: Register, total: Register
) -> None:
    """Merge all pairs of neighbouring runs of a width; the last ones may be shorter."""
    b = items.b

    def pair(carried: list[Register]) -> list[Register]:
        (begin,) = carried
        middle = b.minimum(b.add(begin, width), total)
        end = b.minimum(b.add(middle, width), total)
        _merge(items, source, target, begin, middle, end)
        return [end]

    b.loop_while([items.number(0)], lambda carried: b.less(carried[0], total), pair)


def _merge(
    items: Items,
    source: Arrays,
    target: Arrays,
    begin: Register,
    middle: Register,
    end: Register,
) -> None:
    """Merge two runs; of equal keys the left one comes first.

    One item behind a run may be looked at, and is not taken.
    """
    b, one = items.b, items.number(1)

    def step(place: Register, carried: list[Register]) -> list[Register]:
        i, j = carried
        left, right = items.load(source, i), items.load(source, j)
        within = b.bit_or(b.greater_equal(j, end), b.less_equal(left[0], right[0]))
        take = b.bit_and(b.less(i, middle), within)
        items.store(items.choose(take, left, right), target, place)
        ahead = b.cast(take, "int64")
        return [b.add(i, ahead), b.add(j, b.subtract(one, ahead))]

    b.loop(begin, end, one, [begin, middle], step)
