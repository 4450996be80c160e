"""Circular and hyperbolic functions, their inverses, and the units of angles."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np

from symc.compiler import promotion
from symc.compiler.families import pointwise
from symc.compiler.op import Op
from symc.compiler.ops.arithmetic import sqrt

sin: Op = pointwise(
    "sin",
    np.sin,
    lambda b, x: b.math("sin", x),
    lambda y, x: (cos(x),),
    promotion.to_float,
    doc="Return the sine of an angle in radians.",
)
cos: Op = pointwise(
    "cos",
    np.cos,
    lambda b, x: b.math("cos", x),
    lambda y, x: (-sin(x),),
    promotion.to_float,
    doc="Return the cosine of an angle in radians.",
)
tan = pointwise(
    "tan",
    np.tan,
    lambda b, x: b.math("tan", x),
    lambda y, x: (1 + y * y,),
    promotion.to_float,
    doc="Return the tangent of an angle in radians.",
)
# (1 - x) (1 + x) keeps its digits near -1 and 1, where 1 - x x loses them.
arcsin = pointwise(
    "arcsin",
    np.arcsin,
    lambda b, x: b.math("asin", x),
    lambda y, x: (1 / sqrt((1 - x) * (1 + x)),),
    promotion.to_float,
    doc="Return the angle in -pi/2..pi/2 whose sine is given.",
)
arccos = pointwise(
    "arccos",
    np.arccos,
    lambda b, x: b.math("acos", x),
    lambda y, x: (-1 / sqrt((1 - x) * (1 + x)),),
    promotion.to_float,
    doc="Return the angle in 0..pi whose cosine is given.",
)
arctan = pointwise(
    "arctan",
    np.arctan,
    lambda b, x: b.math("atan", x),
    lambda y, x: (1 / (1 + x * x),),
    promotion.to_float,
    doc="Return the angle in -pi/2..pi/2 whose tangent is given.",
)


def _arctan2_partials(z: Any, y: Any, x: Any) -> tuple[Any, Any]:
    square = y * y + x * x
    return x / square, -y / square


arctan2 = pointwise(
    "arctan2",
    np.arctan2,
    lambda b, y, x: b.math("atan2", y, x),
    _arctan2_partials,
    promotion.real_float,
    doc="Return the angle in -pi..pi of the point (x, y); the first operand is y.",
)
sinh: Op = pointwise(
    "sinh",
    np.sinh,
    lambda b, x: b.math("sinh", x),
    lambda y, x: (cosh(x),),
    promotion.to_float,
    doc="Return the hyperbolic sine.",
)
cosh: Op = pointwise(
    "cosh",
    np.cosh,
    lambda b, x: b.math("cosh", x),
    lambda y, x: (sinh(x),),
    promotion.to_float,
    doc="Return the hyperbolic cosine.",
)
tanh = pointwise(
    "tanh",
    np.tanh,
    lambda b, x: b.math("tanh", x),
    lambda y, x: (1 - y * y,),
    promotion.to_float,
    doc="Return the hyperbolic tangent.",
)
arcsinh = pointwise(
    "arcsinh",
    np.arcsinh,
    lambda b, x: b.math("asinh", x),
    lambda y, x: (1 / sqrt(1 + x * x),),
    promotion.to_float,
    doc="Return the number whose hyperbolic sine is given.",
)
arccosh = pointwise(
    "arccosh",
    np.arccosh,
    lambda b, x: b.math("acosh", x),
    lambda y, x: (1 / (sqrt(x - 1) * sqrt(x + 1)),),
    promotion.to_float,
    doc="Return the number, not negative, whose hyperbolic cosine is given; NaN below 1.",
)
arctanh = pointwise(
    "arctanh",
    np.arctanh,
    lambda b, x: b.math("atanh", x),
    lambda y, x: (1 / ((1 - x) * (1 + x)),),
    promotion.to_float,
    doc="Return the number whose hyperbolic tangent is given; NaN outside -1..1.",
)


def _scale(factor: float) -> Any:
    return lambda b, x: b.multiply(x, b.constant(x.dtype, factor, x.lanes))


deg2rad = pointwise(
    "deg2rad",
    np.deg2rad,
    _scale(pi / 180),
    lambda y, x: (pi / 180,),
    promotion.real_float,
    doc="Turn degrees into radians.",
)
rad2deg = pointwise(
    "rad2deg",
    np.rad2deg,
    _scale(180 / pi),
    lambda y, x: (180 / pi,),
    promotion.real_float,
    doc="Turn radians into degrees.",
)
