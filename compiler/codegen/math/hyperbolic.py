"""Hyperbolic functions and their inverses."""

from __future__ import annotations

from math import log as natural_log
from math import nan

from symc.compiler.codegen.math.coefficients import SINH, TANH, TANH_PIECES
from symc.compiler.codegen.math.exponential import exp, exp_times
from symc.compiler.codegen.math.format import polynomial
from symc.compiler.codegen.math.logarithm import log1p
from symc.compiler.codegen.math.number import Number, clamp, fma, select, sqrt
from symc.compiler.codegen.math.table import half_octaves

# tanh is 1 to the last bit from here on.
ONE = {"float32": 9.015625, "float64": 22.0}
# From here on sqrt(x**2 + 1) is |x| to the last bit, and 1 + |x| has the logarithm of |x|.
LARGE = {"float32": 2.0**30, "float64": 2.0**60}


def tanh(x: Number) -> Number:
    """Return the hyperbolic tangent; about 1.4 ulp."""
    if x.dtype == "float64":
        return _tanh_by_exp(x)
    a = clamp(abs(x), None, ONE["float32"])
    y = half_octaves(a, TANH_PIECES["float32"])
    return select(a >= ONE["float32"], 1.0, y).signed_as(x)


def _tanh_by_exp(x: Number) -> Number:
    a = abs(x)
    z = x * x
    small = fma(polynomial(z, TANH[x.dtype]) * z, a, a)
    double = clamp(a, None, ONE[x.dtype])
    large = 1.0 - 2.0 / (exp(double + double) + 1.0)
    return select(a < 0.625, small, large).signed_as(x)


def sinh(x: Number) -> Number:
    """Return the hyperbolic sine; about 1.7 ulp."""
    a = abs(x)
    z = x * x
    small = fma(polynomial(z, SINH[x.dtype]) * z, a, a)
    half = exp_times(a, -1)
    return select(a < 1.0, small, half - 0.25 / half).signed_as(x)


def cosh(x: Number) -> Number:
    """Return the hyperbolic cosine; about 1.5 ulp."""
    half = exp_times(abs(x), -1)
    return half + 0.25 / half


def _log1p_or_double(is_large: Number, moderate: Number, large: Number) -> Number:
    """Return log(1 + moderate), or log(2 large) where that is meant, by one logarithm."""
    y = log1p(select(is_large, large, moderate))
    return y + select(is_large, y.like(natural_log(2.0)), 0.0)


def asinh(x: Number) -> Number:
    """Return the inverse of sinh; about 2 ulp."""
    a = abs(x)
    is_large = a > LARGE[x.dtype]
    moderate = a + a * a / (sqrt(fma(a, a, 1.0)) + 1.0)
    return _log1p_or_double(is_large, moderate, a).signed_as(x)


def acosh(x: Number) -> Number:
    """Return the positive inverse of cosh, NaN below 1; about 2 ulp."""
    t = x - 1.0
    moderate = t + sqrt(fma(t, t, t + t))
    y = _log1p_or_double(x > LARGE[x.dtype], moderate, x)
    return select(x < 1.0, nan, y)


def atanh(x: Number) -> Number:
    """Return the inverse of tanh, infinite at -1 and 1 and NaN beyond; about 2 ulp."""
    a = abs(x)
    return (log1p((a + a) / (1.0 - a)) * 0.5).signed_as(x)
