"""The error function and its complement."""

from __future__ import annotations

from symc.compiler.codegen.math.coefficients import ERF, ERF_PIECES, ERF_SPACING, ERFC
from symc.compiler.codegen.math.exponential import expm1_of_rest, reduce
from symc.compiler.codegen.math.format import polynomial, times_power
from symc.compiler.codegen.math.number import Number, clamp, fma, select
from symc.compiler.codegen.math.pair import quick_sum, two_product
from symc.compiler.codegen.math.table import piecewise

ERF_ONE = {"float32": 3.94, "float64": 5.94}
"""From here on erf is 1 to the last bit."""
ERFC_ZERO = {"float32": 11.0, "float64": 28.0}
"""From here on erfc is 0."""
TOP = 1.15
"""About (1 + 2 x) exp(x**2) erfc(x), which goes from 1.23 to 1.13."""


def erf(x: Number) -> Number:
    """Return the error function; about 1.2 ulp."""
    a = clamp(abs(x), None, ERF_ONE[x.dtype])
    return piecewise(a, ERF_SPACING[x.dtype][0], ERF_PIECES[x.dtype]).signed_as(x)


def _small(x: Number) -> Number:
    """Return erf(x) for |x| < 1/2."""
    return fma(x, polynomial(x * x, ERF[x.dtype]), x)


def erfc(x: Number) -> Number:
    """Return 1 - erf(x), precisely where that is small; about 1.7 ulp."""
    a = abs(x)
    tail = _tail(clamp(a, 0.5, ERFC_ZERO[x.dtype]))
    y = select(a < 0.5, 1.0 - _small(x), select(x < 0.0, 2.0 - tail, tail))
    return select(x.is_nan(), x, y)


def _tail(a: Number) -> Number:
    """Return erfc(a) for a from 1/2, as exp(-a**2) * w / (1 + 2 a)."""
    square = two_product(a, a)
    reduced = reduce(-square.high)
    divisor, other = quick_sum(a + a, a.like(1.0)), a + 3.0
    inverse = 1.0 / (divisor.high * other)
    u = (a - 3.0) * (inverse * divisor.high)
    first, low, *others = ERFC[a.dtype]
    top = quick_sum(a.like(first), fma(u, polynomial(u, others), low))
    inverse = inverse * other
    w = top.high * inverse
    back = two_product(w, divisor.high)
    # What was rounded away before: of the square, the reduced argument, and of the quotient, whose
    # upper part is nearly TOP.
    rest = ((top.high - back.high) - back.low) + top.low
    lost = fma(rest, 1.0 / TOP, reduced.lost - square.low - divisor.low * inverse)
    p = expm1_of_rest(reduced.r)
    p = fma(lost, p + 1.0, p)
    return times_power(fma(p, w, w), reduced.n)
