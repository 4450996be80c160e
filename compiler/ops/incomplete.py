"""The incomplete gamma functions: shares of the gamma integral below and above a point.

Below SPLIT the lower share is a power series left of the order and the upper a continued fraction
right of it (Abramowitz and Stegun 1964, 6.5.29 and 6.5.31); above, the density is summed over the
standard deviations that count, by the rule of Takahasi and Mori (1974).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from symc.compiler import promotion
from symc.compiler.families import pointwise
from symc.compiler.op import Op, Undefined
from symc.compiler.ops.exponential import exp, log
from symc.compiler.ops.formula import Functions, body_of_two, polynomial, reference_of
from symc.compiler.ops.gamma import LOG_GAMMA, gamma_of, gammaln

SPLIT = 100.0
"""Orders from which the density is summed."""
SUMMANDS, FRACTIONS = 200, 150
"""Steps of the series and of the continued fraction, enough for all orders below SPLIT."""
LOST, AGREED = 2.0**-55, 2.0**-51
"""Shares of a sum that change nothing, and of a fraction that do not matter."""
FARTHEST = 1e4
"""From well below here on the upper share is 0, at orders below SPLIT."""
LARGE = 2.0**100
"""Where numerators and denominators are brought back; no step takes them as far."""
STIRLING = 10.0
"""Orders from which Stirling's series gives the density."""
NODES, STEP = 45, 0.07
"""Nodes to either side of the middle, and how far they are apart."""
BEYOND_MIDDLE = 1.1
"""Above exp(0), by which the middle node is placed."""
REACH = 12.0
"""Standard deviations that the sum of a density reaches over."""
SMALL = 0.5
"""Orders below which the upper share is a difference of small numbers, summed as such."""


def _zeta(k: int) -> float:
    """Return Riemann's zeta function by Euler's and Maclaurin's formula."""
    n = 60.0
    tail = n ** (1 - k) / (k - 1) - n**-k / 2 + k * n ** (-k - 1) / 12
    return math.fsum(m**-k for m in range(1, 61)) + (
        tail - k * (k + 1) * (k + 2) * n ** (-k - 3) / 720
    )


EULER = 0.5772156649015329
LOG_GAMMA_NEAR_ONE = (-EULER, *((-1) ** k * _zeta(k) / k for k in range(2, 60)))
"""Of log(gamma(1 + a)) / a, by powers of a."""


def _density(f: Functions, a: Any, x: Any) -> Any:
    """Return x**a exp(-x) / gamma(a + 1), which is x/a times the density of order a at x."""
    large = a > STIRLING
    c, y = f.select(large, 1.0, a), f.select(x < 800.0, x, 800.0)
    narrow = f.pow(y, c) * f.exp(-y) / gamma_of(f, c + 1.0)
    wide = f.rarely(large, lambda: _wide_density(f, f.select(large, a, STIRLING), x), narrow)
    return f.select(large, f.select(x > 0.0, wide, 0.0), narrow)


def _wide_density(f: Functions, b: Any, x: Any) -> Any:
    """Return the density of a large order, where x is above 0."""
    off, some = (x - b) / b, f.select(x > 0.0, x, b)
    is_low = off < -0.5
    height = f.log1p(f.select(is_low, -0.5, off))
    height = f.rarely(is_low, lambda: f.log(some / b), height)
    series = polynomial(1.0 / (b * b), LOG_GAMMA) / b
    return f.exp(-(b * (off - height)) - series) / f.sqrt(b * (2 * math.pi))


def _series(f: Functions, a: Any, x: Any) -> Any:
    """Return the lower share over the density, for x not much above a."""

    def step(k: Any, term: Any, total: Any) -> tuple[Any, ...]:
        term = term * (x / (a + k))
        return k + 1.0, term, total + term

    one = f.like(x, 1.0)
    return f.settle(SUMMANDS, step, _counts, one, one, one)[2]


def _counts(k: Any, term: Any, total: Any) -> Any:
    """Tell whether a term, and so a lesser one, changes the sum; both are above 0."""
    return term > total * LOST


