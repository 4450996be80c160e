"""Long rows: items moved to their places digit by digit, from the lowest, each in one pass.

Digits that all keys share are passed over. Counts of all digits come from one look at the row.
"""

from __future__ import annotations

from symc.compiler.codegen.order.items import Arrays, Items
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.kernel.sorting import RADIX

DIGIT = 8  # bits


def radix_sort(items: Items, source: Register, length: Register, work: Register) -> Arrays:
    """Sort a row; return the arrays that hold its items in order."""
    b, digits = items.b, ITEMSIZE[items.dtypes[0]]
    counts = work
    first, second = items.scratch(b.offset(work, "int64", RADIX * digits), length)
    _count(items, source, length, counts, first, digits)

    def digit(k: Register, carried: list[Register]) -> list[Register]:
        near, far = tuple(carried[: len(first)]), tuple(carried[len(first) :])
        table = b.offset(counts, "int64", b.multiply(k, items.number(RADIX)))
        shift = b.cast(b.multiply(k, items.number(DIGIT)), items.dtypes[0])
        (key, *_) = items.load(near, items.number(0))
        shared = b.load(b.offset(table, "int64", _digit(items, key, shift)), "int64")

        def move() -> list[Register]:
            _starts(items, table)
            _move(items, near, far, table, shift, length)
            return [*far, *near]

        return b.when(b.not_equal(shared, length), move, lambda: [*near, *far])

    zero, one = items.number(0), items.number(1)
    done = b.loop(zero, items.number(digits), one, [*first, *second], digit)
    return tuple(done[: len(first)])


def _digit(items: Items, key: Register, shift: Register) -> Register:
    """Return the digit of a key that begins at a bit, as a place in a table."""
    b = items.b
    shifted = b.emit("lshr", key, shift)
    return b.cast(b.bit_and(shifted, b.constant(key.dtype, RADIX - 1)), "int64")


def _count(
    items: Items,
    source: Register,
    length: Register,
    counts: Register,
    arrays: Arrays,
    digits: int,
) -> None:
    """Make the items of a row and count, for each digit, how often it has each value."""
    b, zero, one = items.b, items.number(0), items.number(1)
    items.each(
        zero, items.number(RADIX * digits), 1, lambda i: b.store(zero, b.offset(counts, "int64", i))
    )

    def body(i: Register) -> None:
        item = items.first(source, i)
        items.store(item, arrays, i)
        for k in range(digits):
            shift = b.constant(item[0].dtype, DIGIT * k)
            table = b.offset(counts, "int64", RADIX * k)
            place = b.offset(table, "int64", _digit(items, item[0], shift))
            b.store(b.add(b.load(place, "int64"), one), place)

    items.each(zero, length, 1, body)


def _starts(items: Items, table: Register) -> None:
    """Turn counts into the places where the items of each value begin."""
    b, zero = items.b, items.number(0)

    def body(i: Register, carried: list[Register]) -> list[Register]:
        place = b.offset(table, "int64", i)
        count = b.load(place, "int64")
        b.store(carried[0], place)
        return [b.add(carried[0], count)]

    b.loop(zero, items.number(RADIX), items.number(1), [zero], body)


def _move(
    items: Items,
    source: Arrays,
    target: Arrays,
    table: Register,
    shift: Register,
    length: Register,
) -> None:
    """Move each item to the next place of its digit's value."""
    b, one = items.b, items.number(1)

    def body(i: Register) -> None:
        item = items.load(source, i)
        place = b.offset(table, "int64", _digit(items, item[0], shift))
        at = b.load(place, "int64")
        b.store(b.add(at, one), place)
        items.store(item, target, at)

    items.each(items.number(0), length, 1, body)
