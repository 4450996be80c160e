"""The gamma function, its logarithm, and the derivatives of that.

Kernels have code of their own (codegen/math/gamma.py). For references a number is moved above EDGE
by the recurrence, where Stirling's series converges at once; one below a half is reflected there
first (Abramowitz and Stegun 1964, 6.1.17, 6.1.40, 6.3.18 and 6.4.12). Errors are some 1e-14, of the
result itself but for `gammaln` and `psi` near their zeros.
"""

from __future__ import annotations

import math
from typing import Any

from symc.compiler import promotion
from symc.compiler.errors import NotSupported
from symc.compiler.families import pointwise
from symc.compiler.op import Op
from symc.compiler.ops.formula import Functions, polynomial, reference_of

EDGE = 10
LARGEST = 180.0
"""Gamma is infinite from well below here on."""

WHOLE = 2.0**52
"""From here on every float is a whole number."""

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)
"""The Bernoulli numbers B2, B4, ..., B14."""
LOG_GAMMA = tuple(n / (2 * k * (2 * k - 1)) for k, n in enumerate(BERNOULLI, 1))
DIGAMMA = tuple(-n / (2 * k) for k, n in enumerate(BERNOULLI, 1))


def _reflected(f: Functions, x: Any) -> Any:
    """Return 1 - x below a half, else x."""
    return f.select(x < 0.5, 1.0 - x, x)


def _raised(f: Functions, z: Any, start: float, step: Any) -> tuple[Any, Any]:
    """Add 1 to z while it is below EDGE, and collect by step(total, z); z is at least a half."""
    total = f.select(z < 0.0, z, start)
    for _ in range(EDGE):
        low = z < EDGE
        total = f.select(low, step(total, z), total)
        z = f.select(low, z + 1.0, z)
    return z, total


def _turn(f: Functions, x: Any) -> Any:
    """Return pi times the distance of x from the nearest whole number."""
    rest = f.select(abs(x) < WHOLE, x - f.rint(x), x - x)
    return f.select(abs(x) < 0.5, x, rest) * math.pi  # a zero keeps its sign


def log_gamma_of(f: Functions, x: Any) -> Any:
    """Return the logarithm of the magnitude of the gamma function."""
    z, product = _raised(f, _reflected(f, x), 1.0, lambda total, z: total * z)
    series = polynomial(1.0 / (z * z), LOG_GAMMA) / z
    ends = series - f.log(product) + (0.5 * math.log(2 * math.pi) - 0.5)
    value = (z - 0.5) * (f.log(z) - 1.0) + ends
    sine = abs(f.sin(_turn(f, x)))
    reflected = f.log(math.pi / sine) - value
    below = f.select(sine > 0.0, reflected, math.inf)
    return f.select(x < 0.5, f.select(x < -WHOLE, math.inf, below), value)


def gamma_of(f: Functions, x: Any) -> Any:
    """Return the gamma function."""
    z, product = _raised(f, _reflected(f, x), 1.0, lambda total, z: total * z)
    series = polynomial(1.0 / (z * z), LOG_GAMMA) / z
    half = f.pow(z, z * 0.5 - 0.25)  # in two steps, since the whole power overflows before gamma
    value = half * f.exp(series - z) * half * math.sqrt(2 * math.pi) / product
    value = f.select(z < LARGEST, value, z * math.inf)
    turn, whole = _turn(f, x), f.rint(x)
    odd = abs(whole * 0.5 - f.rint(whole * 0.5)) > 0.25
    sine = f.sin(f.select(odd, -turn, turn))
    reflected = math.pi / (sine * value)
    pole = f.select(abs(sine) > 0.0, reflected, math.nan)
    below = f.select(x < -0.5, pole, reflected)
    return f.select(x < 0.5, below, value)


def _digamma(f: Functions, x: Any) -> Any:
    z, total = _raised(f, _reflected(f, x), 0.0, lambda total, z: total + 1.0 / z)
    w = 1.0 / (z * z)
    value = f.log(z) - 0.5 / z + polynomial(w, DIGAMMA) * w - total
    turn = _turn(f, x)
    reflected = value - f.cos(turn) / f.sin(turn) * math.pi
    pole = f.select(abs(turn) > 0.0, reflected, math.nan)
    return f.select(x < 0.5, f.select(x < -0.5, pole, reflected), value)


def _trigamma(f: Functions, x: Any) -> Any:
    z, total = _raised(f, _reflected(f, x), 0.0, lambda total, z: total + 1.0 / (z * z))
    w = 1.0 / (z * z)
    value = polynomial(w, BERNOULLI) * w / z + w * 0.5 + 1.0 / z + total
    sine = f.sin(_turn(f, x)) / math.pi
    return f.select(x < 0.5, 1.0 / (sine * sine) - value, value)


def _no_partials(y: Any, x: Any) -> tuple[Any]:
    raise NotSupported("tri_gamma: its gradient needs polygamma functions that are not there yet")


gammaln: Op = pointwise(
    "gammaln",
    reference_of(log_gamma_of),
    lambda b, x: b.math("gammaln", x),
    lambda y, x: (psi(x),),
    promotion.real_float,
    doc="Return the logarithm of the magnitude of the gamma function.",
)
gamma = pointwise(
    "gamma",
    reference_of(gamma_of),
    lambda b, x: b.math("gamma", x),
    lambda y, x: (y * psi(x),),
    promotion.real_float,
    doc="Return the gamma function, (x - 1)! of whole numbers; NaN at whole numbers below 0.",
)
psi: Op = pointwise(
    "psi",
    reference_of(_digamma),
    lambda b, x: b.math("psi", x),
    lambda y, x: (tri_gamma(x),),
    promotion.real_float,
    doc="Return the derivative of gammaln, also named digamma.",
)
tri_gamma: Op = pointwise(
    "tri_gamma",
    reference_of(_trigamma),
    lambda b, x: b.math("tri_gamma", x),
    _no_partials,
    promotion.real_float,
    doc="Return the derivative of psi.",
)
