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
LONGEST = (1 << 52) - 1
"""The largest number of 64 bits that is divided as float64."""


def floor_divide(b: KernelBuilder, x: Register, y: Register) -> Register:
    """Divide rounding down; x / 0 is 0 and the least number / -1 wraps to itself."""
    zero = b.constant(x.dtype, 0, x.lanes)
    by_zero = b.equal(y, zero)
    return b.select(by_zero, zero, _quotient(b, x, y, _safe_divisor(b, x, y, by_zero)))


def remainder(b: KernelBuilder, x: Register, y: Register) -> Register:
    """Return x - floor_divide(x, y) * y, which has y's sign; x modulo 0 is 0."""
    zero = b.constant(x.dtype, 0, x.lanes)
    by_zero = b.equal(y, zero)
    safe = _safe_divisor(b, x, y, by_zero)
    product = b.emit("mul", _quotient(b, x, y, safe), safe)
    return b.select(by_zero, zero, b.emit("sub", x, product))


def _safe_divisor(b: KernelBuilder, x: Register, y: Register, by_zero: Register) -> Register:
    """Return y, or 1 where it is 0 or the quotient would not fit, which x / 1 is then."""
    one = b.constant(x.dtype, 1, x.lanes)
    if x.kind == "unsigned":
        return b.select(by_zero, one, y)
    least = b.constant(x.dtype, limits(x.dtype)[0], x.lanes)
    wraps = b.bit_and(b.equal(y, b.constant(x.dtype, -1, x.lanes)), b.equal(x, least))
    return b.select(b.bit_or(by_zero, wraps), one, y)


def _quotient(b: KernelBuilder, x: Register, y: Register, safe: Register) -> Register:
    """Divide rounding down by what makes y safe, in the way that is fastest for y."""
    if not x.lanes:
        return _divide(b, x, safe)
    if x.bits == 64:
        fast = x.kind == "signed" and b.target.has_avx512
        return _divide_long(b, x, safe) if fast else _divide(b, x, safe)
    if not b.is_constant(y):
        return _divide_as_floats(b, x, safe)
    # LLVM multiplies instead.
    return _divide(b, x, safe) if x.kind == "unsigned" else _divide_by_constant(b, x, y, safe)


def _divide(b: KernelBuilder, x: Register, y: Register) -> Register:
    """Divide rounding down."""
    if x.kind == "unsigned":
        return b.emit("udiv", x, y)
    zero, one = (b.constant(x.dtype, value, x.lanes) for value in (0, 1))
    quotient = b.emit("sdiv", x, y)
    rest = b.emit("sub", x, b.emit("mul", quotient, y))
    signs_differ = b.less(b.bit_xor(rest, y), zero)
    correct = b.bit_and(b.not_equal(rest, zero), signs_differ)
    return b.select(correct, b.emit("sub", quotient, one), quotient)


def _divide_by_constant(b: KernelBuilder, x: Register, y: Register, safe: Register) -> Register:
    """Divide by a number that LLVM knows, so that one of both ways is left of it."""
    is_positive = b.greater(y, b.constant(y.dtype, 0, y.lanes))
    positive = b.select(is_positive, y, b.constant(y.dtype, 1, y.lanes))
    return b.select(is_positive, _divide_by_positive(b, x, positive), _divide(b, x, safe))


def _divide_by_positive(b: KernelBuilder, x: Register, y: Register) -> Register:
    """Divide rounding down: of a negative x the complement, which then is the quotient's."""
    dtype, unsigned = x.dtype, unsigned_of(x.dtype)
    sign = b.shift_right_by(x, x.bits - 1)
    # The mask changes nothing, but lets LLVM know that the sign is clear, for shorter products.
    most = b.constant(dtype, limits(dtype)[1], x.lanes)
    magnitude = b.bitcast(b.bit_and(b.bit_xor(x, sign), most), unsigned)
    quotient = b.bitcast(b.emit("udiv", magnitude, b.bitcast(y, unsigned)), dtype)
    return b.bit_xor(quotient, sign)


def _divide_as_floats(b: KernelBuilder, x: Register, y: Register) -> Register:
    """Divide rounding down, as floats: processors divide no integers side by side."""
    dtype = EXACT_IN[x.bits]
    whole = b.floor(b.divide(b.cast(x, dtype), b.cast(y, dtype)))
    if x.bits == 32:
        return b.emit("fptosi" if x.kind == "signed" else "fptoui", whole, dtype=x.dtype)
    return b.cast(b.emit("fptosi", whole, dtype="int32"), x.dtype)


def _divide_long(b: KernelBuilder, x: Register, y: Register) -> Register:
    """Divide rounding down, as floats where those hold all lanes of both."""
    most = b.constant(x.dtype, LONGEST, x.lanes)
    size = b.bit_or(*(b.bit_xor(z, b.shift_right_by(z, x.bits - 1)) for z in (x, y)))
    some = b.horizontal("bit_or", b.greater(size, most))

    def as_floats() -> list[Register]:
        quotient = b.divide(b.cast(x, "float64"), b.cast(y, "float64"))
        return [b.emit("fptosi", b.floor(quotient), dtype=x.dtype)]

    (chosen,) = b.when(some, lambda: [_divide(b, x, y)], as_floats)
    return chosen


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
