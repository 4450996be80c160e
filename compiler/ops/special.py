"""The error function, its complement, and the inverses of both."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from symc.compiler import promotion
from symc.compiler.families import pointwise
from symc.compiler.op import Op
from symc.compiler.ops.exponential import exp
from symc.compiler.ops.formula import Functions, body_of, reference_of


def _each(function: Callable[[float], float]) -> Callable[[Any], Any]:
    """Make a function of one float one of arrays, computed in float64."""

    def reference(x: Any) -> Any:
        x = np.asarray(x)
        values = [function(float(element)) for element in x.ravel()]
        return np.array(values, dtype="float64").reshape(x.shape).astype(x.dtype)

    return reference


def _bell(x: Any) -> Any:
    """Return the derivative of erf."""
    return 2 / math.sqrt(math.pi) * exp(-(x * x))


erf = pointwise(
    "erf",
    _each(math.erf),
    lambda b, x: b.math("erf", x),
    lambda y, x: (_bell(x),),
    promotion.real_float,
    doc="Return the error function, 2/sqrt(pi) times the integral of exp(-t t) from 0 to x.",
)
erfc = pointwise(
    "erfc",
    _each(math.erfc),
    lambda b, x: b.math("erfc", x),
    lambda y, x: (-_bell(x),),
    promotion.real_float,
    doc="Return 1 - erf(x), exact where erf is near 1.",
)


FAR = 20.0
"""From here on the asymptotic series of erfcx has all digits; erfc underflows at 26."""
HALVES = 2.0**27 + 1.0
"""Splits a float64 into halves whose squares are exact (Dekker 1971)."""


def _erfcx(f: Functions, x: Any) -> Any:
    """Return exp(x x) erfc(x); the digits that rounding takes from x x are put back."""
    a = f.select(abs(x) <= FAR, x, 1.0)
    a = f.select(x < -FAR, f.select(x < -27.0, -27.0, x), a)
    high = a * HALVES - (a * HALVES - a)
    square = f.exp(high * high) * f.exp((a - high) * (a + high))
    near = square * f.erfc(a)
    b = f.select(x > FAR, x, FAR)
    w = f.like(x, -0.5) / (b * b)
    series = f.like(x, 1.0)
    for k in range(9, 0, -1):
        series = series * w * (2.0 * k - 1.0) + 1.0
    far = series / (b * math.sqrt(math.pi))
    value = f.select(x > FAR, far, f.select(x < -26.7, near + math.inf, near))
    return f.select(abs(x) >= 0.0, value, x)


erfcx: Op = pointwise(
    "erfcx",
    reference_of(_erfcx),
    body_of(_erfcx),
    lambda y, x: (2 * x * y - 2 / math.sqrt(math.pi),),
    promotion.real_float,
    doc="Return exp(x x) erfc(x), which does not underflow.",
)


def _solve(f: Functions, a: Any, c: Any) -> Any:
    """Return x, not negative, with erf(x) = a and erfc(x) = c.

    Winitzki's guess (2008), which errs by 0.2 %, refined by Halley's method: on erf for small a,
    and on erfc for the others, where a has lost the digits that c has.
    """
    w = f.log(c * (2.0 - c))
    t = w * 0.5 + 2 / (math.pi * 0.147)
    guess = f.sqrt(f.sqrt(t * t - w / 0.147) - t)
    x = f.select(a < 0.5, a * (a * a * 0.232013666534654 + 0.886226925452758), guess)
    for _ in range(4):
        error = f.select(a < 0.5, f.erf(x) - a, c - f.erfc(x))
        step = error / f.exp(-(x * x)) * (math.sqrt(math.pi) / 2)
        x = x - step / (x * step + 1.0)
    return f.select(c > 0.0, x, f.select(c < 0.0, math.nan, c + math.inf))


def _erfinv(f: Functions, y: Any) -> Any:
    x = _solve(f, abs(y), 1.0 - abs(y))
    return f.select(y < 0.0, -x, x)


def _erfcinv(f: Functions, y: Any) -> Any:
    small = f.select(y > 1.0, 2.0 - y, y)
    x = _solve(f, 1.0 - small, small)
    return f.select(y > 1.0, -x, x)


def _inverse_bell(x: Any) -> Any:
    """Return the derivative of erfinv where its value is x."""
    return math.sqrt(math.pi) / 2 * exp(x * x)


erfinv = pointwise(
    "erfinv",
    reference_of(_erfinv),
    lambda b, x: b.math("erfinv", x),
    lambda x, y: (_inverse_bell(x),),
    promotion.real_float,
    doc="Return the number whose error function is given; NaN outside -1..1.",
)
erfcinv = pointwise(
    "erfcinv",
    reference_of(_erfcinv),
    lambda b, x: b.math("erfcinv", x),
    lambda x, y: (-_inverse_bell(x),),
    promotion.real_float,
    doc="Return the number whose complementary error function is given; NaN outside 0..2.",
)
