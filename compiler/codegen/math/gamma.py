"""The gamma function, its logarithm, and the derivatives of that.

From 1/2 to 8 they are polynomials, one for each quarter of an octave; those that have zeros are
divided by the distance from these. Above is Stirling's series, below the recurrence. A number below
-1/5 or -1/2 is reflected (Abramowitz and Stegun 1964, 6.1.17, 6.1.40, 6.3.18 and 6.4.12).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf, nan

from msgspec import Struct

from symc.compiler.codegen.math import digamma_coefficients as slopes
from symc.compiler.codegen.math import gamma_coefficients as tables
from symc.compiler.codegen.math.exponential import expm1_of_rest, reduce
from symc.compiler.codegen.math.format import Whole, format_of, polynomial, times_power
from symc.compiler.codegen.math.logarithm import log, log_in_two
from symc.compiler.codegen.math.number import Number, clamp, floor, fma, rint, select
from symc.compiler.codegen.math.pair import Pair, divided, left_by, quick_sum, two_product, two_sum
from symc.compiler.codegen.math.power import log_pair
from symc.compiler.codegen.math.table import quarter_octaves
from symc.compiler.codegen.register import Register

EDGE = 8.0
EDGE_OF_GAMMA = 4.0
"""Where Stirling's series begins; gamma grows too fast for long polynomials."""
LOW, REFLECTED = 0.5, -0.2
"""Below them 1 is added, and the sign is turned over."""
REFLECTED_TRI_GAMMA = -0.5
"""The same, where what is added and what is reflected would cancel."""
LARGEST = {"float32": 48.0, "float64": 200.0}
"""From well below here on gamma is infinite, and 0 beside the poles of negative numbers."""
MODERATE = 2.0**100
"""Logarithms up to which all digits of their product count; beyond, it might overflow."""


class Near(Struct, frozen=True, eq=False):
    """A number moved into the range of the polynomials, if it is near that.

    x       the number
    moved   where it was moved to
    is_low  whether it was
    """

    x: Number
    moved: Number
    is_low: Number

    def less(self, one: float, other: float) -> Number:
        """Return x less a number where it was moved, else less another."""
        return self.x - self.choose(self.x.like(one), other)

    def choose(self, one: Number, other: Number | float) -> Number:
        """Return a number where it was moved, else another."""
        return select(self.is_low, one, other)


def _near(x: Number) -> Near:
    is_low = x < LOW
    return Near(x, select(is_low, x + 1.0, x), is_low)


def _by_reflection(
    x: Number,
    edge: float,
    function: Callable[[Number], Number],
    reflect: Callable[[Number, Number], Number],
) -> Number:
    """Return a function of |x|, and where x is below an edge what is made of |x| and that."""
    b, is_reflected = x.builder, x < edge
    a = select(is_reflected, -x, x)
    value = function(a)

    def reflected() -> list[Register]:
        return [select(is_reflected, reflect(a, value), value).register]

    some = b.horizontal("bit_or", is_reflected.register)
    (chosen,) = b.when(some, reflected, lambda: [value.register])
    return Number(b, chosen)


def _turn(a: Number) -> Number:
    """Return how far a number is from the nearest whole one; NaN of infinity."""
    return a - rint(a)


def _one_and(square: Pair, table: Mapping[str, tuple[float, ...]]) -> Pair:
    """Return 1 + square * polynomial."""
    factor = polynomial(square.high, table[square.high.dtype])
    product = two_product(square.high, factor)
    total = quick_sum(factor.like(1.0), product.high)
    return Pair(total.high, total.low + fma(square.low, factor, product.low))


def _cosecant(turn: Number) -> Pair:
    """Return pi turn over the sine of pi turn."""
    return _one_and(two_product(turn, turn), tables.COSECANT_OF_TURN)


def gammaln(x: Number) -> Number:
    """Return log |gamma(x)|; about 1.7 ulp, and of 1 at least where x is below -1/5."""
    return _by_reflection(x, REFLECTED, _log_gamma, _reflect_log_gamma)


