"""Bessel functions of the first kind, and modified ones, of orders 0 and 1.

Up to an edge J is a polynomial in x**2 that takes its first two zeros from factors, and I one for
each quarter of an octave; beyond, the expansions for large x (Abramowitz and Stegun 1964, 9.2.5 and
9.7.1), of which the slow series are polynomials in 1 / x.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, pi

from symc.compiler.codegen.math import modified_coefficients as modified
from symc.compiler.codegen.math import special_coefficients as tables
from symc.compiler.codegen.math.exponential import UPPER, expm1_of_rest, reduce
from symc.compiler.codegen.math.format import polynomial, times_power
from symc.compiler.codegen.math.number import Number, clamp, fma, select, sqrt
from symc.compiler.codegen.math.pair import left_by, quick_sum, two_product
from symc.compiler.codegen.math.table import quarter_octaves
from symc.compiler.codegen.math.trigonometric import cos, sin
from symc.compiler.codegen.register import Register

SMALL, EDGE, EDGE_OF_J = 0.5, 8.0, 6.5
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
    """Return I of order 0; about 1.5 ulp."""
    a = abs(x)
    small = fma(_quarter(a), _beside_one(a, modified.I0_SMALL), 1.0)
    near = select(a < SMALL, small, quarter_octaves(a, modified.I0[x.dtype]).high)
    return _beyond_edge(a, near, modified.I0_TAIL[x.dtype])


def i1(x: Number) -> Number:
    """Return I of order 1; about 1.5 ulp."""
    a = abs(x)
    half = a * 0.5
    small = fma(half * _quarter(a), _beside_one(a, modified.I1_SMALL), half)
    near = select(a < SMALL, small, quarter_octaves(a, modified.I1[x.dtype]).high)
    return _beyond_edge(a, near, modified.I1_TAIL[x.dtype]).signed_as(x)


def _square(a: Number) -> Number:
    """Return a**2 / 21.125 - 1, in which the polynomials of J near 0 are."""
    a = select(a < EDGE_OF_J, a, 0.0)
    return fma(a * a, 2.0 / EDGE_OF_J**2, -1.0)


def _quarter(a: Number) -> Number:
    """Return (a / 2)**2 of small numbers."""
    half = select(a < SMALL, a, 0.0) * 0.5
    return half * half


def _beside_one(a: Number, table: Mapping[str, tuple[float, ...]]) -> Number:
    """Return a polynomial in (a / 2)**2 of small numbers."""
    return polynomial(_quarter(a), table[a.dtype])


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


def _beyond_edge(a: Number, near: Number, coefficients: tuple[float, ...]) -> Number:
    """Return a value, and beyond the edge, where any lane is there, that for large numbers."""
    b, is_far = a.builder, a >= EDGE

    def far() -> list[Register]:
        return [select(is_far, _growing(a, coefficients), near).register]

    some = b.horizontal("bit_or", is_far.register)
    (chosen,) = b.when(some, far, lambda: [near.register])
    return Number(b, chosen)


def _growing(a: Number, coefficients: tuple[float, ...]) -> Number:
    """Return exp(a) times a polynomial in 1 / a over sqrt(a), for large a."""
    a = clamp(a, EDGE, UPPER[a.dtype] + WIDER)
    inverse = 1.0 / a
    first, low, *others = coefficients
    u = fma(inverse, 2.0 * EDGE, -1.0)
    curve = quick_sum(a.like(first), fma(u, polynomial(u, others), low))
    root = sqrt(inverse)
    # One less a times the root's square is twice what the root lacks, as a share of it.
    product = two_product(root, a)
    lost = (left_by(root, product.high, a.like(1.0)) - root * product.low) * 0.5
    w = two_product(curve.high, root)
    reduced = reduce(a)
    p = expm1_of_rest(reduced.r)
    power = p + 1.0
    p = fma(reduced.lost + lost, power, p)
    value = w.high + fma(p, w.high, fma(curve.low, root, w.low) * power)
    return times_power(value, reduced.n)
