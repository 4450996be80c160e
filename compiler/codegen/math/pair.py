"""Unevaluated sums of two floats, for what needs more digits than one holds.

The error-free transformations are Dekker's and Knuth's; see Muller et al., Handbook of
Floating-Point Arithmetic, chapter 4.
"""

from __future__ import annotations

from msgspec import Struct

from symc.compiler.codegen.math.number import Number, fma

# Multiplying by 2**s + 1 splits a float into halves whose products are exact.
SPLITTER = {"float32": 2.0**12 + 1, "float64": 2.0**27 + 1}


class Pair(Struct, frozen=True, eq=False):
    """The sum high + low, low being at most half a unit in the last place of high."""

    high: Number
    low: Number

    def times(self, other: Pair) -> Pair:
        """Return the product, to about twice the digits of a float."""
        product = two_product(self.high, other.high)
        low = fma(self.high, other.low, product.low)
        return quick_sum(product.high, fma(self.low, other.high, low))


def two_sum(x: Number, y: Number) -> Pair:
    """Return x + y exactly."""
    high = x + y
    from_y = high - x
    return Pair(high, (x - (high - from_y)) + (y - from_y))


def quick_sum(x: Number, y: Number) -> Pair:
    """Return x + y exactly, where |x| >= |y| or x is 0."""
    high = x + y
    return Pair(high, y - (high - x))


def two_product(x: Number, y: Number) -> Pair:
    """Return x * y exactly, for numbers far from the ends of the range."""
    high = x * y
    if x.builder.target.has_fma:
        return Pair(high, fma(x, y, -high))
    x_high, x_low = _halves(x)
    y_high, y_low = _halves(y)
    rest = ((x_high * y_high - high) + x_high * y_low) + x_low * y_high
    return Pair(high, rest + x_low * y_low)


def left_by(x: Number, y: Number, z: Number) -> Number:
    """Return z - x * y exactly, where x is the quotient of z and y."""
    if x.builder.target.has_fma:
        return fma(-x, y, z)
    product = two_product(x, y)
    return (z - product.high) - product.low


def divided(x: Pair, y: Pair) -> Pair:
    """Return the quotient, to about twice the digits of a float; the divisor is not 0."""
    high = x.high / y.high
    rest = left_by(high, y.high, x.high) + (x.low - high * y.low)
    return Pair(high, rest / y.high)


def multiply_add(x: Number, y: Number, z: Number) -> Number:
    """Return x * y + z rounded about once, where z is the smaller, also without fma."""
    if x.builder.target.has_fma:
        return fma(x, y, z)
    product = two_product(x, y)
    return product.high + (product.low + z)


def _halves(x: Number) -> tuple[Number, Number]:
    scaled = x * SPLITTER[x.dtype]
    high = scaled - (scaled - x)
    return high, x - high
