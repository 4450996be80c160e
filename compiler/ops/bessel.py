"""Bessel functions of the first kind, and modified ones, of real order.

Orders 0 and 1 have code of their own (codegen/math/bessel.py); for the others, and for references,
below an edge J is what recurrence from a high order down gives, normalised by Neumann's expansion
of a power (Abramowitz and Stegun 1964, 9.1.87), and I the sum of its positive power series; beyond
it both are Hankel's asymptotic expansions (9.2.5 and 9.7.1). Errors are some 1e-15 of the envelope.
"""

from __future__ import annotations

import math
from typing import Any

from symc.compiler import promotion
from symc.compiler.families import pointwise
from symc.compiler.op import Op, Undefined, find
from symc.compiler.ops.formula import Functions, body_of_two, reference_of
from symc.compiler.ops.gamma import gamma_of
from symc.compiler.ops.logic import switch

TINY = 0.01
"""Below it four terms of the power series are exact."""

EDGE = {"low": 25.0, "any": 100.0}
"""Where asymptotic expansions begin, for orders 0 and 1 and for all that have one."""
PAIRS = {"low": 32, "any": 80}
"""Half the orders that the recurrence begins above the one asked for."""
HIGHEST = 10.0
"""The highest order that has an asymptotic expansion of I and J from the edge on."""
TERMS = 12
"""Pairs of terms of asymptotic expansions."""
SUMMANDS = 200
"""Terms of the power series of I up to the edge."""


def _start(f: Functions, order: Any, x: Any) -> Any:
    """Return (x/2)**order / gamma(order + 1), the first term of the power series."""
    first = f.pow(x * 0.5, order) / gamma_of(f, order + 1.0)
    return f.select(order > 0.0, first, 1.0)


def _tiny(f: Functions, order: Any, x: Any, sign: float) -> Any:
    """Return the power series' sum over its first term, for small x."""
    q = x * x * (0.25 * sign)
    total = f.like(x, 1.0)
    for k in (3.0, 2.0, 1.0):
        total = q / ((order + k) * k) * total + 1.0
    return total


def _descend(f: Functions, order: Any, x: Any, pairs: int) -> Any:
    """Return J over the first term of its power series, by recurrence from a high order."""
    x = f.select(x > TINY, x, 1.0)

    def step(k: Any, above: Any, odd: Any, total: Any) -> tuple[Any, ...]:
        m = k * 2.0 + order
        even = (m + 1.0) * 2.0 / x * odd - above
        share = f.select(k > 0.5, (k + order) / f.select(k > 0.5, m, 1.0), 1.0)
        total = even + (m + 2.0) * share / (k + 1.0) * total
        below = m * 2.0 / x * even - odd
        scale = f.select(abs(even) > 1e100, f.like(x, 1e-100), 1.0)
        return k - 1.0, even * scale, below * scale, total * scale

    first = f.like(x, float(pairs)), f.like(x, 0.0), f.like(x, 1e-200), f.like(x, 0.0)
    _, value, _, total = f.repeat(pairs + 1, step, *first)
    return value / total


def _waves(f: Functions, order: Any, x: Any) -> Any:
    """Return J for large x: two slow series times a cosine and a sine."""
    fourth = order * order * 4.0

    def step(k: Any, term: Any, even: Any, odd: Any) -> tuple[Any, ...]:
        first = term * (fourth - (k * 2.0 - 1.0) * (k * 2.0 - 1.0)) / (k * 8.0 * x)
        j = k + 1.0
        second = first * (fourth - (j * 2.0 - 1.0) * (j * 2.0 - 1.0)) / (j * 8.0 * x)
        return k + 2.0, -second, even - second, odd + first

    one = f.like(x, 1.0)
    _, _, even, odd = f.repeat(TERMS, step, one, one, one, f.like(x, 0.0))
    turn = order * (math.pi / 2) + math.pi / 4
    cosine = f.cos(x) * f.cos(turn) + f.sin(x) * f.sin(turn)
    sine = f.sin(x) * f.cos(turn) - f.cos(x) * f.sin(turn)
    return f.sqrt(2.0 / (x * math.pi)) * (even * cosine - odd * sine)


def _of_order(f: Functions, order: Any, x: Any, kind: str) -> Any:
    """Return J of an order that is not negative, and x that is not."""
    near = f.select(x < EDGE[kind], x, 1.0)
    ratio = _descend(f, order, near, PAIRS[kind])
    ratio = f.select(near > TINY, ratio, _tiny(f, order, near, -1.0))
    far = f.select(x < EDGE[kind], EDGE[kind], x)
    far = f.select(x < math.inf, far, EDGE[kind])
    waves = f.select(x < math.inf, _waves(f, order, far), 0.0)
    waves = f.select(order > HIGHEST, math.nan, waves)
    value = f.select(x < EDGE[kind], _start(f, order, near) * ratio, waves)
    return f.select(abs(x) >= 0.0, value, x)


def _j0(f: Functions, x: Any) -> Any:
    return _of_order(f, f.like(x, 0.0), abs(x), "low")


