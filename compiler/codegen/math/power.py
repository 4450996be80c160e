"""Powers: x**y = exp(y log x), with a logarithm of twice the digits."""

from __future__ import annotations

from math import inf, nan

from symc.compiler.codegen.math.coefficients import LOG_PAIR, TWO_THIRDS
from symc.compiler.codegen.math.exponential import exp, expm1_of_rest, reduce
from symc.compiler.codegen.math.format import format_of, polynomial, times_power
from symc.compiler.codegen.math.logarithm import log, normalised
from symc.compiler.codegen.math.number import Number, clamp, floor, fma, select
from symc.compiler.codegen.math.pair import Pair, quick_sum, two_product

# Larger exponents change nothing: every x but 1 gives 0 or infinity.
LARGEST = 2.0**66
# Beyond this, exp is 0 or infinity.
RANGE = 800.0


def power(x: Number, y: Number) -> Number:
    """Return x**y with C's special cases (0, infinities, negative x, NaN); about 1 ulp."""
    a = abs(x)
    near = clamp(y, -LARGEST, LARGEST)
    magnitude = _in_float64(a, near) if x.dtype == "float32" else _in_pairs(a, near)
    to_large = y > 0.0
    magnitude = select(a.equals(0.0), select(to_large, y.like(0.0), inf), magnitude)
    magnitude = select(a.equals(inf), select(to_large, y.like(inf), 0.0), magnitude)
    is_whole, is_odd = _parity(y)
    result = select(is_odd, magnitude.flipped_with(x), magnitude)
    is_root = (x < 0.0) & ~is_whole & (a < inf)
    result = select(is_root, nan, result)
    result = select(x.is_nan() | y.is_nan(), x + y, result)
    return select(y.equals(0.0) | x.equals(1.0), 1.0, result)


def _parity(y: Number) -> tuple[Number, Number]:
    """Return whether y is a whole number, and whether it is an odd one; infinity is even."""
    half = y * 0.5
    is_whole = floor(y).equals(y)
    return is_whole, is_whole & ~floor(half).equals(half) & (abs(y) < inf)


def _in_float64(a: Number, y: Number) -> Number:
    product = y.to("float64") * log(a.to("float64"))
    return exp(product).to("float32")


def _in_pairs(a: Number, y: Number) -> Number:
    logarithm = log_pair(a)
    product = two_product(y, logarithm.high)
    low = fma(y, logarithm.low, product.low)
    low = select(abs(product.high) < RANGE, low, 0.0)
    return exp_pair(Pair(clamp(product.high, -RANGE, RANGE), low))


def log_pair(a: Number) -> Pair:
    """Return log(a) of a positive finite float64 to about 2**-68 of its value."""
    form = format_of(a)
    k, m = normalised(a)
    f = m - 1.0
    divisor = quick_sum(f.like(2.0), f)
    s_high = f / divisor.high
    back = two_product(s_high, divisor.high)
    s_low = (((f - back.high) - back.low) - s_high * divisor.low) / divisor.high
    s = Pair(s_high, s_low)
    z = s.times(s)
    # log(m) = 2 s + s z (2/3 + z q(z)): the last term alone may do with single digits.
    first, second = map(a.like, TWO_THIRDS["float64"])
    third = quick_sum(first, z.high * polynomial(z.high, LOG_PAIR["float64"]))
    third = Pair(third.high, third.low + second)
    cubic = s.times(z).times(third)
    sum_ = quick_sum(s.high + s.high, cubic.high)
    low = sum_.low + ((s.low + s.low) + cubic.low)
    total = quick_sum(k * form.ln2_high, sum_.high)
    return quick_sum(total.high, total.low + fma(k, form.ln2_low, low))


def exp_pair(x: Pair) -> Number:
    """Return exp of a float64 pair, within twice exp's range."""
    reduced = reduce(x.high)
    p = expm1_of_rest(reduced.r)
    return times_power(fma(reduced.lost + x.low, p + 1.0, p) + 1.0, reduced.n)
