"""Bessel functions of the first kind, and modified ones, of orders 0 and 1.

Up to an edge they are polynomials in x**2, which for J take its first two zeros from factors;
beyond, the expansions for large x (Abramowitz and Stegun 1964, 9.2.5 and 9.7.1), of which the slow
series are polynomials in 1 / x.
"""

from __future__ import annotations

from math import inf, pi

from symc.compiler.codegen.math import special_coefficients as tables
from symc.compiler.codegen.math.exponential import UPPER, expm1_of_rest, reduce
from symc.compiler.codegen.math.format import horner, polynomial, times_power
from symc.compiler.codegen.math.number import Number, clamp, fma, select, sqrt
from symc.compiler.codegen.math.trigonometric import cos, sin

EDGE, EDGE_OF_J = 8.0, 6.5
WIDER = 8.0
"""By how much the argument of I may exceed exp's; from there on it is infinite."""


def j0(x: Number) -> Number:
    """Return J of order 0; errs by 4 units of the envelope's last place."""
    a = abs(x)
    near = _between_zeros(a, tables.J0_ZEROS[x.dtype]) * polynomial(_square(a), tables.J0[x.dtype])
    cosine, sine = cos(a), sin(a)
    far = _waves(a, "0", cosine + sine, sine - cosine)
    return select(x.is_nan(), x, select(a < EDGE_OF_J, near, far))


def j1(x: Number) -> Number:
    """Return J of order 1; errs by 5 units of the envelope's last place."""
    a = abs(x)
    near = _between_zeros(a, tables.J1_ZEROS[x.dtype]) * polynomial(_square(a), tables.J1[x.dtype])
    cosine, sine = cos(a), sin(a)
    far = _waves(a, "1", sine - cosine, -(sine + cosine))
    y = select(a < EDGE_OF_J, near * a, far)
    return select(x.is_nan(), x, y.flipped_with(x))


def i0(x: Number) -> Number:
    """Return I of order 0; about 4 ulp."""
    a = abs(x)
    near = horner(_quarter(a), tables.I0[x.dtype])
    return select(a < EDGE, near, _growing(a, tables.I0_TAIL[x.dtype]))


def i1(x: Number) -> Number:
    """Return I of order 1; about 4 ulp."""
    a = abs(x)
    near = a * 0.5 * horner(_quarter(a), tables.I1[x.dtype])
    return select(a < EDGE, near, _growing(a, tables.I1_TAIL[x.dtype])).signed_as(x)


def _square(a: Number) -> Number:
    """Return a**2 / 21.125 - 1, in which the polynomials of J near 0 are."""
    a = select(a < EDGE_OF_J, a, 0.0)
    return fma(a * a, 2.0 / EDGE_OF_J**2, -1.0)


def _quarter(a: Number) -> Number:
    """Return (a / 2)**2, in which the polynomials of I near 0 are."""
    half = select(a < EDGE, a, 0.0) * 0.5
    return half * half


def _between_zeros(a: Number, zeros: tuple[float, ...]) -> Number:
    """Return (a**2 - zero**2) for both zeros, each given in two parts."""
    first, first_low, second, second_low = zeros
    one = ((a - first) - first_low) * (a + first)
    return one * ((a - second) - second_low) * (a + second)


def _waves(a: Number, order: str, first: Number, second: Number) -> Number:
    """Return J for large a, given its wave and the one a quarter behind, each times sqrt(2)."""
    inverse = 1.0 / select(a > EDGE_OF_J, a, EDGE_OF_J)
    v = inverse * EDGE_OF_J
    u = fma(v + v, v, -1.0)
    p = polynomial(u, getattr(tables, f"J{order}_P")[a.dtype])
    q = polynomial(u, getattr(tables, f"J{order}_Q")[a.dtype]) * v
    y = fma(p, first, -(q * second)) * sqrt(inverse * (1.0 / pi))
    return select(a < inf, y, 0.0)


def _growing(a: Number, coefficients: tuple[float, ...]) -> Number:
    """Return exp(a) times a polynomial in 1 / a over sqrt(a), for large a."""
    a = clamp(a, EDGE, UPPER[a.dtype] + WIDER)
    inverse = 1.0 / a
    w = horner(fma(inverse, 2.0 * EDGE, -1.0), coefficients) * sqrt(inverse)
    reduced = reduce(a)
    p = expm1_of_rest(reduced.r)
    return times_power(fma(p, w, w), reduced.n)
