"""Powers: x**y = exp(y log x), with a logarithm of twice the digits."""

from __future__ import annotations

from math import inf, nan

from symc.compiler.codegen.math.coefficients import LOG_PAIR, TWELFTH
from symc.compiler.codegen.math.exponential import expm1_of_rest, reduce
from symc.compiler.codegen.math.format import format_of, polynomial, times_power
from symc.compiler.codegen.math.logarithm import normalised
from symc.compiler.codegen.math.number import Number, clamp, floor, fma, select
from symc.compiler.codegen.math.pair import Pair, quick_sum, two_product
from symc.compiler.codegen.register import Register

RANGE = {"float32": 120.0, "float64": 800.0}
"""Beyond this, exp is 0 or infinity."""
LARGEST = 2.0**66
"""Larger exponents change nothing: every x but 1 gives 0 or infinity."""


def power(x: Number, y: Number) -> Number:
    """Return x**y with C's special cases (0, infinities, negative x, NaN); about 1.2 ulp."""
    b = x.builder
    magnitude = exp_pair(_times(log_pair(abs(x)), y))
    is_rare = ~((x > 0.0) & (x < inf) & (abs(y) < inf))

    def rare() -> list[Register]:
        return [_special(x, y, magnitude).register]

    chosen = b.when(b.horizontal("bit_or", is_rare.register), rare, lambda: [magnitude.register])
    return Number(b, chosen[0])


def _special(x: Number, y: Number, magnitude: Number) -> Number:
    """Return x**y for any numbers, given that of |x| where both are finite and x is not 0."""
    a, to_large = abs(x), y > 0.0
    magnitude = select(a.equals(0.0), select(to_large, y.like(0.0), inf), magnitude)
    magnitude = select(a.equals(inf), select(to_large, y.like(inf), 0.0), magnitude)
    is_whole, is_odd = _parity(y)
    result = select(is_odd, magnitude.flipped_with(x), magnitude)
    is_root = (x < 0.0) & ~is_whole & (a < inf)
    result = select(is_root, nan, result)
    result = select(a.equals(1.0) & abs(y).equals(inf), 1.0, result)
    result = select(x.is_nan() | y.is_nan(), x + y, result)
    return select(y.equals(0.0) | x.equals(1.0), 1.0, result)


def _parity(y: Number) -> tuple[Number, Number]:
    """Return whether y is a whole number, and whether it is an odd one; infinity is even."""
    half = y * 0.5
    is_whole = floor(y).equals(y)
    return is_whole, is_whole & ~floor(half).equals(half) & (abs(y) < inf)


def _times(logarithm: Pair, y: Number) -> Pair:
    """Return y times a logarithm, kept within the range that matters."""
    if not y.builder.target.has_fma:  # halves of larger numbers would be infinite
        y = clamp(y, -LARGEST, LARGEST)
    product = two_product(y, logarithm.high)
    low = fma(y, logarithm.low, product.low)
    limit = RANGE[y.dtype]
    low = select(abs(product.high) < limit, low, 0.0)
    return Pair(clamp(product.high, -limit, limit), low)


def log_pair(a: Number) -> Pair:
    """Return log(a) of a positive finite number to some 15 bits more than it has.

    With s = 2 f / (2 + f) and z = s**2 it is s + s z (1 / 12 + z q(z)); the last term alone may do
    with single digits.
    """
    form = format_of(a)
    k, m = normalised(a)
    f = m - 1.0
    divisor = quick_sum(f.like(2.0), f)
    s = _twice_quotient(f, divisor)
    square = two_product(s.high, s.high)
    z = Pair(square.high, fma(s.high + s.high, s.low, square.low))
    first, second = TWELFTH[a.dtype]
    third = quick_sum(f.like(first), z.high * polynomial(z.high, LOG_PAIR[a.dtype]))
    third = Pair(third.high, third.low + second)
    cubic = _product(s, _product(z, third))
    sum_ = quick_sum(s.high, cubic.high)
    low = sum_.low + (s.low + cubic.low)
    total = quick_sum(k * form.ln2_high, sum_.high)
    return quick_sum(total.high, total.low + fma(k, form.ln2_low, low))


def _twice_quotient(f: Number, divisor: Pair) -> Pair:
    """Return 2 f / divisor with one division."""
    inverse = 1.0 / divisor.high
    double = f + f
    high = double * inverse
    back = two_product(high, divisor.high)
    rest = (double - back.high) - back.low
    return Pair(high, fma(high, -divisor.low, rest) * inverse)


def _product(x: Pair, y: Pair) -> Pair:
    """Return x * y, of which the lower part may overlap the higher."""
    product = two_product(x.high, y.high)
    return Pair(product.high, fma(x.high, y.low, fma(x.low, y.high, product.low)))


def exp_pair(x: Pair) -> Number:
    """Return exp of a pair, within twice exp's range."""
    reduced = reduce(x.high)
    p = expm1_of_rest(reduced.r)
    return times_power(fma(reduced.lost + x.low, p + 1.0, p) + 1.0, reduced.n)
