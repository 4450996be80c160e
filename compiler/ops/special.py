"""The error function and its relatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from symc.compiler import promotion
from symc.compiler.families import pointwise
from symc.compiler.ops.exponential import exp


def _each(function: Callable[[float], float]) -> Callable[[Any], Any]:
    """Make a function of one float one of arrays, computed in float64."""

    def reference(x: Any) -> Any:
        x = np.asarray(x)
        values = [function(float(element)) for element in x.ravel()]
        return np.array(values, dtype="float64").reshape(x.shape).astype(x.dtype)

    return reference


def _bell(x: Any) -> Any:
    """Return the derivative of erf."""
    return 2 / math.sqrt(math.pi) * exp(-(x * x))


erf = pointwise(
    "erf",
    _each(math.erf),
    lambda b, x: b.math("erf", x),
    lambda y, x: (_bell(x),),
    promotion.real_float,
    doc="Return the error function, 2/sqrt(pi) times the integral of exp(-t t) from 0 to x.",
)
erfc = pointwise(
    "erfc",
    _each(math.erfc),
    lambda b, x: b.math("erfc", x),
    lambda y, x: (-_bell(x),),
    promotion.real_float,
    doc="Return 1 - erf(x), exact where erf is near 1.",
)
