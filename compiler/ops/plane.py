"""Functions of a point of the plane, given by its two coordinates, and the sign of a number."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler import promotion
from symc.compiler.families import pointwise
from symc.compiler.op import Op
from symc.compiler.ops.arithmetic import sign

hypot: Op = pointwise(
    "hypot",
    np.hypot,
    lambda b, x, y: b.math("hypot", x, y),
    lambda z, x, y: (x / z, y / z),
    promotion.real_float,
    commutative=True,
    doc="Return the distance of the point (x, y) from 0, without overflow.",
)


def _log_hypot_reference(x: Any, y: Any) -> Any:
    x, y = np.broadcast_arrays(x, y)
    wide = np.result_type(x, "float32")
    point = np.empty(x.shape, np.result_type(wide, "complex64"))
    point.real, point.imag = x, y
    return np.log(point).real.astype(x.dtype)


def _log_hypot_partials(z: Any, x: Any, y: Any) -> tuple[Any, Any]:
    size = hypot(x, y)
    return x / size / size, y / size / size


log_hypot: Op = pointwise(
    "log_hypot",
    _log_hypot_reference,
    lambda b, x, y: b.math("log_hypot", x, y),
    _log_hypot_partials,
    promotion.real_float,
    commutative=True,
    doc="Return the logarithm of hypot, exact where that is near 1.",
)
copysign: Op = pointwise(
    "copysign",
    np.copysign,
    lambda b, x, y: b.copysign(x, y),
    lambda z, x, y: (sign(z) * sign(x), 0),
    promotion.real_float,
    doc="Return the magnitude of the first operand with the sign of the second.",
)
