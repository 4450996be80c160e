"""The distance of a point of the plane from 0, and its logarithm."""

from __future__ import annotations

import math

from symc.compiler.codegen.math.logarithm import log_of_parts, normalised_pair, outside
from symc.compiler.codegen.math.number import Number, fma, select, sqrt
from symc.compiler.codegen.math.pair import Pair, two_product, two_sum

LARGE, SMALL, SCALE = 2.0**510, 2.0**-459, 600
"""Ends between which squares of float64 neither overflow nor lose digits; beyond, a scale."""


def hypot(x: Number, y: Number) -> Number:
    """Return sqrt(x * x + y * y); about 1 ulp. An infinity outweighs a NaN."""
    if x.dtype == "float32":
        u, v = x.to("float64"), y.to("float64")
        return _endless(x, y, sqrt(fma(u, u, v * v)).to("float32"))
    scale, back, _ = _scales(x, y)
    u, v = x * scale, y * scale
    return _endless(x, y, sqrt(fma(u, u, v * v)) * back)


def log_hypot(x: Number, y: Number) -> Number:
    """Return log(hypot(x, y)); about 1.4 ulp, also where the point is near the unit circle."""
    if x.dtype == "float32":
        u, v = x.to("float64"), y.to("float64")
        return _endless(x, y, _half_log(two_sum(u * u, v * v), u.like(0.0)).to("float32"))
    scale, _, power = _scales(x, y)
    return _endless(x, y, _half_log(_sum_of_squares(x * scale, y * scale), power))


def _half_log(square: Pair, power: Number) -> Number:
    """Return half the logarithm of a number that 4**-power was multiplied by."""
    k, m, lost = normalised_pair(square)
    half = log_of_parts(power + power + k, m - 1.0 + lost) * 0.5
    return outside(square.high, half)


def _sum_of_squares(x: Number, y: Number) -> Pair:
    """Return x * x + y * y to about twice the digits."""
    one, other = two_product(x, x), two_product(y, y)
    total = two_sum(one.high, other.high)
    return Pair(total.high, total.low + (one.low + other.low))


def _scales(x: Number, y: Number) -> tuple[Number, Number, Number]:
    """Return what to multiply by, what undoes it, and its logarithm to base 2."""
    a, b = abs(x), abs(y)
    size = select(a > b, a, b)
    large, small = size > LARGE, size < SMALL

    def by(above: float, between: float, below: float) -> Number:
        return select(large, above, select(small, size.like(below), between))

    up, down = 2.0**SCALE, 2.0**-SCALE
    return by(down, 1.0, up), by(up, 1.0, down), by(SCALE, 0.0, -SCALE)


def _endless(x: Number, y: Number, value: Number) -> Number:
    infinite = abs(x).equals(math.inf) | abs(y).equals(math.inf)
    return select(infinite, math.inf, value)
