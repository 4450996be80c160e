"""Logarithms.

x = 2**k * m with m from sqrt(1/2) to sqrt(2); log(m) is a polynomial in m - 1 for float32, and in
s = (m - 1) / (m + 1) for float64, whose longer polynomial then has half the terms.
"""

from __future__ import annotations

from math import inf, nan

from symc.compiler.codegen.math import avx512
from symc.compiler.codegen.math.coefficients import INVERSE_LN2, INVERSE_LN10, LOG, LOG10_2
from symc.compiler.codegen.math.format import format_of, polynomial
from symc.compiler.codegen.math.number import Number, fma, select
from symc.compiler.codegen.math.pair import Pair, multiply_add, quick_sum, two_sum

SQRT_HALF = 0.5**0.5
LOST = 2.0**60
"""From here on the 1 of 1 + x does not matter."""


def split(x: Number, least: float = SQRT_HALF) -> tuple[Number, Number]:
    """Return the float k and m of x = 2**k * m, least <= m < 2 * least, for positive normal x."""
    form = format_of(x)
    bits = x.bits()
    start = x.like(least).bits()
    distance = bits - start
    m = ((distance & ((1 << form.mantissa) - 1)) + start).as_float()
    # A positive number, so that a logical shift does; then a float by setting its low bits.
    biased = (distance + (form.bias + 1 << form.mantissa)) >> form.mantissa
    base = 2.0**form.mantissa
    k = (biased | x.like(base).bits()).as_float() - (base + (form.bias + 1))
    return k, m


def normalised(x: Number, least: float = SQRT_HALF) -> tuple[Number, Number]:
    """Return what `split` does, also for subnormal x.

    With AVX-512, -infinity and 1 for 0, infinity and 1 for infinity, NaN below 0.
    """
    if avx512.has(x):
        return _normalised_at_once(x, least)
    form = format_of(x)
    is_tiny = x < form.tiny
    k, m = split(select(is_tiny, x * 2.0**form.mantissa, x), least)
    return select(is_tiny, k - float(form.mantissa), k), m


def _normalised_at_once(x: Number, least: float) -> tuple[Number, Number]:
    k, m = avx512.exponent_of(x), avx512.mantissa_of(x)
    if least == 1.0:
        return k, m
    is_upper = m >= 2.0 * least
    return select(is_upper, k + 1.0, k), select(is_upper, m * 0.5, m)


def normalised_pair(u: Pair) -> tuple[Number, Number, Number]:
    """Return k and m of the higher part, and the lower one over 2**k: scaled as the other is."""
    k, m = normalised(u.high)
    # By the bits of m over the higher part, which is a power of two.
    scale = (m.bits() - u.high.bits() + m.like(1.0).bits()).as_float()
    return k, m, u.low * scale


def log_of_parts(k: Number, f: Number) -> Number:
    """Return k ln 2 + log(1 + f), for 1 + f from sqrt(1/2) to sqrt(2)."""
    return fma(k, format_of(f).ln2_high, _beside_powers(k, f))


def _beside_powers(k: Number, f: Number) -> Number:
    """Return log(1 + f), and what the leading part of k ln 2 leaves of that."""
    form = format_of(f)
    square = f * f
    if f.dtype == "float32":
        low = fma(k, form.ln2_low, square * f * polynomial(f, LOG["float32"]))
        return f + fma(square, -0.5, low)
    half = square * 0.5
    s = f / (f + 2.0)
    z = s * s
    rest = polynomial(z, LOG["float64"]) * z
    low = fma(s, half + rest, k * form.ln2_low)
    return f - (half - low)


def outside(x: Number, y: Number) -> Number:
    """Return a logarithm's value y, set right where x is 0, negative, infinite or NaN.

    With AVX-512 `normalised` has seen to that.
    """
    if avx512.has(x):
        return y
    y = select(x < inf, y, x)
    return select(x > 0.0, y, select(x.equals(0.0), x.like(-inf), select(x < 0.0, nan, x)))


def log(x: Number) -> Number:
    """Return the natural logarithm; about 0.9 ulp."""
    k, m = normalised(x)
    return outside(x, log_of_parts(k, m - 1.0))


def log_in_two(x: Number) -> Pair:
    """Return the natural logarithm, to an eighth of a unit where it is above 2.

    The lower part is right for finite positive numbers alone.
    """
    k, m = normalised(x)
    total = quick_sum(k * format_of(x).ln2_high, _beside_powers(k, m - 1.0))
    return Pair(outside(x, total.high), total.low)


def log1p(x: Number) -> Number:
    """Return log(1 + x); about 1.3 ulp, also near 0."""
    u = two_sum(x, x.like(1.0))
    k, m, lost = normalised_pair(u)
    y = log_of_parts(k, m - 1.0 + select(x < LOST, lost, 0.0))
    return outside(u.high, y).signed_as(x)


def log2(x: Number) -> Number:
    """Return the logarithm to base 2; about 1.2 ulp, and exact for powers of 2."""
    k, m = normalised(x)
    return outside(x, _times(m - 1.0, INVERSE_LN2[x.dtype], None) + k)


def log10(x: Number) -> Number:
    """Return the logarithm to base 10; about 1.2 ulp."""
    k, m = normalised(x)
    of_two, rest = LOG10_2[x.dtype]
    return outside(x, fma(k, of_two, _times(m - 1.0, INVERSE_LN10[x.dtype], k * rest)))


def _times(f: Number, factor: tuple[float, float], low: Number | None) -> Number:
    """Return log(1 + f) times a factor in two parts, plus what is small."""
    half = f * f * 0.5
    curved = (_beyond_square(f, half) - half) * factor[0]
    curved = fma(f, factor[1], curved if low is None else curved + low)
    return multiply_add(f, f.like(factor[0]), curved)


def _beyond_square(f: Number, half: Number) -> Number:
    """Return log(1 + f) - f + f**2 / 2, half being f**2 / 2."""
    if f.dtype == "float32":
        return f * f * f * polynomial(f, LOG["float32"])
    s = f / (f + 2.0)
    z = s * s
    return s * (half + polynomial(z, LOG["float64"]) * z)