def _fraction(f: Functions, a: Any, x: Any) -> Any:
    """Return the upper share over a times the density, for x above a + 1.

    Numerators and denominators follow from the last two of each, and go on until their quotients
    agree; a lane that has settled stands still, so that its bits are its own.
    """
    x = f.select(x < FARTHEST, x, FARTHEST)

    def moves(k: Any, b: Any, p: Any, q: Any, p_before: Any, q_before: Any) -> Any:
        return abs(p * q_before - p_before * q) > abs(q * q_before) * AGREED

    def step(k: Any, b: Any, p: Any, q: Any, p_before: Any, q_before: Any) -> tuple[Any, ...]:
        goes = moves(k, b, p, q, p_before, q_before)
        above, b = k * (a - k), b + 2.0
        scale = f.select(abs(q) > LARGE, 1.0 / LARGE, one)
        following = (
            ((b * p + above * p_before) * scale, p),
            ((b * q + above * q_before) * scale, q),
            (p * scale, p_before),
            (q * scale, q_before),
        )
        return k + 1.0, b, *(f.select(goes, new, old) for new, old in following)

    one, none, start = f.like(x, 1.0), f.like(x, 0.0), x + 1.0 - a
    _, _, p, q, _, _ = f.settle(FRACTIONS, step, moves, one, start, one, start, none, one)
    return p / q


def _difference(f: Functions, a: Any, x: Any) -> Any:
    """Return the upper share of a small order at a small x, which 1 - lower would cancel."""
    power = a * f.log(x) - a * polynomial(a, LOG_GAMMA_NEAR_ONE)

    def step(k: Any, term: Any, total: Any) -> tuple[Any, ...]:
        term = -term * x / k
        return k + 1.0, term, total + term / (a + k)

    one = f.like(x, 1.0)
    rest = f.repeat(30, step, one, one, f.like(x, 0.0))[2]
    return -f.expm1(power) - f.exp(power) * a * rest


def _summed(f: Functions, a: Any, x: Any) -> Any:
    """Return the smaller share of a large order: the lower one left of a, else the upper."""
    deviation = f.sqrt(a)
    left = a - deviation * REACH, x - deviation * 6.0
    low = f.select(left[0] < left[1], left[0], left[1])
    right = a + deviation * REACH, x + deviation * 6.0
    high = f.select(right[0] < right[1], right[1], right[0])
    half = (f.select(x < a, f.select(low > 0.0, low, 0.0), high) - x) * 0.5

    def step(up: Any, term: Any, total: Any) -> tuple[Any, ...]:
        turn = (up - 1.0 / up) * (math.pi / 4)
        side = f.exp(-(abs(turn) * 2.0))
        share = side / (side + 1.0)  # how near the node is to its end, of the whole way
        place = f.select(turn < 0.0, share, 1.0 - share) * 2.0
        weight = (up + 1.0 / up) * share / (side + 1.0)
        t = x + half * place
        density = f.select(t > 0.0, _wide_density(f, a, t), 0.0)
        term = density * a / f.select(t > 0.0, t, 1.0) * weight
        return up * math.exp(STEP), term, total + term

    def moves(up: Any, term: Any, total: Any) -> Any:
        """Tell whether more nodes count: those up to the middle, from where on terms fall."""
        return (up < BEYOND_MIDDLE) | (term > total * LOST)

    none = f.like(x, 0.0)
    state = f.like(x, math.exp(-NODES * STEP)), none, none
    return abs(half) * f.settle(2 * NODES + 1, step, moves, *state)[2] * (math.pi * STEP)


