"""Integer operations without undefined cases, written on the builder's instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symc.compiler.codegen.register import Register, integer_of, limits, unsigned_of

if TYPE_CHECKING:
    from symc.compiler.codegen.builder import KernelBuilder


def floor_divide(b: KernelBuilder, x: Register, y: Register) -> Register:
    """Divide rounding down; x / 0 is 0 and the least number / -1 wraps to itself."""
    zero = b.constant(x.dtype, 0, x.lanes)
    by_zero = b.equal(y, zero)
    if x.kind == "unsigned":
        safe = b.select(by_zero, b.constant(x.dtype, 1, x.lanes), y)
        return b.select(by_zero, zero, b.emit("udiv", x, safe))
    quotient, _, correct = _signed_division(b, x, y, by_zero)
    one = b.constant(x.dtype, 1, x.lanes)
    floored = b.select(correct, b.emit("sub", quotient, one), quotient)
    return b.select(by_zero, zero, floored)


def remainder(b: KernelBuilder, x: Register, y: Register) -> Register:
    """Return x - floor_divide(x, y) * y, which has y's sign; x modulo 0 is 0."""
    zero = b.constant(x.dtype, 0, x.lanes)
    by_zero = b.equal(y, zero)
    if x.kind == "unsigned":
        safe = b.select(by_zero, b.constant(x.dtype, 1, x.lanes), y)
        quotient = b.emit("udiv", x, safe)
        return b.select(by_zero, zero, b.emit("sub", x, b.emit("mul", quotient, safe)))
    _, rest, correct = _signed_division(b, x, y, by_zero)
    return b.select(by_zero, zero, b.select(correct, b.emit("add", rest, y), rest))


def _signed_division(
    b: KernelBuilder, x: Register, y: Register, by_zero: Register
) -> tuple[Register, Register, Register]:
    """Return the quotient towards zero, its rest, and whether flooring must step down by one."""
    zero, one, minus = (b.constant(x.dtype, k, x.lanes) for k in (0, 1, -1))
    least = b.constant(x.dtype, limits(x.dtype)[0], x.lanes)
    wraps = b.bit_and(b.equal(y, minus), b.equal(x, least))
    safe = b.select(b.bit_or(by_zero, wraps), one, y)  # least / 1 is what least / -1 wraps to
    quotient = b.emit("sdiv", x, safe)
    rest = b.emit("sub", x, b.emit("mul", quotient, safe))
    signs_differ = b.less(b.bit_xor(rest, y), zero)
    return quotient, rest, b.bit_and(b.not_equal(rest, zero), signs_differ)


def shift_left(b: KernelBuilder, x: Register, y: Register) -> Register:
    """Shift left; amounts outside 0..bits-1 shift everything out, as in NumPy."""
    inside, amount = _amount(b, x, y)
    return b.select(inside, b.emit("shl", x, amount), b.constant(x.dtype, 0, x.lanes))


def shift_right(b: KernelBuilder, x: Register, y: Register) -> Register:
    """Shift right by x's signedness; amounts outside 0..bits-1 leave only the sign, as in NumPy."""
    inside, amount = _amount(b, x, y)
    if x.kind == "unsigned":
        return b.select(inside, b.emit("lshr", x, amount), b.constant(x.dtype, 0, x.lanes))
    last = b.constant(x.dtype, x.bits - 1, x.lanes)
    return b.emit("ashr", x, b.select(inside, amount, last))


def _amount(b: KernelBuilder, x: Register, y: Register) -> tuple[Register, Register]:
    """Return whether the shift by y is a defined one, and y or 0."""
    unsigned = unsigned_of(x.dtype)
    width = b.constant(unsigned, x.bits, x.lanes)
    inside = b.less(b.bitcast(y, unsigned), width)
    return inside, b.select(inside, y, b.constant(x.dtype, 0, x.lanes))


def absolute(b: KernelBuilder, x: Register) -> Register:
    """Return |x|; the least number stays itself."""
    negative = b.less(x, b.constant(x.dtype, 0, x.lanes))
    return b.select(negative, b.negate(x), x)


def magnitude_bits(b: KernelBuilder, x: Register) -> Register:
    """Return the bits of a float with its sign cleared, as a signed integer."""
    dtype = integer_of(x.dtype)
    return b.bit_and(b.bitcast(x, dtype), b.constant(dtype, limits(dtype)[1], x.lanes))
