"""Logarithms.

x = 2**k * m with m from sqrt(1/2) to sqrt(2); log(m) is a polynomial in m - 1 for float32, and in
s = (m - 1) / (m + 1) for float64, whose longer polynomial then has half the terms.
"""

from __future__ import annotations

from math import inf, nan

from symc.compiler.codegen.math.coefficients import LOG
from symc.compiler.codegen.math.format import format_of, polynomial
from symc.compiler.codegen.math.number import Number, fma, select

SQRT_HALF_BITS = {"float32": 0x3F3504F3, "float64": 0x3FE6A09E667F3BCD}


def split(x: Number) -> tuple[Number, Number]:
    """Return the float k and m of x = 2**k * m, for positive normal x."""
    form = format_of(x)
    bits = x.bits()
    start = SQRT_HALF_BITS[x.dtype]
    distance = bits - start
    m = ((distance & ((1 << form.mantissa) - 1)) + start).as_float()
    # A positive number, so that a logical shift does; then a float by setting its low bits.
    biased = (distance + (2 * form.bias + 2 << form.mantissa)) >> form.mantissa
    base = 2.0**form.mantissa
    k = (biased | x.like(base).bits()).as_float() - (base + (2 * form.bias + 2))
    return k, m


def normalised(x: Number) -> tuple[Number, Number]:
    """Return the float k and m of x = 2**k * m, for positive finite x, subnormal ones too."""
    form = format_of(x)
    is_tiny = x < form.tiny
    k, m = split(select(is_tiny, x * 2.0**form.mantissa, x))
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
