"""Logarithms.

x = 2**k * m with m from sqrt(1/2) to sqrt(2); log(m) is a polynomial in m - 1 for float32, and in
s = (m - 1) / (m + 1) for float64, whose longer polynomial then has half the terms.
"""

from __future__ import annotations

from math import inf, nan

from symc.compiler.codegen.math.coefficients import INVERSE_LN2, INVERSE_LN10, LOG, LOG10_2
from symc.compiler.codegen.math.format import format_of, polynomial
from symc.compiler.codegen.math.number import Number, fma, select

SQRT_HALF = 0.5**0.5


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
    """Return what `split` does, also for subnormal x."""
    form = format_of(x)
    is_tiny = x < form.tiny
    k, m = split(select(is_tiny, x * 2.0**form.mantissa, x), least)
    return select(is_tiny, k - float(form.mantissa), k), m


def log_of_parts(k: Number, f: Number, correction: Number | None = None) -> Number:
    """Return k ln 2 + log(1 + f) + correction, for 1 + f from sqrt(1/2) to sqrt(2)."""
    form = format_of(f)
    square = f * f
    if f.dtype == "float32":
        low = fma(k, form.ln2_low, square * f * polynomial(f, LOG["float32"]))
        low = low if correction is None else low + correction
        return fma(k, form.ln2_high, f + fma(square, -0.5, low))
    half = square * 0.5
    s = f / (f + 2.0)
    z = s * s
    rest = polynomial(z, LOG["float64"]) * z
    low = k * form.ln2_low if correction is None else fma(k, form.ln2_low, correction)
    low = fma(s, half + rest, low)
    return fma(k, form.ln2_high, f - (half - low))


def outside(x: Number, y: Number) -> Number:
    """Return a logarithm's value y, set right where x is 0, negative, infinite or NaN."""
    y = select(x.equals(inf), inf, y)
    y = select(x.equals(0.0), -inf, y)
    return select(x < 0.0, nan, select(x.is_nan(), x, y))


def log(x: Number) -> Number:
    """Return the natural logarithm; about 0.9 ulp."""
    k, m = normalised(x)
    return outside(x, log_of_parts(k, m - 1.0))


def log1p(x: Number) -> Number:
    """Return log(1 + x); about 1 ulp, also near 0."""
    u = x + 1.0
    k, m = split(u)
    # What 1 + x lost in rounding, relative to u; taken from the larger of both.
    lost = select(x < 1.0, x - (u - 1.0), 1.0 - (u - x)) / u
    direct = k.equals(0.0)  # then x itself is m - 1, without any loss
    f = select(direct, x, m - 1.0)
    y = log_of_parts(k, f, select(direct, 0.0, lost))
    y = select(abs(x) < format_of(x).tiny, x, y)
    return outside(u, y)


def log2(x: Number) -> Number:
    """Return the logarithm to base 2; about 1.1 ulp, and exact for powers of 2."""
    return _in_base(x, INVERSE_LN2[x.dtype], (1.0, 0.0))


def log10(x: Number) -> Number:
    """Return the logarithm to base 10; about 1.1 ulp."""
    return _in_base(x, INVERSE_LN10[x.dtype], LOG10_2[x.dtype])


def _in_base(x: Number, factor: tuple[float, float], of_two: tuple[float, float]) -> Number:
    """Return log(x) * factor, given the factor and the logarithm of 2 in two parts each.

    log(m) is taken in two parts as well, the first short enough that its products are exact.
    """
    k, m = normalised(x)
    f = m - 1.0
    half = f * f * 0.5
    short = ((f - half).bits() & -(1 << (format_of(x).mantissa + 1) // 2)).as_float()
    rest = ((f - short) - half) + _beyond_square(f, half)
    start, high = k * of_two[0], short * factor[0]
    low = fma(rest + short, factor[1], k * of_two[1]) + rest * factor[0]
    y = start + high
    return outside(x, y + (low + ((start - y) + high)))


def _beyond_square(f: Number, half: Number) -> Number:
    """Return log(1 + f) - f + f**2 / 2, half being f**2 / 2."""
    if f.dtype == "float32":
        return f * f * f * polynomial(f, LOG["float32"])
    s = f / (f + 2.0)
    z = s * s
    return s * (half + polynomial(z, LOG["float64"]) * z)