def _shares(f: Functions, a: Any, x: Any) -> tuple[Any, Any]:
    """Return the lower and the upper share."""
    large = a > SPLIT
    b = f.select(large, 1.0, f.select(a > 0.0, a, 1.0))
    y = f.select(x < math.inf, f.select(x > 0.0, x, 1.0), 1e308)
    left = y < b + 1.0
    near, far = f.select(left, y, b), f.select(left, b + 2.0, y)
    lower = _density(f, b, near) * _series(f, b, near)
    upper = _density(f, b, far) * b * _fraction(f, b, far)
    close = f.select(near < 1.5, near, 1.5)
    rest = f.rarely(
        b < SMALL, lambda: _difference(f, f.select(b < SMALL, b, SMALL), close), 1.0 - lower
    )
    c = f.select(large, a, SPLIT)
    c = f.select(c < math.inf, c, SPLIT)
    z = f.select(large, f.select(y < c * 30.0, y, c * 30.0), SPLIT)
    sum_ = f.rarely(large, lambda: _summed(f, c, z), f.like(x, 0.0))
    p = f.select(large, f.select(z < c, sum_, 1.0 - sum_), f.select(left, lower, 1.0 - upper))
    q = f.select(large, f.select(z < c, 1.0 - sum_, sum_), f.select(left, rest, upper))
    return _at_ends(f, a, x, p, 0.0), _at_ends(f, a, x, q, 1.0)


def _at_ends(f: Functions, a: Any, x: Any, share: Any, at_zero: float) -> Any:
    """Give a share the values it has at zeros and infinities, and NaN outside of them."""
    at_end = 1.0 - at_zero
    share = f.select(x < math.inf, share, at_end)
    share = f.select(a > 0.0, share, at_end)
    share = f.select(x > 0.0, share, at_zero)
    share = f.select(a < math.inf, share, f.select(x < math.inf, f.like(x, at_zero), math.nan))
    known = f.select(x >= 0.0, f.select(a >= 0.0, a + x, math.nan), math.nan)
    known = f.select(known > 0.0, f.like(x, 0.0), math.nan)
    return share + known


def _lower(f: Functions, a: Any, x: Any) -> Any:
    return _shares(f, a, x)[0]


def _upper(f: Functions, a: Any, x: Any) -> Any:
    return _shares(f, a, x)[1]


def _whole_lower(f: Functions, a: Any, x: Any) -> Any:
    return _lower(f, a, x) * gamma_of(f, a)


def _whole_upper(f: Functions, a: Any, x: Any) -> Any:
    return _upper(f, a, x) * gamma_of(f, a)


def _chi2(f: Functions, x: Any, k: Any) -> Any:
    return _upper(f, k * 0.5, x * 0.5)


def _slope(a: Any, x: Any) -> Any:
    """Return the density of the gamma distribution."""
    return exp((a - 1) * log(x) - x - gammaln(a))


def _partials(name: str, sign: int, scaled: bool) -> Callable[..., tuple[Any, Any]]:
    undefined = Undefined(f"{name}: there is no derivative to the order; make it a constant")

    def partials(y: Any, a: Any, x: Any) -> tuple[Any, Any]:
        slope = exp((a - 1) * log(x) - x) if scaled else _slope(a, x)
        return undefined, sign * slope

    return partials


def _chi2_partials(y: Any, x: Any, k: Any) -> tuple[Any, Any]:
    undefined = Undefined("chi2sf: there is no derivative to k; make it a constant")
    return -0.5 * _slope(k * 0.5, x * 0.5), undefined


def _define(name: str, formula: Any, partials: Any, doc: str) -> Op:
    body = body_of_two(formula)
    return pointwise(name, reference_of(formula), body, partials, promotion.real_float, doc=doc)


gammainc = _define(
    "gammainc",
    _lower,
    _partials("gammainc", 1, False),
    "Return the share of the gamma integral of an order, the first operand, below the second.",
)
gammaincc = _define(
    "gammaincc",
    _upper,
    _partials("gammaincc", -1, False),
    "Return the share of the gamma integral of an order, the first operand, above the second.",
)
gammal = _define(
    "gammal",
    _whole_lower,
    _partials("gammal", 1, True),
    "Return the gamma integral of an order, the first operand, from 0 to the second.",
)
gammau = _define(
    "gammau",
    _whole_upper,
    _partials("gammau", -1, True),
    "Return the gamma integral of an order, the first operand, from the second on.",
)
chi2sf = _define(
    "chi2sf",
    _chi2,
    _chi2_partials,
    "Return how probable it is that a sum of k squares of normal numbers exceeds x: chi2sf(x, k).",
)
