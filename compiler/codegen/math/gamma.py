"""The gamma function, its logarithm, and the derivatives of that.

From 1/2 to 8 they are polynomials, one for each quarter of an octave; those that have zeros are
divided by the distance from these. Above is Stirling's series, below the recurrence. A number below
-1/4 is reflected (Abramowitz and Stegun 1964, 6.1.17, 6.1.40, 6.3.18 and 6.4.12).
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
from symc.compiler.codegen.math.pair import Pair, quick_sum, two_product
from symc.compiler.codegen.math.power import log_pair
from symc.compiler.codegen.math.table import quarter_octaves
from symc.compiler.codegen.register import Register

EDGE = 8.0
EDGE_OF_GAMMA = 4.0
"""Where Stirling's series begins; gamma grows too fast for long polynomials."""
LOW, REFLECTED = 0.5, -0.25
"""Below them 1 is added, and the sign is turned over."""
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
    function: Callable[[Number], Number],
    reflect: Callable[[Number, Number], Number],
) -> Number:
    """Return a function of |x|, and where x is below -1/4 what is made of |x| and that."""
    b, is_reflected = x.builder, x < REFLECTED
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


def _one_and(square: Number, table: Mapping[str, tuple[float, ...]]) -> Number:
    """Return 1 + square * polynomial."""
    return fma(square, polynomial(square, table[square.dtype]), 1.0)


def _cosecant(turn: Number) -> Number:
    """Return pi turn over the sine of pi turn."""
    return _one_and(turn * turn, tables.COSECANT_OF_TURN)


def gammaln(x: Number) -> Number:
    """Return log |gamma(x)|; about 2 ulp, and of 1 at least where x is below -1/4."""
    return _by_reflection(x, _log_gamma, _reflect_log_gamma)


def _reflect_log_gamma(a: Number, value: Number) -> Number:
    turn = abs(_turn(a))
    return select(turn > 0.0, log(_cosecant(turn) / (a * turn)) - value, inf)


def _log_gamma(x: Number) -> Number:
    logarithm = log_in_two(abs(x))
    near = _near(x)
    zero = near.choose(x.like(0.0), select(x < 1.75, x.like(1.0), 2.0))
    curve = quarter_octaves(near.moved, tables.LOG_GAMMA[x.dtype])
    value = fma(x - zero, curve, near.choose(-logarithm.high, 0.0))
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
    """Return the gamma function; about 2 ulp, 3 below -1/4. NaN at whole numbers below 0."""
    b, is_reflected = x.builder, x < REFLECTED
    a = select(is_reflected, -x, x)
    near, large = _near(a), _gamma_of_large(clamp(a, EDGE_OF_GAMMA, LARGEST[x.dtype]))
    small = quarter_octaves(near.moved, tables.GAMMA[x.dtype]) / near.choose(a, 1.0)
    is_small, none = a < EDGE_OF_GAMMA, format_of(x).magic
    factor = select(is_small, small, large.factor)
    exponent = select(is_small, none, large.exponent.shifted)
    value = times_power(factor, Whole(exponent))

    def reflected() -> list[Register]:
        other = times_power(_reflected(a, factor), Whole(none + none - exponent))
        return [select(is_reflected, other, value).register]

    some = b.horizontal("bit_or", is_reflected.register)
    (chosen,) = b.when(some, reflected, lambda: [value.register])
    return Number(b, chosen)


class Scaled(Struct, frozen=True, eq=False):
    """factor * 2**exponent."""

    factor: Number
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
    return Scaled(fma(reduced.lost + total.low, p + 1.0, p) + 1.0, reduced.n)


def _reflected(a: Number, value: Number) -> Number:
    """Return gamma(-a), -pi / (a sin(pi a) gamma(a)), given gamma(a); NaN at poles."""
    half, turn = rint(a) * 0.5, _turn(a)
    product = turn * a * value
    below = select(floor(half).equals(half), -product, product)
    return select(abs(turn) > 0.0, _cosecant(turn) / below, nan)


def psi(x: Number) -> Number:
    """Return the derivative of gammaln; about 2 ulp, and of 1 at least where x is below -1/4."""
    return _by_reflection(x, _digamma, _reflect_digamma)


def _reflect_digamma(a: Number, value: Number) -> Number:
    turn = _turn(a)
    cotangent = _one_and(turn * turn, slopes.COTANGENT_OF_TURN) / turn
    return select(abs(turn) > 0.0, cotangent + (value + 1.0 / a), nan)


def _digamma(x: Number) -> Number:
    near, inverse = _near(x), 1.0 / x
    (zero, low), (moved, moved_low) = slopes.ZERO[x.dtype], slopes.ZERO_LESS_ONE[x.dtype]
    distance = near.less(moved, zero) - near.choose(x.like(moved_low), low)
    factor = select(x < 2.0, distance, 1.0)
    curve = quarter_octaves(near.moved, slopes.DIGAMMA[x.dtype])
    value = fma(factor, curve, near.choose(-inverse, 0.0))
    square = inverse * inverse
    rest = fma(square, polynomial(square, slopes.DIGAMMA_TAIL[x.dtype]), inverse * 0.5)
    return select(x < EDGE, value, log(x) - rest)


def tri_gamma(x: Number) -> Number:
    """Return the derivative of psi; about 2 ulp, 3 below -1/4."""
    return _by_reflection(x, _trigamma, _reflect_trigamma)


def _reflect_trigamma(a: Number, value: Number) -> Number:
    turn, inverse = _turn(a), 1.0 / a
    square = turn * turn
    other = _one_and(square, slopes.SQUARE_OF_COSECANT) / square
    return other + fma(inverse, inverse, -value)


def _trigamma(x: Number) -> Number:
    near, inverse = _near(x), 1.0 / x
    step = near.choose(inverse, 0.0)
    value = fma(step, step, quarter_octaves(near.moved, slopes.TRIGAMMA[x.dtype]))
    square = inverse * inverse
    rest = fma(inverse, polynomial(square, slopes.TRIGAMMA_TAIL[x.dtype]), 0.5)
    return select(x < EDGE, value, fma(square, rest, inverse))