def _j1(f: Functions, x: Any) -> Any:
    value = _of_order(f, f.like(x, 1.0), abs(x), "low")
    return f.select(x < 0.0, -value, value)


def _signed(f: Functions, order: Any, x: Any, of: Any, turn: bool) -> Any:
    """Return a function of any whole order, and of others that are not negative, for all x.

    turn   whether the function of a negative whole order has the sign of that
    """
    whole = abs(order - f.rint(order)) < 0.25e-300
    half = order * 0.5
    odd = abs(half - f.rint(half)) > 0.25
    value = of(f, abs(order), abs(x))
    both = f.select(x < 0.0, -value, value)
    if turn:
        both = f.select(order < 0.0, -both, both)
    known = f.select(order < 0.0, math.nan, f.select(x < 0.0, math.nan, value))
    return f.select(whole, f.select(odd, both, value), known)


def _jv(f: Functions, order: Any, x: Any) -> Any:
    return _signed(f, order, x, lambda f, v, x: _of_order(f, v, x, "any"), turn=True)


def _modified(f: Functions, order: Any, x: Any) -> Any:
    """Return I of an order that is not negative, and x that is not."""
    near = f.select(x < EDGE["any"], x, 1.0)
    q = near * near * 0.25

    def add(k: Any, term: Any, total: Any) -> tuple[Any, ...]:
        term = term * q / ((k + order) * k)
        return k + 1.0, term, total + term

    one = f.like(x, 1.0)
    _, _, total = f.repeat(SUMMANDS, add, one, one, one)
    series = _start(f, order, near) * total
    far = f.select(x < EDGE["any"], EDGE["any"], x)
    fourth = order * order * 4.0

    def step(k: Any, term: Any, total: Any) -> tuple[Any, ...]:
        term = term * ((k * 2.0 - 1.0) * (k * 2.0 - 1.0) - fourth) / (k * 8.0 * far)
        return k + 1.0, term, total + term

    _, _, slow = f.repeat(2 * TERMS, step, one, one, one)
    half = f.exp(far * 0.5)  # in two steps, since the whole overflows before the result
    beyond = half / f.sqrt(far * (2 * math.pi)) * slow * half
    beyond = f.select(x < math.inf, beyond, x)
    beyond = f.select(order > HIGHEST, math.nan, beyond)
    value = f.select(x < EDGE["any"], series, beyond)
    return f.select(abs(x) >= 0.0, value, x)


def _i0(f: Functions, x: Any) -> Any:
    return _modified(f, f.like(x, 0.0), abs(x))


def _i1(f: Functions, x: Any) -> Any:
    value = _modified(f, f.like(x, 1.0), abs(x))
    return f.select(x < 0.0, -value, value)


def _iv(f: Functions, order: Any, x: Any) -> Any:
    return _signed(f, order, x, _modified, turn=False)


def _slope(name: str, sign: int) -> Any:
    """Return partials by f'(v, x) = v/x f(v, x) -+ f(v + 1, x)."""
    undefined = Undefined(f"{name}: there is no derivative to the order; make it a constant")

    def partials(y: Any, order: Any, x: Any) -> tuple[Any, Any]:
        zero = find("equal")(x, 0)
        at_zero = find("cast")(find("equal")(order, 1), dtype=x.type.dtype) * 0.5
        slope = order * y / switch(zero, 1, x) + sign * find(name)(order + 1, x)
        return undefined, switch(zero, at_zero, slope)

    return partials


j0: Op = pointwise(
    "j0",
    reference_of(_j0),
    lambda b, x: b.math("j0", x),
    lambda y, x: (-j1(x),),
    promotion.real_float,
    doc="Return the Bessel function of the first kind of order 0.",
)
j1: Op = pointwise(
    "j1",
    reference_of(_j1),
    lambda b, x: b.math("j1", x),
    lambda y, x: ((j0(x) - jv(2, x)) * 0.5,),
    promotion.real_float,
    doc="Return the Bessel function of the first kind of order 1.",
)
jv: Op = pointwise(
    "jv",
    reference_of(_jv),
    body_of_two(_jv),
    _slope("jv", -1),
    promotion.real_float,
    doc="Return the Bessel function of the first kind of an order, the first operand, whole or not "
    "negative; NaN for orders above 10 where the other is above 100.",
)
i0: Op = pointwise(
    "i0",
    reference_of(_i0),
    lambda b, x: b.math("i0", x),
    lambda y, x: (i1(x),),
    promotion.real_float,
    doc="Return the modified Bessel function of the first kind of order 0.",
)
i1: Op = pointwise(
    "i1",
    reference_of(_i1),
    lambda b, x: b.math("i1", x),
    lambda y, x: ((i0(x) + iv(2, x)) * 0.5,),
    promotion.real_float,
    doc="Return the modified Bessel function of the first kind of order 1.",
)
iv: Op = pointwise(
    "iv",
    reference_of(_iv),
    body_of_two(_iv),
    _slope("iv", 1),
    promotion.real_float,
    doc="Return the modified Bessel function of the first kind of an order, the first operand, "
    "whole or not negative; NaN for orders above 10 where the other is above 100.",
)
