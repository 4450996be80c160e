"""The terms of entropies, which are 0 where what stands before the logarithm is."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler import promotion
from symc.compiler.families import pointwise
from symc.compiler.ops.exponential import log


def _reference(x: Any, y: Any) -> Any:
    zero = np.equal(x, 0)
    return np.where(zero, np.zeros_like(x), x * np.log(np.where(zero, np.ones_like(y), y)))


def _body(b: Any, x: Any, y: Any) -> Any:
    zero = b.constant(x.dtype, 0.0, x.lanes)
    return b.select(b.equal(x, zero), zero, b.multiply(x, b.math("log", y)))


xlogx = pointwise(
    "xlogx",
    lambda x: _reference(x, x),
    lambda b, x: _body(b, x, x),
    lambda y, x: (1 + log(x),),
    promotion.real_float,
    doc="Return x log(x), and 0 at 0.",
)
xlogy0 = pointwise(
    "xlogy0",
    _reference,
    _body,
    lambda z, x, y: (log(y), x / y),
    promotion.real_float,
    doc="Return x log(y), and 0 where x is 0.",
)
