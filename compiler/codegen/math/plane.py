"""The distance of a point of the plane from 0, and its logarithm."""

from __future__ import annotations

import math

from symc.compiler.codegen.math.logarithm import log, log1p
from symc.compiler.codegen.math.number import Number, fma, select, sqrt
from symc.compiler.codegen.math.pair import two_product, two_sum

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
    """Return log(hypot(x, y)); at most 2.3 ulp, also where the point is near the unit circle."""
    if x.dtype == "float32":
        return _endless(x, y, _log_hypot(x.to("float64"), y.to("float64")).to("float32"))
    return _endless(x, y, _log_hypot(x, y))


def _log_hypot(x: Number, y: Number) -> Number:
    scale, _, power = _scales(x, y)
    u, v = x * scale, y * scale
    squares = fma(u, u, v * v)
    far = log(squares) * 0.5 + power * math.log(2)
    near = log1p(_less_one(x, y)) * 0.5
    beside = (squares > 0.5) & (squares < 2.0) & power.equals(0.0)
    return select(beside, near, far)


def _less_one(x: Number, y: Number) -> Number:
    """Return x * x + y * y - 1 to about twice the digits, where that is near 0."""
    x, y = abs(x), abs(y)
    wide = x > y
    large = two_product(select(wide, x, y), select(wide, x, y))
    small = two_product(select(wide, y, x), select(wide, y, x))
    rest = two_sum(large.high, large.high.like(-1.0))
    total = two_sum(rest.high, small.high)
    return total.high + (total.low + (rest.low + (large.low + small.low)))


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