def _reflect_log_gamma(a: Number, value: Number) -> Number:
    turn = abs(_turn(a))
    quotient = divided(_cosecant(turn), two_product(a, turn))
    logarithm = log_in_two(quotient.high)
    total = two_sum(logarithm.high, -value)
    low = total.low + (logarithm.low + quotient.low / quotient.high)
    return select(turn > 0.0, total.high + low, inf)


def _log_gamma(x: Number) -> Number:
    logarithm = log_in_two(abs(x))
    near = _near(x)
    zero = near.choose(x.like(0.0), select(x < 1.75, x.like(1.0), 2.0))
    curve = quarter_octaves(near.moved, tables.LOG_GAMMA[x.dtype])
    distance, base = x - zero, near.choose(-logarithm.high, 0.0)
    # Below 1, where it is the difference of two numbers, the result has finer digits than those.
    low = select(near.is_low & (x > 0.25), -logarithm.low, 0.0)
    value = base + fma(distance, curve.high, fma(distance, curve.low, low))
    return select(x < EDGE, value, _log_gamma_of_large(x, logarithm))


def _log_gamma_of_large(x: Number, logarithm: Pair) -> Number:
    """Return log(gamma(x)), which is (x - 1/2) (log(x) - 1) nearly."""
    less = x - 0.5
    product = two_product(less, logarithm.high - 1.0)
    constant, low = tables.HALF_LOG_TURN[x.dtype]
    series = _stirling(x, tables.STIRLING)
    rest = fma(less, logarithm.low, product.low) + (series + (constant - 0.5 + low))
    return select(product.high < MODERATE, product.high + rest, product.high)


def _stirling(x: Number, table: Mapping[str, tuple[float, ...]]) -> Number:
    """Return the logarithm of gamma less its leading terms."""
    inverse = 1.0 / x
    return inverse * polynomial(inverse * inverse, table[x.dtype])


def gamma(x: Number) -> Number:
    """Return the gamma function; about 1.8 ulp. NaN at whole numbers below 0."""
    b, is_reflected = x.builder, x < REFLECTED
    a = select(is_reflected, -x, x)
    near, large = _near(a), _gamma_of_large(clamp(a, EDGE_OF_GAMMA, LARGEST[x.dtype]))
    small = quarter_octaves(near.moved, tables.GAMMA[x.dtype])
    is_small, none = a < EDGE_OF_GAMMA, format_of(x).magic
    factor = Pair(
        select(is_small, small.high, large.factor.high),
        select(is_small, small.low, large.factor.low),
    )
    exponent = select(is_small, none, large.exponent.shifted)
    value = times_power(factor.high / near.choose(a, 1.0), Whole(exponent))

    def reflected() -> list[Register]:
        quotient = _reflected(a, two_product(_turn(a), near.choose(a.like(1.0), a)).times(factor))
        other = times_power(quotient, Whole(none + none - exponent))
        return [select(is_reflected, other, value).register]

    some = b.horizontal("bit_or", is_reflected.register)
    (chosen,) = b.when(some, reflected, lambda: [value.register])
    return Number(b, chosen)


class Scaled(Struct, frozen=True, eq=False):
    """factor * 2**exponent."""

    factor: Pair
    exponent: Whole


def _gamma_of_large(x: Number) -> Scaled:
    """Return exp((x - 1/2) log(x) - x + log(2 pi) / 2 and Stirling's series)."""
    logarithm, less = log_pair(x), x - 0.5
    constant, low = tables.HALF_LOG_TURN[x.dtype]
    product = two_product(less, logarithm.high)
    leading = quick_sum(product.high, -x)
    raised = quick_sum(leading.high, x.like(constant))
    rest = fma(less, logarithm.low, product.low) + (leading.low + raised.low)
    series = _stirling(x, tables.STIRLING_OF_GAMMA)
    total = quick_sum(raised.high, rest + (series + low))
    reduced = reduce(total.high)
    p = expm1_of_rest(reduced.r)
    p = fma(reduced.lost + total.low, p + 1.0, p)
    return Scaled(quick_sum(x.like(1.0), p), reduced.n)


