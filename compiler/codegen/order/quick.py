"""Long rows: parted again and again by an item of theirs, until parts are few.

Parting reads registers of items and puts those that come first, and those that come after, side by
side; what equals the pivot has its place in the output already. Parts that are not sought are left.
Musser, Introspective sorting and selection algorithms, 1997; Bramas, A novel hybrid quicksort
algorithm vectorized using AVX-512, 2017.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler.codegen.order.few import most
from symc.compiler.codegen.order.network import sort_rows
from symc.compiler.codegen.order.vectors import Arrays, Item, Vectors
from symc.compiler.codegen.register import Register

SAMPLE = 16
"""Items of which the middle one parts the others."""

PATIENCE = 40
"""Times that each item may be parted before the row is sorted by digits instead."""

DEPTH = 128
"""Parts that may wait; with more, too, digits are sorted instead."""


class Row(Struct, frozen=True):
    """One row while it is sorted: scratch memory, and the output of places from low to high."""

    arrays: Arrays
    out: Register
    low: Register
    high: Register


class Part(Struct, frozen=True):
    """Some items that are neighbours in the end.

    place   where they lie in the scratch memory, and size how many they are
    spare   where there is memory for as many
    begin   where they lie in the end
    """

    place: Register
    spare: Register
    size: Register
    begin: Register

    def words(self) -> list[Register]:
        """Return the numbers that say where a part is."""
        return [self.place, self.spare, self.size, self.begin]


WORDS = 4


class Reader(Struct, frozen=True):
    """How the items of a part are read: neighbours from an index on, or any."""

    load: Callable[[Register, Register | None], Item]
    gather: Callable[[Register], Item]


def emit_run(v: Vectors) -> None:
    """Define run(arrays, out, low, high, part), which sorts a part of a row.

    It returns whether that took so long that it was left off.
    """
    b, count = v.b, len(v.dtypes)
    pointers = [(name, "ptr") for name in (*(f"array{k}" for k in range(count)), "out")]
    numbers = [(name, "int64") for name in ("low", "high", "place", "spare", "size", "begin")]
    with b.function(v.part("run"), [*pointers, *numbers], "bool", export=False) as parameters:
        arrays, (out, low, high, *part) = parameters[:count], parameters[count:]
        b.ret(_Waiting(v, Row(tuple(arrays), out, low, high)).run(Part(*part)))


def run(v: Vectors, row: Row, part: Part) -> Register:
    """Sort a part of a row; return whether that took so long that it was left off."""
    bounds = [row.out, row.low, row.high]
    left_off = v.b.call(v.part("run"), "bool", [*row.arrays, *bounds, *part.words()])
    assert left_off is not None
    return left_off


def quick_sort(v: Vectors, row: Row, source: Register, length: Register) -> Register:
    """Sort more than a few elements; return whether that took so long that it was left off."""
    first, after = halve_elements(v, row, source, length)
    left_off = run(v, row, after)  # first: the memory that it leaves is the other part's
    return v.b.bit_or(left_off, run(v, row, first))


def halve_elements(v: Vectors, row: Row, source: Register, length: Register) -> tuple[Part, Part]:
    """Part the elements of a row into scratch memory."""
    whole = Part(v.number(0), length, length, v.number(0))
    elements = Reader(lambda i, mask: v.make(source, i, mask), lambda i: v.pick(source, i))
    return _part(v, row, whole, elements)


def halve(v: Vectors, row: Row, part: Part) -> tuple[Part, Part]:
    """Part the items of a part; the second must be sorted before the first."""
    arrays = v.at(row.arrays, part.place)
    kept = Reader(lambda i, mask: v.load(arrays, i, mask), lambda i: v.gather(arrays, i))
    return _part(v, row, part, kept)


def apart(v: Vectors, first: Part, after: Part) -> Part:
    """Return the first of two parts with spare memory that the second does not use."""
    return replace(first, spare=v.b.add(first.spare, after.size))


def is_done(v: Vectors, row: Row, part: Part) -> tuple[Register, Register]:
    """Return whether a part need not be parted, and whether any of its places is sought."""
    b = v.b
    end = b.add(part.begin, part.size)
    sought = b.bit_and(b.greater(end, row.low), b.less(part.begin, row.high))
    few = b.less_equal(part.size, v.number(most(v)))
    return b.bit_or(few, b.bit_not(sought)), sought


class _Waiting:
    """Sorts parts until none waits; the ones that come after first, whose memory is free then."""

    def __init__(self, v: Vectors, row: Row) -> None:
        self.v, self.row, self.b = v, row, v.b
        self.stack = self.b.stack(WORDS * DEPTH)

    def run(self, part: Part) -> Register:
        """Print the loop over parts; return whether any is left unsorted."""
        b, v = self.b, self.v
        budget = b.multiply(part.size, v.number(PATIENCE))
        start = [*part.words(), v.number(0), budget]
        waiting = b.loop_while(start, self.going, self.step)[WORDS]
        return b.greater_equal(waiting, v.number(0))

    def push(self, waiting: Register, part: Part) -> None:
        """Keep a part until its turn."""
        for k, word in enumerate(part.words()):
            self.b.store(word, self._word(waiting, k))

    def _word(self, waiting: Register, k: int) -> Register:
        place = self.b.multiply(waiting, self.v.number(WORDS))
        return self.b.offset(self.stack, "int64", self.b.add(place, self.v.number(k)))

    def going(self, carried: list[Register]) -> Register:
        """Tell whether there is a part, room for another, and patience left."""
        *_, waiting, budget = carried
        b, zero = self.b, self.v.number(0)
        room = b.bit_and(b.greater_equal(waiting, zero), b.less(waiting, self.v.number(DEPTH)))
        return b.bit_and(room, b.greater_equal(budget, zero))

    def step(self, carried: list[Register]) -> list[Register]:
        """Sort a part if it is few, part it if not; parts that are not sought are left."""
        b, v, row = self.b, self.v, self.row
        part, (waiting, budget) = Part(*carried[:WORDS]), carried[WORDS:]
        done, sought = is_done(v, row, part)

        def following() -> list[Register]:
            b.when(sought, lambda: sort_few(v, row, part))
            above = b.subtract(waiting, v.number(1))
            at = b.maximum(above, v.number(0))
            words = [b.load(self._word(at, k), "int64") for k in range(WORDS)]
            return [*words, above, budget]

        def divide() -> list[Register]:
            first, after = halve(v, row, part)
            self.push(waiting, first)
            left = b.subtract(budget, part.size)
            return [*after.words(), b.add(waiting, v.number(1)), left]

        return b.when(done, following, divide)


def sort_few(v: Vectors, row: Row, part: Part) -> None:
    """Sort a part in registers and write what is sought of it."""
    b = v.b
    low = b.maximum(b.subtract(row.low, part.begin), v.number(0))
    high = b.minimum(b.subtract(row.high, part.begin), part.size)
    out = b.offset(row.out, v.sorting.out_dtype, b.subtract(part.begin, row.low))
    b.call(v.part("few"), None, [*v.at(row.arrays, part.place), out, part.size, low, high])


def _part(v: Vectors, row: Row, part: Part, items: Reader) -> tuple[Part, Part]:
    """Part items by one of them, which is written to its place with all that equal it.

    What comes first stays where the part is; what comes after goes to the spare memory. Whole
    registers are written, no further than where the next items are read.
    """
    b = v.b
    pivot = _pivot(v, items, part.size)
    low, high = v.at(row.arrays, part.place), v.at(row.arrays, part.spare)
    whole = v.whole(v.number(0), part.size)

    def move(i: Register, carried: list[Register]) -> list[Register]:
        item = items.load(i, None)
        first, after = v.less(item, pivot), v.less(pivot, item)
        v.store(v.compress(item, first), low, carried[0])
        v.store(v.compress(item, after), high, carried[1])
        return [b.add(carried[0], b.count(first)), b.add(carried[1], b.count(after))]

    def rest() -> list[Register]:
        there = v.below(b.subtract(part.size, whole))
        item = items.load(whole, there)
        masks = [b.bit_and(m, there) for m in (v.less(item, pivot), v.less(pivot, item))]
        for mask, arrays, place in zip(masks, (low, high), ends, strict=True):
            v.store(v.compress(item, mask), arrays, place, v.below(b.count(mask)))
        return [b.add(place, b.count(mask)) for place, mask in zip(ends, masks, strict=True)]

    ends = b.loop(v.number(0), whole, v.number(v.lanes), [v.number(0), v.number(0)], move)
    first, after = b.when(b.less(whole, part.size), rest, lambda: ends)
    begin = b.add(part.begin, b.subtract(part.size, after))
    _write_pivots(v, row, pivot, b.add(part.begin, first), begin)
    return (
        Part(part.place, part.spare, first, part.begin),
        Part(part.spare, b.add(part.place, first), after, begin),
    )


def _pivot(v: Vectors, items: Reader, size: Register) -> Item:
    """Return the middle one of items that lie at equal distances, in each lane."""
    b, lanes = v.b, v.lanes
    rows = []
    for k in range(SAMPLE // lanes):
        odd = b.constants("int64", [2 * (k * lanes + lane) + 1 for lane in range(lanes)])
        ahead = b.multiply(odd, b.splat(size, lanes))
        rows.append(items.gather(b.shift_right_by(ahead, SAMPLE.bit_length())))
    column, k = divmod(SAMPLE // 2, len(rows))
    middle = sort_rows(v, rows)[k]
    return v.shuffle(middle, middle, [column] * lanes)


def _write_pivots(v: Vectors, row: Row, pivot: Item, begin: Register, end: Register) -> None:
    """Write what equals the pivot, where it is sought."""
    b = v.b
    lower, upper = b.maximum(begin, row.low), b.minimum(end, row.high)

    def write(i: Register, mask: Register | None) -> None:
        v.finish(pivot, row.out, b.subtract(i, row.low), mask)

    v.each(lower, b.maximum(lower, upper), write)
