"""Inverse trigonometric functions."""

from __future__ import annotations

from math import inf

from symc.compiler.codegen.math.coefficients import ASIN, ATAN, QUARTER_PI
from symc.compiler.codegen.math.format import polynomial
from symc.compiler.codegen.math.number import Number, fma, select, sqrt
from symc.compiler.codegen.math.pair import quick_sum

EDGE = 0.5
"""Up to which tangent the polynomial serves."""


def _quarters(k: Number | float, like: Number) -> tuple[Number, Number]:
    """Return k * pi / 4 in two parts, for k from 0 to 4."""
    high, low = QUARTER_PI[like.dtype]
    k = k if isinstance(k, Number) else like.like(k)
    return k * high, k * low


def _of_half(x: Number) -> tuple[Number, Number, Number]:
    """Return whether |x| > 1/2, and s with asin(s) = s + rest: |x| or sqrt((1 - |x|) / 2)."""
    a = abs(x)
    is_large = a > 0.5
    z = select(is_large, (1.0 - a) * 0.5, a * a)
    s = select(is_large, sqrt(z), a)
    return is_large, s, s * z * polynomial(z, ASIN[x.dtype])


def asin(x: Number) -> Number:
    """Return the arc sine; about 1.1 ulp."""
    is_large, s, rest = _of_half(x)
    high, low = _quarters(2.0, x)
    near = quick_sum(high, -(s + s))
    large = near.high - (((rest + rest) - low) - near.low)
    return select(is_large, large, s + rest).signed_as(x)


def acos(x: Number) -> Number:
    """Return the arc cosine; about 1.1 ulp."""
    is_large, s, rest = _of_half(x)
    high, low = _quarters(2.0, x)
    y = s + rest
    small = high - (y.flipped_with(x) - low)
    all_high, all_low = _quarters(4.0, x)
    double = y + y
    large = select(x < 0.0, all_high - (double - all_low), double)
    return select(is_large, large, small)


def _arctangent(t: Number) -> Number:
    """Return atan(t) for |t| <= 1/2."""
    z = t * t
    return fma(t * z, polynomial(z, ATAN[t.dtype]), t)


def atan(x: Number) -> Number:
    """Return the arc tangent; about 1.7 ulp."""
    a = abs(x)
    is_steep, is_middle = a > 1.0 / EDGE, a > EDGE
    numerator = select(is_steep, -1.0, select(is_middle, a - 1.0, a))
    denominator = select(is_steep, a, select(is_middle, a + 1.0, 1.0))
    quarters = select(is_steep, 2.0, select(is_middle, x.like(1.0), 0.0))
    high, low = _quarters(quarters, x)
    return (high + (low + _arctangent(numerator / denominator))).signed_as(x)


def atan2(y: Number, x: Number) -> Number:
    """Return the angle of the point (x, y), as C does for zeros and infinities; about 1.7 ulp."""
    scale = select((abs(x) > 2.0**125) | (abs(y) > 2.0**125), x.like(0.25), 1.0)
    a, c = abs(y) * scale, abs(x) * scale
    is_steep = a > c
    low, high = select(is_steep, c, a), select(is_steep, a, c)
    both_infinite = low.equals(inf)
    is_middle = (low > high * EDGE) | both_infinite
    numerator = select(is_middle, low - high, low)
    denominator = select(is_middle, low + high, high)
    t = select(both_infinite | high.equals(0.0), 0.0, numerator / denominator)
    quarters = select(is_middle, x.like(1.0), 0.0)
    quarters = select(is_steep, 2.0 - quarters, quarters)
    angle = _arctangent(t)
    angle = select(is_steep, -angle, angle)
    is_left = (x.bits() >> (x.register.bits - 1)).equals(1)  # -0 too lies left
    quarters = select(is_left, 4.0 - quarters, quarters)
    angle = select(is_left, -angle, angle)
    whole, part = _quarters(quarters, x)
    result = (whole + (part + angle)).signed_as(y)
    return select(x.is_nan() | y.is_nan(), x + y, result)
