"""exp and what is made of it: exp2, expm1, sigmoid, softplus.

x = n ln 2 + r with |r| <= ln(2) / 2, and exp(r) - 1 = r + r**2 * q(r) with a polynomial q.
"""

from __future__ import annotations

from math import e, log, log2

from msgspec import Struct

from symc.compiler.codegen.math.coefficients import EXP, EXP2
from symc.compiler.codegen.math.format import (
    Whole,
    format_of,
    polynomial,
    power_of_two,
    times_power,
)
from symc.compiler.codegen.math.logarithm import log1p
from symc.compiler.codegen.math.number import Number, clamp, fma, select
from symc.compiler.codegen.math.pair import quick_sum

# Beyond these, exp is 0 or infinity even at its narrowest.
LOWER = {"float32": -104.0, "float64": -746.0}
UPPER = {"float32": 89.0, "float64": 710.0}
# expm1 is -1 to the last bit below these.
LOWER_EXPM1 = {"float32": -18.0, "float64": -38.0}
LOWER_EXP2 = {"float32": -151.0, "float64": -1076.0}
UPPER_EXP2 = {"float32": 129.0, "float64": 1025.0}


class Reduced(Struct, frozen=True, eq=False):
    """x = n ln 2 + r + lost; the last is what r lost in rounding."""

    n: Whole
    r: Number
    lost: Number


def reduce(x: Number) -> Reduced:
    """Reduce an argument within exp's range; `lost` costs nothing where it is not used."""
    form = format_of(x)
    n = Whole(fma(x, log2(e), form.magic))
    whole = n.number()
    exact = fma(whole, -form.ln2_high, x)
    r = fma(whole, -form.ln2_low, exact)
    return Reduced(n, r, fma(whole, -form.ln2_low, exact - r))


def expm1_of_rest(r: Number) -> Number:
    """Return exp(r) - 1 for |r| <= ln(2) / 2."""
    return fma(r * r, polynomial(r, EXP[r.dtype]), r)


def exp(x: Number) -> Number:
    """Return e**x; about 1.1 ulp."""
    return exp_times(x, 0)


def exp_times(x: Number, exponent: int) -> Number:
    """Return e**x * 2**exponent, without overflow before the result's own."""
    reduced = reduce(clamp(x, LOWER[x.dtype], UPPER[x.dtype] + 1.0))
    return times_power(expm1_of_rest(reduced.r) + 1.0, reduced.n, exponent)


def exp2(x: Number) -> Number:
    """Return 2**x; about 1 ulp, and exact for whole numbers."""
    x = clamp(x, LOWER_EXP2[x.dtype], UPPER_EXP2[x.dtype])
    n = Whole(x + format_of(x).magic)
    r = x - n.number()
    return times_power(fma(r, log(2.0), r * polynomial(r, EXP2[x.dtype])) + 1.0, n)


def expm1(x: Number) -> Number:
    """Return e**x - 1; about 1.7 ulp, also near 0."""
    reduced = reduce(clamp(x, LOWER_EXPM1[x.dtype], UPPER[x.dtype]))
    r = reduced.r
    p = r + fma(r * r, polynomial(r, EXP[x.dtype]), reduced.lost)
    # 2**n itself may overflow before the result does.
    half = power_of_two(reduced.n.integer() - 1)
    y = fma(p, half, half - 0.5)
    return (y + y).signed_as(x)


def sigmoid(x: Number) -> Number:
    """Return 1 / (1 + e**-x); about 1.6 ulp."""
    reduced = reduce(clamp(-abs(x), LOWER[x.dtype], None))
    p = expm1_of_rest(reduced.r)
    divisor = quick_sum(x.like(1.0), times_power(p + 1.0, reduced.n))
    inverse = 1.0 / divisor.high
    lost = divisor.low * inverse
    # e**-|x| over the same divisor, without its own rounding.
    small = times_power(fma(fma(-lost, p + 1.0, p), inverse, inverse), reduced.n)
    return select(x < 0.0, small, fma(-lost, inverse, inverse))


def softplus(x: Number) -> Number:
    """Return log(1 + e**x) without overflow; about 1.7 ulp."""
    return select(x < 0.0, 0.0, x) + log1p(exp(-abs(x)))
