"""The error function and its complement."""

from __future__ import annotations

from symc.compiler.codegen.math.coefficients import ERF, ERF_TAIL, ERFC
from symc.compiler.codegen.math.exponential import exp, expm1_of_rest, reduce
from symc.compiler.codegen.math.format import polynomial, times_power
from symc.compiler.codegen.math.number import Number, clamp, fma, select
from symc.compiler.codegen.math.pair import quick_sum, two_product

# erf is 1 to the last bit from here on, and erfc is 0.
ERF_ONE = {"float32": 4.0, "float64": 6.0}
ERFC_ZERO = {"float32": 11.0, "float64": 28.0}


def erf(x: Number) -> Number:
    """Return the error function; about 1.3 ulp."""
    a = abs(x)
    b = clamp(a, 1.0, ERF_ONE[x.dtype])
    u = (b - 2.0) / (b + 2.0)
    tail = exp(fma(-b, b, polynomial(u, ERF_TAIL[x.dtype])))
    y = select(a < 1.0, _small(a), 1.0 - tail)
    return select(x.is_nan(), x, y.signed_as(x))


def _small(x: Number) -> Number:
    """Return erf(x) for |x| < 1."""
    return fma(x, polynomial(x * x, ERF[x.dtype]), x)


def erfc(x: Number) -> Number:
    """Return 1 - erf(x), precisely where that is small; about 2.5 ulp.

    float32 computes the tail in float64, which spares the second digit of x**2.
    """
    a = abs(x)
    tail = _tail(clamp(a, 0.5, ERFC_ZERO[x.dtype]).to("float64"), x.dtype).to(x.dtype)
    y = select(a < 0.5, 1.0 - _small(x), select(x < 0.0, 2.0 - tail, tail))
    return select(x.is_nan(), x, y)


def _tail(a: Number, dtype: str) -> Number:
    """Return erfc(a) for a from 1/2, as exp(-a**2) * w / (1 + 2 a)."""
    square = two_product(a, a)
    reduced = reduce(-square.high)
    divisor = quick_sum(a + a, a.like(1.0))
    u = (a - 3.0) / (a + 3.0)
    first, *others = ERFC[dtype]
    w = fma(u, polynomial(u, others), first) / divisor.high
    p = expm1_of_rest(reduced.r)
    # What was rounded away before: of the reduced argument, the square and the divisor.
    p = fma(reduced.lost - square.low - divisor.low / divisor.high, p + 1.0, p)
    return times_power(fma(p, w, w), reduced.n)
