"""What is moved while a row is sorted: keys, each with its position where positions are sought."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.order.keys import key_dtype, last_key, load_key, store_element
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.kernel.sorting import RUN, Sorting

Item = tuple[Register, ...]
"""A key, and its position if positions are sought."""

Arrays = tuple[Register, ...]
"""The addresses of an array of keys and of one of positions."""


class Items(Struct, frozen=True):
    """The code of one sorting for items in memory."""

    b: KernelBuilder
    sorting: Sorting

    @property
    def dtypes(self) -> tuple[str, ...]:
        """Return the dtypes of an item's parts."""
        key = key_dtype(self.sorting)
        return (key,) if self.sorting.result == "values" else (key, "int64")

    def number(self, value: int) -> Register:
        """Return an int64."""
        return self.b.constant("int64", value)

    def scratch(self, work: Register, length: Register) -> tuple[Arrays, Arrays]:
        """Return two arrays of items in scratch memory, each RUN longer than a row.

        Positions come first, so that all lie at multiples of their size.
        """
        count = self.b.add(length, self.number(RUN))
        found: dict[str, list[Register]] = {}
        for dtype in sorted(self.dtypes, key=lambda d: -ITEMSIZE[d]):
            found[dtype] = []
            for _ in range(2):
                found[dtype].append(work)
                work = self.b.offset(work, dtype, count)
        first, second = zip(*(found[dtype] for dtype in self.dtypes), strict=True)
        return first, second

    def load(self, arrays: Arrays, index: Register) -> Item:
        """Load an item."""
        b = self.b
        pairs = zip(arrays, self.dtypes, strict=True)
        return tuple(b.load(b.offset(array, dtype, index), dtype) for array, dtype in pairs)

    def store(self, item: Item, arrays: Arrays, index: Register) -> None:
        """Store an item."""
        for part, array in zip(item, arrays, strict=True):
            self.b.store(part, self.b.offset(array, part.dtype, index))

    def first(self, source: Register, index: Register) -> Item:
        """Return the item of an element of the source."""
        key = load_key(self.b, self.sorting, source, index)
        return (key,) if self.sorting.result == "values" else (key, index)

    def last(self) -> Item:
        """Return an item that stays behind all others."""
        key = last_key(self.b, self.sorting)
        return (key,) if self.sorting.result == "values" else (key, self.number(0))

    def choose(self, condition: Register, left: Item, right: Item) -> Item:
        """Return one of two items."""
        return tuple(self.b.select(condition, x, y) for x, y in zip(left, right, strict=True))

    def finish(self, arrays: Arrays, out: Register, first: Register, count: Register) -> None:
        """Write the output of some places from items in order."""

        def body(i: Register) -> None:
            place = self.b.add(first, i)
            if self.sorting.result == "values":
                (key,) = self.load(arrays, place)
                store_element(self.b, self.sorting, key, out, i)
            else:
                position = self.b.load(self.b.offset(arrays[1], "int64", place), "int64")
                self.b.store(position, self.b.offset(out, "int64", i))

        self.each(self.number(0), count, 1, body)

    def each(
        self, lower: Register, upper: Register, step: int, body: Callable[[Register], None]
    ) -> None:
        """Print a loop that carries nothing."""

        def inside(i: Register, carried: list[Register]) -> list[Register]:
            body(i)
            return carried

        self.b.loop(lower, upper, self.number(step), [], inside)
