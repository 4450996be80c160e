"""exp and what is made of it: exp2, expm1, sigmoid, softplus.

x = n ln 2 + r with |r| <= ln(2) / 2, and exp(r) - 1 = r + r**2 * q(r) with a polynomial q.
"""

from __future__ import annotations

from math import e, log, log2

from symc.compiler.codegen.math.coefficients import EXP, EXP2
from symc.compiler.codegen.math.format import format_of, nearest, polynomial, power_of_two
from symc.compiler.codegen.math.logarithm import log1p
from symc.compiler.codegen.math.number import Number, clamp, fma, select

# Beyond these, exp is 0 or infinity even at its narrowest.
LOWER = {"float32": -104.0, "float64": -746.0}
UPPER = {"float32": 89.0, "float64": 710.0}
# expm1 is -1 to the last bit below these.
LOWER_EXPM1 = {"float32": -18.0, "float64": -38.0}
LOWER_EXP2 = {"float32": -151.0, "float64": -1076.0}
UPPER_EXP2 = {"float32": 129.0, "float64": 1025.0}


def reduce(x: Number) -> tuple[Number, Number, Number]:
    """Return integer n, r and what r lost in rounding, with x = n ln 2 + r + lost.

    x is within exp's range; the last is for those who need it, and costs nothing for the others.
    """
    form = format_of(x)
    shifted = fma(x, log2(e), form.magic)
    n = shifted - form.magic
    exact = fma(n, -form.ln2_high, x)
    r = fma(n, -form.ln2_low, exact)
    lost = fma(n, -form.ln2_low, exact - r)
    return shifted.bits() - shifted.like(form.magic).bits(), r, lost


def expm1_of_rest(r: Number) -> Number:
    """Return exp(r) - 1 for |r| <= ln(2) / 2."""
    return fma(r * r, polynomial(r, EXP[r.dtype]), r)


def scale(p: Number, n: Number) -> Number:
    """Return (1 + p) * 2**n, in two steps so that subnormal and nearly infinite results are right.

    n is an integer register within twice the normal range.
    """
    first, second = scaling(n)
    return fma(p, first, first) * second


def scaling(n: Number) -> tuple[Number, Number]:
    """Return two powers of two, far from the ends of the range, whose product is 2**n."""
    half = ((n + 4096) >> 1) - 2048  # a shift of a positive number: int64 lanes know no other
    return power_of_two(half), power_of_two(n - half)


def exp(x: Number) -> Number:
    """Return e**x; about 1.1 ulp."""
    return exp_times(x, 0)


def exp_times(x: Number, exponent: int) -> Number:
    """Return e**x * 2**exponent, without overflow before the result's own."""
    n, r, _ = reduce(clamp(x, LOWER[x.dtype], UPPER[x.dtype] + 1.0))
    return scale(expm1_of_rest(r), n + exponent)


def exp2(x: Number) -> Number:
    """Return 2**x; about 1 ulp, and exact for whole numbers."""
    x = clamp(x, LOWER_EXP2[x.dtype], UPPER_EXP2[x.dtype])
    whole, n = nearest(x)
    r = x - whole
    return scale(fma(r, log(2.0), r * polynomial(r, EXP2[x.dtype])), n)


def expm1(x: Number) -> Number:
    """Return e**x - 1; about 1.7 ulp, also near 0."""
    n, r, lost = reduce(clamp(x, LOWER_EXPM1[x.dtype], UPPER[x.dtype]))
    p = r + fma(r * r, polynomial(r, EXP[x.dtype]), lost)
    half = power_of_two(n - 1)  # 2**n itself may overflow before the result does
    y = fma(p, half, half - 0.5)
    return (y + y).signed_as(x)


def sigmoid(x: Number) -> Number:
    """Return 1 / (1 + e**-x); about 2.3 ulp."""
    z = exp(-abs(x))
    return select(x >= 0.0, 1.0, z) / (z + 1.0)


def softplus(x: Number) -> Number:
    """Return log(1 + e**x) without overflow; about 1.7 ulp."""
    return select(x < 0.0, 0.0, x) + log1p(exp(-abs(x)))
