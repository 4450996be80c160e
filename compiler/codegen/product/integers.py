"""Sizes and addresses with Python's operators, for code that is mostly index arithmetic."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register


class Int(Struct, frozen=True, eq=False):
    """An int64 register that is written with operators; the other operand may be a number."""

    builder: KernelBuilder
    register: Register

    def _of(self, other: Int | int) -> Register:
        if isinstance(other, Int):
            return other.register
        return self.builder.constant("int64", other)

    def __add__(self, other: Int | int) -> Int:
        return Int(self.builder, self.builder.add(self.register, self._of(other)))

    def __sub__(self, other: Int | int) -> Int:
        return Int(self.builder, self.builder.subtract(self.register, self._of(other)))

    def __mul__(self, other: Int | int) -> Int:
        return Int(self.builder, self.builder.multiply(self.register, self._of(other)))

    def __floordiv__(self, other: Int | int) -> Int:
        """Divide a size, which is not negative, by a number above 0."""
        return Int(self.builder, self.builder.emit("udiv", self.register, self._of(other)))

    def __mod__(self, other: Int | int) -> Int:
        return self - self // other * other

    def __le__(self, other: Int | int) -> Register:
        return self.builder.less_equal(self.register, self._of(other))

    def __lt__(self, other: Int | int) -> Register:
        return self.builder.less(self.register, self._of(other))

    def __ge__(self, other: Int | int) -> Register:
        return self.builder.greater_equal(self.register, self._of(other))

    def is_(self, other: Int | int) -> Register:
        """Return whether the two are equal, as a bool register."""
        return self.builder.equal(self.register, self._of(other))

    def at_most(self, other: Int | int) -> Int:
        """Return the lesser of the two."""
        return choose(self <= other, self, other)

    def at_least(self, other: Int | int) -> Int:
        """Return the greater of the two."""
        return choose(self >= other, self, other)


def integer(b: KernelBuilder, value: int) -> Int:
    """Return a number as an Int."""
    return Int(b, b.constant("int64", value))


def choose(condition: Register, x: Int, y: Int | int) -> Int:
    """Return x where the condition holds, else y."""
    other = y if isinstance(y, Int) else integer(x.builder, y)
    return Int(x.builder, x.builder.select(condition, x.register, other.register))


def each(lower: Int, upper: Int, step: Int | int, body: Callable[[Int], None]) -> None:
    """Run body(i) for i in range(lower, upper, step)."""
    b = lower.builder
    by = step if isinstance(step, Int) else integer(b, step)

    def turn(i: Register, _: list[Register]) -> list[Register]:
        body(Int(b, i))
        return []

    b.loop(lower.register, upper.register, by.register, [], turn)


def each_whole(lower: Int, upper: Int, step: int, body: Callable[[Int], object]) -> Int:
    """Run body(i) as `each`, while a whole step is left; return where it stopped."""
    b = lower.builder

    def turn(i: Register, _: list[Register]) -> list[Register]:
        body(Int(b, i))
        return [(Int(b, i) + step).register]

    last = upper - (step - 1)
    (end,) = b.loop(
        lower.register, last.register, b.constant("int64", step), [lower.register], turn
    )
    return Int(b, end)


class Matrix(Struct, frozen=True, eq=False):
    """Elements of one dtype at pointer + i * row + j * column."""

    pointer: Register
    dtype: str
    row: Int
    column: Int

    def at(self, i: Int, j: Int) -> Register:
        """Return the address of an element."""
        return self.row.builder.offset(
            self.pointer, self.dtype, (i * self.row + j * self.column).register
        )

    def part(self, i: Int, j: Int) -> Matrix:
        """Return the matrix that begins at an element."""
        return Matrix(self.at(i, j), self.dtype, self.row, self.column)

    def arguments(self) -> tuple[Register, Register, Register]:
        """Return what a function of the generated code takes for a matrix."""
        return self.pointer, self.row.register, self.column.register


def along_lanes(
    n: Int, lanes: int, wide_masks: bool, body: Callable[[Int, Register | None], None]
) -> None:
    """Run body(j, mask) over range(n), `lanes` at a time; the mask leaves out what is past n.

    With `wide_masks` (masks that cost nothing) there is one body, else one without a mask and one
    for the rest.
    """
    b, zero = n.builder, integer(n.builder, 0)
    if not lanes:
        each(zero, n, 1, lambda j: body(j, None))
    elif wide_masks:
        each(zero, n, lanes, lambda j: body(j, mask_below(n - j, lanes)))
    else:
        end = each_whole(zero, n, lanes, lambda j: body(j, None))
        b.when(end < n, lambda: body(end, mask_below(n - end, lanes)))


def mask_below(count: Int, lanes: int) -> Register:
    """Return which lanes have an index below a size, compared as int32: half as wide."""
    b = count.builder
    few = b.cast(count.at_most(lanes).register, "int32")
    return b.less(b.lane_index(lanes, "int32"), b.splat(few, lanes))
