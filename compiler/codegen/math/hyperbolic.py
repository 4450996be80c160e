"""Hyperbolic functions and their inverses."""

from __future__ import annotations

from symc.compiler.codegen.math.coefficients import TANH
from symc.compiler.codegen.math.exponential import exp
from symc.compiler.codegen.math.format import polynomial
from symc.compiler.codegen.math.number import Number, clamp, fma, select

# tanh is 1 to the last bit from here on.
ONE = {"float32": 10.0, "float64": 22.0}


def tanh(x: Number) -> Number:
    """Return the hyperbolic tangent; about 1.3 ulp."""
    a = abs(x)
    z = x * x
    small = fma(polynomial(z, TANH[x.dtype]) * z, a, a)
    double = clamp(a, None, ONE[x.dtype])
    large = 1.0 - 2.0 / (exp(double + double) + 1.0)
    return select(a < 0.625, small, large).signed_as(x)
