"""What is sorted in registers: items side by side, whose order is a strict one.

Values are sorted as keys, narrow ones as wider numbers. Positions are sought with keys above them:
in one number where both fit, else beside them; so no two are equal, and ties stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.order.keys import element_of, key_dtype, key_of
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.kernel.sorting import Sorting

Item = tuple[Register, ...]
"""The parts of items, one item a lane."""

Arrays = tuple[Register, ...]
"""The addresses of arrays of parts."""

HALF = 32  # bits: of a position that shares a word with its key

NARROWEST, WIDENED = 4, "uint32"
"""Bytes of keys that instructions put side by side, and what narrower ones are widened to."""


class Vectors(Struct, frozen=True):
    """The code of one sorting, whose function has a name, for registers full of items."""

    b: KernelBuilder
    sorting: Sorting
    name: str

    @property
    def dtypes(self) -> tuple[str, ...]:
        """Return the dtypes of an item's parts."""
        key = key_dtype(self.sorting)
        if self.sorting.result == "values":
            return (key if ITEMSIZE[key] >= NARROWEST else WIDENED,)
        return ("uint64",) if ITEMSIZE[key] * 8 <= HALF else (key, "uint64")

    def part(self, of: str) -> str:
        """Return the name of a function that is a part of the sorting."""
        return f"{of}_of_{self.name}"

    @property
    def lanes(self) -> int:
        """Return how many items lie side by side."""
        return self.b.target.lanes(ITEMSIZE[self.dtypes[0]])

    def number(self, value: int) -> Register:
        """Return an int64."""
        return self.b.constant("int64", value)

    # Memory

    def at(self, arrays: Arrays, index: Register) -> Arrays:
        """Return the addresses of an item."""
        pairs = zip(arrays, self.dtypes, strict=True)
        return tuple(self.b.offset(array, dtype, index) for array, dtype in pairs)

    def load(self, arrays: Arrays, index: Register, mask: Register | None = None) -> Item:
        """Load neighbours."""
        pairs = zip(self.at(arrays, index), self.dtypes, strict=True)
        return tuple(self.b.load(place, dtype, self.lanes, mask) for place, dtype in pairs)

    def store(
        self, item: Item, arrays: Arrays, index: Register, mask: Register | None = None
    ) -> None:
        """Store neighbours."""
        for part, place in zip(item, self.at(arrays, index), strict=True):
            self.b.store(part, place, mask)

    def gather(self, arrays: Arrays, index: Register) -> Item:
        """Load items from anywhere."""
        pairs = zip(arrays, self.dtypes, strict=True)
        return tuple(self.b.gather(array, dtype, index) for array, dtype in pairs)

    def make(self, source: Register, index: Register, mask: Register | None = None) -> Item:
        """Return the items of neighbours of the source; where the mask is false, of zeros."""
        b, dtype = self.b, key_dtype(self.sorting)
        bits = b.load(b.offset(source, dtype, index), dtype, self.lanes, mask)
        here = b.add(b.lane_index(self.lanes), b.splat(index, self.lanes))
        return self._items(bits, here)

    def pick(self, source: Register, index: Register) -> Item:
        """Return the items of elements of the source anywhere."""
        return self._items(self.b.gather(source, key_dtype(self.sorting), index), index)

    def _items(self, bits: Register, index: Register) -> Item:
        """Return items of elements and their positions."""
        b = self.b
        keys = key_of(b, self.sorting, bits)
        if self.sorting.result == "values":
            return (b.cast(keys, self.dtypes[0]),)
        positions = b.bitcast(index, "uint64")
        if len(self.dtypes) == 2:
            return (keys, positions)
        above = b.shift_left_by(b.cast(keys, "uint64"), HALF)
        return (b.bit_or(above, positions),)

    def finish(self, item: Item, out: Register, index: Register, mask: Register | None) -> None:
        """Store what the output has of items."""
        b = self.b
        if self.sorting.result == "values":
            result = element_of(b, self.sorting, b.cast(item[0], key_dtype(self.sorting)))
        elif len(item) == 2:
            result = item[1]
        else:
            below = b.constant("uint64", (1 << HALF) - 1, self.lanes)
            result = b.bit_and(item[0], below)
        b.store(result, b.offset(out, result.dtype, index), mask)

    def each(
        self, lower: Register, upper: Register, body: Callable[[Register, Register | None], None]
    ) -> None:
        """Print body(index, mask) over a range: whole registers, then what is left."""

        def inside(i: Register, carried: list[Register]) -> list[Register]:
            body(i, None)
            return carried

        b = self.b
        whole = self.whole(lower, upper)
        b.loop(lower, whole, self.number(self.lanes), [], inside)
        b.when(b.less(whole, upper), lambda: body(whole, self.below(b.subtract(upper, whole))))

    def whole(self, lower: Register, upper: Register) -> Register:
        """Return where the last whole register of a range ends."""
        b = self.b
        return b.add(lower, b.bit_and(b.subtract(upper, lower), self.number(-self.lanes)))

    def below(self, count: Register, first: int = 0) -> Register:
        """Return which lanes, numbered from `first` on, are below a count."""
        b = self.b
        numbers = b.constants("int32", range(first, first + self.lanes))
        return b.less(numbers, b.splat(b.cast(count, "int32"), self.lanes))

    # Order

    def last(self) -> Item:
        """Return items that stay behind all others."""
        ones = ((dtype, (1 << 8 * ITEMSIZE[dtype]) - 1) for dtype in self.dtypes)
        return tuple(self.b.constant(dtype, value, self.lanes) for dtype, value in ones)

    def less(self, left: Item, right: Item) -> Register:
        """Return where the left item comes first."""
        b = self.b
        if len(left) == 1:
            return b.less(left[0], right[0])
        tie = b.bit_and(b.equal(left[0], right[0]), b.less(left[1], right[1]))
        return b.bit_or(b.less(left[0], right[0]), tie)

    def choose(self, condition: Register, left: Item, right: Item) -> Item:
        """Return the left item where the condition holds, else the right one."""
        return tuple(self.b.select(condition, x, y) for x, y in zip(left, right, strict=True))

    def in_order(self, left: Item, right: Item) -> tuple[Item, Item]:
        """Return the items that come first and those that come after them.

        The greater of two keys is what is left of both when the lesser one is taken out: an
        instruction that more of the processor's ports can run than a maximum.
        """
        b = self.b
        if len(left) == 1:
            lesser = b.minimum(left[0], right[0])
            return (lesser,), (b.bit_xor(lesser, b.bit_xor(left[0], right[0])),)
        swap = self.less(right, left)
        return self.choose(swap, right, left), self.choose(swap, left, right)

    def pick_side(self, left: Item, right: Item, upper: Register) -> Item:
        """Return the item that comes first, where `upper` holds the one that comes after."""
        b = self.b
        if len(left) == 1:
            lesser, greater = b.minimum(left[0], right[0]), b.maximum(left[0], right[0])
            return (b.select(upper, greater, lesser),)
        return self.choose(b.bit_xor(self.less(right, left), upper), right, left)

    # Lanes

    def shuffle(self, left: Item, right: Item, picked: Sequence[int]) -> Item:
        """Return items picked from the left ones followed by the right ones."""
        return tuple(self.b.shuffle(x, y, picked) for x, y in zip(left, right, strict=True))

    def compress(self, item: Item, mask: Register) -> Item:
        """Return the items where the mask holds, side by side."""
        return tuple(self.b.compress(part, mask) for part in item)
