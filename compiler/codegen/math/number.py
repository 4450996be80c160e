"""Registers with Python's operators, so that the elementary functions read as formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from symc.compiler.codegen.register import Register, integer_of

if TYPE_CHECKING:
    from symc.compiler.codegen.builder import KernelBuilder


class Number(Struct, frozen=True, eq=False):
    """A register and its builder; the other operand may be a Python number.

    Comparisons give bools; `==` stays Python's, so equality is the method `equals`.
    """

    builder: KernelBuilder
    register: Register

    @property
    def dtype(self) -> str:
        """Return the register's dtype."""
        return self.register.dtype

    def like(self, value: float) -> Number:
        """Return a constant of the same type."""
        return self._of(self.builder.constant(self.dtype, value, self.register.lanes))

    def _of(self, register: Register) -> Number:
        return Number(self.builder, register)

    def _with(self, operation: Callable[..., Register], other: Number | float) -> Number:
        other = other if isinstance(other, Number) else self.like(other)
        return self._of(operation(self.register, other.register))

    def __add__(self, other: Number | float) -> Number:
        return self._with(self.builder.add, other)

    def __sub__(self, other: Number | float) -> Number:
        return self._with(self.builder.subtract, other)

    def __rsub__(self, other: float) -> Number:
        return self.like(other) - self

    def __mul__(self, other: Number | float) -> Number:
        return self._with(self.builder.multiply, other)

    def __truediv__(self, other: Number | float) -> Number:
        return self._with(self.builder.divide, other)

    def __rtruediv__(self, other: float) -> Number:
        return self.like(other) / self

    def __neg__(self) -> Number:
        return self._of(self.builder.negate(self.register))

    def __abs__(self) -> Number:
        return self._of(self.builder.absolute(self.register))

    def __and__(self, other: Number | int) -> Number:
        return self._with(self.builder.bit_and, other)

    def __or__(self, other: Number | int) -> Number:
        return self._with(self.builder.bit_or, other)

    def __xor__(self, other: Number | int) -> Number:
        return self._with(self.builder.bit_xor, other)

    def __invert__(self) -> Number:
        return self._of(self.builder.bit_not(self.register))

    def __lshift__(self, amount: int) -> Number:
        return self._of(self.builder.shift_left_by(self.register, amount))

    def __rshift__(self, amount: int) -> Number:
        """Shift right without copying the sign, which not every target has for int64 lanes."""
        return self._of(self.builder.shift_right_logically(self.register, amount))

    def __lt__(self, other: Number | float) -> Number:
        return self._with(self.builder.less, other)

    def __le__(self, other: Number | float) -> Number:
        return self._with(self.builder.less_equal, other)

    def __gt__(self, other: Number | float) -> Number:
        return self._with(self.builder.greater, other)

    def __ge__(self, other: Number | float) -> Number:
        return self._with(self.builder.greater_equal, other)

    def equals(self, other: Number | float) -> Number:
        """Return whether both are equal."""
        return self._with(self.builder.equal, other)

    def is_nan(self) -> Number:
        """Return whether it is NaN."""
        return self._of(self.builder.is_nan(self.register))

    def signed_as(self, other: Number) -> Number:
        """Return its magnitude with another's sign."""
        return self._with(self.builder.copysign, other)

    def flipped_with(self, other: Number) -> Number:
        """Return it with its sign turned over where another's is set."""
        sign = other.bits() & -(1 << (self.register.bits - 1))
        return (self.bits() ^ sign).as_float()

    def bits(self) -> Number:
        """Return a float's bits as a signed integer."""
        return self._of(self.builder.bitcast(self.register, integer_of(self.dtype)))

    def as_float(self) -> Number:
        """Return the float that has these bits."""
        return self._of(self.builder.bitcast(self.register, f"float{self.register.bits}"))

    def to(self, dtype: str) -> Number:
        """Return it converted."""
        return self._of(self.builder.cast(self.register, dtype))


def fma(x: Number, y: Number | float, z: Number | float) -> Number:
    """Return x * y + z, rounded once where the target can."""
    b = x.builder
    y = y if isinstance(y, Number) else x.like(y)
    z = z if isinstance(z, Number) else x.like(z)
    return Number(b, b.fma(x.register, y.register, z.register))


def select(condition: Number, x: Number | float, y: Number | float) -> Number:
    """Return x where the condition holds, else y; one of both must be a register."""
    if not isinstance(x, Number):
        assert isinstance(y, Number)
        x = y.like(x)
    y = y if isinstance(y, Number) else x.like(y)
    return Number(x.builder, x.builder.select(condition.register, x.register, y.register))


def sqrt(x: Number) -> Number:
    """Return the square root, correctly rounded."""
    return Number(x.builder, x.builder.sqrt(x.register))


def clamp(x: Number, lower: float | None, upper: float | None) -> Number:
    """Return x kept between two numbers; NaN stays NaN."""
    if upper is not None:
        x = select(x > upper, upper, x)
    return x if lower is None else select(x < lower, lower, x)


def rint(x: Number) -> Number:
    """Return x rounded to nearest, ties to even."""
    return Number(x.builder, x.builder.rint(x.register))


def floor(x: Number) -> Number:
    """Return x rounded down to a whole number."""
    return Number(x.builder, x.builder.floor(x.register))
