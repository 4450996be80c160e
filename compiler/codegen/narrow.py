"""float16 and bfloat16 to and from float32 by integer operations, the same bits on every target.

Hardware has these conversions only in part; without it LLVM would call a library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symc.compiler.codegen.register import Register

if TYPE_CHECKING:
    from symc.compiler.codegen.builder import KernelBuilder

INFINITY = 0x7F800000  # bits of float32
SIGN = 0x80000000


def widen(b: KernelBuilder, x: Register) -> Register:
    """Return a narrow float as the float32 of the same value."""
    bits = b.cast(b.bitcast(x, "uint16"), "uint32")
    if x.dtype == "bfloat16":
        return b.bitcast(b.shift_left_by(bits, 16), "float32")
    return _widen_half(b, bits)


def _widen_half(b: KernelBuilder, bits: Register) -> Register:
    def word(value: int) -> Register:
        return b.constant("uint32", value, bits.lanes)

    magnitude = b.shift_left_by(b.bit_and(bits, word(0x7FFF)), 13)
    exponent = b.bit_and(magnitude, word(0x7C00 << 13))
    normal = b.add(magnitude, word((127 - 15) << 23))
    special = b.add(normal, word((128 - 16) << 23))
    # A subnormal has no hidden one: read it beside one and subtract that one again.
    beside = b.bitcast(b.add(normal, word(1 << 23)), "float32")
    subnormal = b.subtract(beside, b.constant("float32", 2.0**-14, bits.lanes))
    result = b.select(b.equal(exponent, word(0x7C00 << 13)), special, normal)
    result = b.select(b.equal(exponent, word(0)), b.bitcast(subnormal, "uint32"), result)
    sign = b.shift_left_by(b.bit_and(bits, word(0x8000)), 16)
    return b.bitcast(b.bit_or(result, sign), "float32")


def shorten(b: KernelBuilder, x: Register, dtype: str) -> Register:
    """Return a float32 rounded to nearest even as float16 or bfloat16; NaN stays a quiet NaN."""
    bits = b.bitcast(x, "uint32")
    result = _shorten_half(b, bits) if dtype == "float16" else _shorten_brain(b, bits)
    return b.bitcast(b.cast(result, "uint16"), dtype)


def absolute(b: KernelBuilder, x: Register) -> Register:
    """Return a narrow float with its sign cleared."""
    others = b.constant("uint16", 0x7FFF, x.lanes)
    return b.bitcast(b.bit_and(b.bitcast(x, "uint16"), others), x.dtype)


def _shorten_half(b: KernelBuilder, bits: Register) -> Register:
    def word(value: int) -> Register:
        return b.constant("uint32", value, bits.lanes)

    sign = b.bit_and(bits, word(SIGN))
    magnitude = b.bit_xor(bits, sign)
    is_nan = b.greater(magnitude, word(INFINITY))
    special = b.select(is_nan, word(0x7E00), word(0x7C00))
    # Adding 0.5 leaves a float whose last bit is float16's least subnormal: it rounds for us.
    magic = b.constant("float32", 0.5, bits.lanes)
    beside = b.add(b.bitcast(magnitude, "float32"), magic)
    subnormal = b.subtract(b.bitcast(beside, "uint32"), b.bitcast(magic, "uint32"))
    odd = b.bit_and(b.shift_right_by(magnitude, 13), word(1))
    rebias = ((15 - 127) << 23) & 0xFFFFFFFF
    rounded = b.add(b.add(magnitude, word((rebias + 0xFFF) & 0xFFFFFFFF)), odd)
    normal = b.shift_right_by(rounded, 13)
    result = b.select(b.less(magnitude, word(113 << 23)), subnormal, normal)
    result = b.select(b.less(magnitude, word((127 + 16) << 23)), result, special)
    return b.bit_or(result, b.shift_right_by(sign, 16))


def _shorten_brain(b: KernelBuilder, bits: Register) -> Register:
    def word(value: int) -> Register:
        return b.constant("uint32", value, bits.lanes)

    high = b.shift_right_by(bits, 16)
    odd = b.bit_and(high, word(1))
    rounded = b.shift_right_by(b.add(b.add(bits, word(0x7FFF)), odd), 16)
    is_nan = b.greater(b.bit_and(bits, word(SIGN - 1)), word(INFINITY))
    return b.select(is_nan, b.bit_or(high, word(0x40)), rounded)


def round_to_odd(b: KernelBuilder, x: Register) -> Register:
    """Return a float64 as float32, an inexact one as its odd neighbour.

    Rounding that to a float of at most 22 bits equals rounding x once (Boldo and Melquiond 2008).
    """
    nearest = b.cast(x, "float32")
    back = b.cast(nearest, "float64")
    larger = b.greater(b.absolute(back), b.absolute(x))
    inexact = b.bit_or(b.less(back, x), b.greater(back, x))  # false for NaN
    bits = b.bitcast(nearest, "uint32")
    one = b.constant("uint32", 1, x.lanes)
    towards_zero = b.select(larger, b.subtract(bits, one), bits)
    return b.bitcast(b.select(inexact, b.bit_or(towards_zero, one), bits), "float32")
