"""Sine, cosine and tangent; float32 computes in float64, which costs less than a second digit."""

from __future__ import annotations

from symc.compiler.codegen.math.coefficients import COS, SIN
from symc.compiler.codegen.math.format import polynomial
from symc.compiler.codegen.math.number import Number, fma, select
from symc.compiler.codegen.math.pi import reduce

# Below these the sine and the tangent are the argument to the last bit.
TINY = {"float32": 2.0**-13, "float64": 2.0**-27}


def sin(x: Number) -> Number:
    """Return the sine; below 1 ulp for any argument."""
    angle = reduce(x.to("float64"))
    sine, cosine = _both(angle.rest.high, angle.rest.low, x.dtype)
    y = _of_quadrant(angle.quadrant, sine, cosine).to(x.dtype)
    return select(abs(x) < TINY[x.dtype], x, y)


def cos(x: Number) -> Number:
    """Return the cosine; below 1 ulp for any argument."""
    angle = reduce(x.to("float64"))
    sine, cosine = _both(angle.rest.high, angle.rest.low, x.dtype)
    return _of_quadrant(angle.quadrant + 1, sine, cosine).to(x.dtype)


def tan(x: Number) -> Number:
    """Return the tangent; below 2.5 ulp for any argument."""
    angle = reduce(x.to("float64"))
    sine, cosine = _both(angle.rest.high, angle.rest.low, x.dtype)
    is_odd = (angle.quadrant & 1).equals(1)
    y = select(is_odd, -cosine, sine) / select(is_odd, sine, cosine)
    return select(abs(x) < TINY[x.dtype], x, y.to(x.dtype))


def _of_quadrant(quadrant: Number, sine: Number, cosine: Number) -> Number:
    """Return the sine of an angle from those of its rest."""
    y = select((quadrant & 1).equals(1), cosine, sine)
    return (y.bits() ^ ((quadrant & 2) << 62)).as_float()


def _both(r: Number, low: Number, dtype: str) -> tuple[Number, Number]:
    """Return the sine and cosine of r + low, to the digits of `dtype`, as float64."""
    z = r * r
    sine = r + fma(r * z, polynomial(z, SIN[dtype]), low * fma(z, -0.5, 1.0))
    half = z * 0.5
    near = 1.0 - half
    lost = (1.0 - near) - half
    cosine = near + (lost + fma(z * z, polynomial(z, COS[dtype]), -(r * low)))
    return sine, cosine
