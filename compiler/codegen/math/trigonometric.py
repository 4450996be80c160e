"""Sine, cosine and tangent.

Without fma, float32 computes in float64, where the multiples of pi that are subtracted are exact.
"""

from __future__ import annotations

from collections.abc import Callable

from symc.compiler.codegen.math.coefficients import COS, SIN, TAN
from symc.compiler.codegen.math.format import polynomial
from symc.compiler.codegen.math.number import Number, fma, select
from symc.compiler.codegen.math.pair import Pair, quick_sum, two_product
from symc.compiler.codegen.math.pi import reduce


def sin(x: Number) -> Number:
    """Return the sine; below 1 ulp for any argument."""
    return select(x.equals(0.0), x, _in_own_digits(_sin, x))


def cos(x: Number) -> Number:
    """Return the cosine; below 1 ulp for any argument."""
    return _in_own_digits(_cos, x)


def sin_and_cos(x: Number) -> tuple[Number, Number]:
    """Return the sine and the cosine, with the bits they have alone."""
    own = x.builder.target.has_fma
    angle = reduce(x if own else x.to("float64"))
    waves = _sine(angle.rest), _cosine(angle.rest)
    sine, cosine = (
        _of_quadrant(angle.quadrant + k if k else angle.quadrant, *waves) for k in (0, 1)
    )
    if not own:
        sine, cosine = sine.to(x.dtype), cosine.to(x.dtype)
    return select(x.equals(0.0), x, sine), cosine


def tan(x: Number) -> Number:
    """Return the tangent; below 1.6 ulp for any argument."""
    return select(x.equals(0.0), x, _in_own_digits(_tan, x))


def _in_own_digits(function: Callable[[Number], Number], x: Number) -> Number:
    if x.builder.target.has_fma:
        return function(x)
    return function(x.to("float64")).to(x.dtype)


def _sin(x: Number) -> Number:
    angle = reduce(x)
    return _of_quadrant(angle.quadrant, _sine(angle.rest), _cosine(angle.rest))


def _cos(x: Number) -> Number:
    angle = reduce(x)
    return _of_quadrant(angle.quadrant + 1, _sine(angle.rest), _cosine(angle.rest))


def _tan(x: Number) -> Number:
    angle = reduce(x)
    r = angle.rest.high
    z = r * r
    low = fma(angle.rest.low, z, angle.rest.low)
    y = quick_sum(r, fma(r * z, polynomial(z, TAN[r.dtype]), low))
    return select((angle.quadrant & 1).equals(1), -_inverse(y), y.high)


def _inverse(x: Pair) -> Number:
    """Return 1 / x, rounded about once."""
    y = 1.0 / x.high
    back = two_product(y, x.high)
    return fma(y, (1.0 - back.high) - back.low - y * x.low, y)


def _of_quadrant(quadrant: Number, sine: Number, cosine: Number) -> Number:
    """Return the sine of an angle from the sine and the cosine of its rest."""
    y = select((quadrant & 1).equals(1), cosine, sine)
    return (y.bits() ^ ((quadrant & 2) << (y.register.bits - 2))).as_float()


def _sine(angle: Pair) -> Number:
    """Return the sine of an angle within pi / 4."""
    r = angle.high
    z = r * r
    low = angle.low * fma(z, -0.5, 1.0)
    return r + fma(r * z, polynomial(z, SIN[r.dtype]), low)


def _cosine(angle: Pair) -> Number:
    """Return the cosine of an angle within pi / 4."""
    r = angle.high
    z = r * r
    half = z * 0.5
    near = quick_sum(r.like(1.0), -half)
    beyond = fma(z * z, polynomial(z, COS[r.dtype]), -(r * angle.low))
    return near.high + (near.low + beyond)