def _reflected(a: Number, product: Pair) -> Number:
    """Return gamma(-a), -pi / (a sin(pi a) gamma(a)); NaN at poles.

    product   that of a, its distance from a whole number, and gamma(a)
    """
    half, turn = rint(a) * 0.5, _turn(a)
    quotient = divided(_cosecant(turn), product)
    value = quotient.high + quotient.low
    value = select(floor(half).equals(half), -value, value)
    return select(abs(turn) > 0.0, value, nan)


def psi(x: Number) -> Number:
    """Return the derivative of gammaln; about 1.7 ulp, and of 1 at least where x is below -1/5."""
    return _by_reflection(x, REFLECTED, _digamma, _reflect_digamma)


def _reflect_digamma(a: Number, value: Number) -> Number:
    turn, none = _turn(a), a.like(0.0)
    cotangent = _cotangent(turn)
    inverse = divided(Pair(a.like(1.0), none), Pair(a, none))
    first = two_sum(cotangent.high, value)
    total = two_sum(first.high, inverse.high)
    low = (total.low + first.low) + (cotangent.low + inverse.low)
    return select(abs(turn) > 0.0, total.high + low, nan)


def _cotangent(turn: Number) -> Pair:
    """Return pi cot(pi turn), which is pi tan(pi (1/2 - turn)), for |turn| <= 1/2 but not 0."""
    a = abs(turn)
    is_far = a > 0.25
    angle = select(is_far, 0.5 - a, a)
    curve = _one_and(two_product(angle, angle), slopes.COTANGENT_OF_TURN)
    high, low = slopes.SQUARE_OF_PI[a.dtype]
    product = two_product(angle, a.like(high))
    top = Pair(
        select(is_far, product.high, curve.high),
        select(is_far, fma(angle, low, product.low), curve.low),
    )
    below = Pair(select(is_far, curve.high, angle), select(is_far, curve.low, 0.0))
    quotient = divided(top, below)
    return Pair(quotient.high.flipped_with(turn), quotient.low.flipped_with(turn))


def _digamma(x: Number) -> Number:
    near, inverse = _near(x), 1.0 / x
    (zero, low), (moved, moved_low) = slopes.ZERO[x.dtype], slopes.ZERO_LESS_ONE[x.dtype]
    is_beside_zero = x < 2.0
    factor = select(is_beside_zero, near.less(moved, zero), 1.0)
    lost = select(is_beside_zero, near.choose(x.like(moved_low), low), 0.0)
    curve = quarter_octaves(near.moved, slopes.DIGAMMA[x.dtype])
    value = fma(factor, curve.high, fma(factor, curve.low, -(lost * curve.high)))
    value = near.choose(-inverse, 0.0) + value
    square = inverse * inverse
    rest = fma(square, polynomial(square, slopes.DIGAMMA_TAIL[x.dtype]), inverse * 0.5)
    return select(x < EDGE, value, log(x) - rest)


def tri_gamma(x: Number) -> Number:
    """Return the derivative of psi; about 1.7 ulp."""
    return _by_reflection(x, REFLECTED_TRI_GAMMA, _trigamma, _reflect_trigamma)


def _reflect_trigamma(a: Number, value: Number) -> Number:
    turn, inverse = _turn(a), 1.0 / a
    square = two_product(turn, turn)
    other = divided(_one_and(square, slopes.SQUARE_OF_COSECANT), square)
    total = other.high + (other.low + fma(inverse, inverse, -value))
    return select(turn.equals(0.0), inf, total)


def _trigamma(x: Number) -> Number:
    near, inverse = _near(x), 1.0 / x
    step = near.choose(inverse, 0.0)
    square = inverse * inverse
    curve = quarter_octaves(near.moved, slopes.TRIGAMMA[x.dtype])
    rest = left_by(step, x, near.choose(x.like(1.0), 0.0))
    # What the step's square lacks matters where that is moderate.
    low = select(square < MODERATE, fma(square + square, rest, curve.low), 0.0)
    value = fma(step, step, curve.high + low)
    rest = fma(inverse, polynomial(square, slopes.TRIGAMMA_TAIL[x.dtype]), 0.5)
    return select(x < EDGE, value, fma(square, rest, inverse))
