"""The inverses of the error function and of its complement.

Both are functions of w = -log(1 - y**2) for a value y of erf: near 0 y and y times a polynomial in
w, for larger y its root and a polynomial in that (Giles 2010, "Approximating the erfinv function",
whose ranges these are).
"""

from __future__ import annotations

from math import inf, nan

from symc.compiler.codegen.math.format import horner
from symc.compiler.codegen.math.logarithm import log_in_two
from symc.compiler.codegen.math.number import Number, clamp, fma, select, sqrt
from symc.compiler.codegen.math.pair import Pair, left_by
from symc.compiler.codegen.math.special_coefficients import (
    ERFINV,
    ERFINV_FAR,
    ERFINV_FARTHEST,
    ERFINV_TAIL,
)
from symc.compiler.codegen.register import Register

CENTRE = 5.0
"""Up to which w the polynomial in w serves."""
TAIL = {"float32": (2.2, 4.25), "float64": (2.2, 4.0)}
FAR = {"float32": (4.25, 10.25), "float64": (4.0, 8.5)}
FARTHEST = (8.5, 27.5)
"""Ranges of the root of w."""


def erfinv(y: Number) -> Number:
    """Return x with erf(x) = y; about 1.7 ulp. NaN outside of -1 and 1, at which it is infinite."""
    a = abs(y)
    x = _inverse(a, a.like(0.0), (1.0 - a) * (a + 1.0))
    x = select(a < 1.0, x, select(a.equals(1.0), a.like(inf), nan))
    return x.flipped_with(y)


def erfcinv(c: Number) -> Number:
    """Return x with erfc(x) = c; about 1.9 ulp. NaN outside of 0 and 2, at which it is infinite."""
    other = 2.0 - c
    y = 1.0 - c
    # Only where it is positive 1 - c is rounded.
    x = _inverse(abs(y), (1.0 - y) - c, c * other)
    least = select(c < other, c, other)
    x = select(least > 0.0, x, select(least.equals(0.0), least.like(inf), nan))
    return x.flipped_with(y)


def _inverse(y: Number, low: Number, product: Number) -> Number:
    """Return the magnitude of x, given |erf(x)| in two parts and erfc(x) (2 - erfc(x))."""
    b, edge = y.builder, CENTRE
    logarithm = log_in_two(product)
    w = -logarithm.high
    near = y + fma(y, horner(clamp(w, None, edge), ERFINV[y.dtype]), low)
    is_tail = w > edge

    def tail() -> list[Register]:
        return [select(is_tail, _tail(Pair(w, -logarithm.low)), near).register]

    some = b.horizontal("bit_or", is_tail.register)
    (chosen,) = b.when(some, tail, lambda: [near.register])
    return Number(b, chosen)


def _tail(w: Pair) -> Number:
    """Return x by the root of w, where that is beyond the centre."""
    s = sqrt(w.high)
    return s + (_less_root(s) + (left_by(s, s, w.high) + w.low) * 0.5 / s)


def _less_root(s: Number) -> Number:
    """Return x less the root of w, by that root."""
    dtype = s.dtype
    near = horner(_centred(s, TAIL[dtype]), ERFINV_TAIL[dtype])
    far = horner(_centred(s, FAR[dtype]), ERFINV_FAR[dtype])
    x = select(s > FAR[dtype][0], far, near)
    if dtype == "float32":
        return x
    farthest = horner(_centred(s, FARTHEST), ERFINV_FARTHEST[dtype])
    return select(s > FARTHEST[0], farthest, x)


def _centred(x: Number, ends: tuple[float, float]) -> Number:
    """Return the place of x between two ends, from -1 to 1."""
    least, most = ends
    x = clamp(x, least, most)
    return (x - (most + least) / 2) * (2.0 / (most - least))
