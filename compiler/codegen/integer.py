"""Integer operations without undefined cases, written on the builder's instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symc.compiler.codegen.register import Register, integer_of, limits, unsigned_of

if TYPE_CHECKING:
    from symc.compiler.codegen.builder import KernelBuilder


EXACT_IN = {8: "float32", 16: "float32", 32: "float64"}
"""The float that holds integers of so many bits, and whose quotients of them round down right.

Two quotients that differ by a whole number's distance differ by more than a float's last digit.
"""


def floor_divide(b: KernelBuilder, x: Register, y: Register) -> Register:
    """Divide rounding down; x / 0 is 0 and the least number / -1 wraps to itself."""
    zero = b.constant(x.dtype, 0, x.lanes)
    by_zero = b.equal(y, zero)
    if _is_faster_in_floats(b, x, y):
        return b.select(by_zero, zero, _divide_in_lanes(b, x, _safe_divisor(b, x, y, by_zero)))
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
    if _is_faster_in_floats(b, x, y):
        safe = _safe_divisor(b, x, y, by_zero)
        quotient = _divide_in_lanes(b, x, safe)
        return b.select(by_zero, zero, b.emit("sub", x, b.emit("mul", quotient, safe)))
    if x.kind == "unsigned":
        safe = b.select(by_zero, b.constant(x.dtype, 1, x.lanes), y)
        quotient = b.emit("udiv", x, safe)
        return b.select(by_zero, zero, b.emit("sub", x, b.emit("mul", quotient, safe)))
    _, rest, correct = _signed_division(b, x, y, by_zero)
    return b.select(by_zero, zero, b.select(correct, b.emit("add", rest, y), rest))


def _is_faster_in_floats(b: KernelBuilder, x: Register, y: Register) -> bool:
    """Tell whether to divide as floats; by constants LLVM multiplies."""
    return x.lanes > 0 and x.bits in EXACT_IN and not b.is_constant(y)


def _divide_in_lanes(b: KernelBuilder, x: Register, y: Register) -> Register:
    """Divide rounding down, as floats: processors divide no integers side by side."""
    dtype = EXACT_IN[x.bits]
    whole = b.floor(b.divide(b.cast(x, dtype), b.cast(y, dtype)))
    if x.bits == 32:
        return b.emit("fptosi" if x.kind == "signed" else "fptoui", whole, dtype=x.dtype)
    return b.cast(b.emit("fptosi", whole, dtype="int32"), x.dtype)


def _safe_divisor(b: KernelBuilder, x: Register, y: Register, by_zero: Register) -> Register:
    """Return y, or 1 where it is 0 or the quotient would not fit, which x / 1 is then."""
    one = b.constant(x.dtype, 1, x.lanes)
    if x.kind == "unsigned":
        return b.select(by_zero, one, y)
    least = b.constant(x.dtype, limits(x.dtype)[0], x.lanes)
    wraps = b.bit_and(b.equal(y, b.constant(x.dtype, -1, x.lanes)), b.equal(x, least))
    return b.select(b.bit_or(by_zero, wraps), one, y)


def _signed_division(
    b: KernelBuilder, x: Register, y: Register, by_zero: Register
) -> tuple[Register, Register, Register]:
    """Return the quotient towards zero, its rest, and whether flooring must step down by one."""
    zero = b.constant(x.dtype, 0, x.lanes)
    safe = _safe_divisor(b, x, y, by_zero)
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
