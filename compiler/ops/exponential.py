"""Exponentials, logarithms and the sigmoids made of them."""

from __future__ import annotations

from math import log as natural_log
from typing import Any

import numpy as np

from symc.compiler import promotion
from symc.compiler.families import pointwise
from symc.compiler.ops.logic import indicator, switch

exp = pointwise(
    "exp",
    np.exp,
    lambda b, x: b.math("exp", x),
    lambda y, x: (y,),
    promotion.to_float,
    doc="Return e to the power of the operand.",
)
exp2 = pointwise(
    "exp2",
    np.exp2,
    lambda b, x: b.math("exp2", x),
    lambda y, x: (y * natural_log(2),),
    promotion.to_float,
    doc="Return 2 to the power of the operand.",
)
expm1 = pointwise(
    "expm1",
    np.expm1,
    lambda b, x: b.math("expm1", x),
    lambda y, x: (exp(x),),
    promotion.to_float,
    doc="Return exp(x) - 1, exact near 0.",
)
log = pointwise(
    "log",
    np.log,
    lambda b, x: b.math("log", x),
    lambda y, x: (1 / x,),
    promotion.to_float,
    doc="Return the natural logarithm; NaN below zero.",
)
log2 = pointwise(
    "log2",
    np.log2,
    lambda b, x: b.math("log2", x),
    lambda y, x: (1 / natural_log(2) / x,),
    promotion.to_float,
    doc="Return the logarithm to base 2.",
)
log10 = pointwise(
    "log10",
    np.log10,
    lambda b, x: b.math("log10", x),
    lambda y, x: (1 / natural_log(10) / x,),
    promotion.to_float,
    doc="Return the logarithm to base 10.",
)
log1p = pointwise(
    "log1p",
    np.log1p,
    lambda b, x: b.math("log1p", x),
    lambda y, x: (1 / (1 + x),),
    promotion.to_float,
    doc="Return log(1 + x), exact near 0.",
)


def _sigmoid_reference(x: Any) -> Any:
    small = np.exp(-np.abs(x))  # in [0, 1]: no overflow at either end
    return np.where(np.signbit(x), small, np.ones_like(small)) / (1 + small)


sigmoid = pointwise(
    "sigmoid",
    _sigmoid_reference,
    lambda b, x: b.math("sigmoid", x),
    lambda y, x: (y * (1 - y),),
    promotion.real_float,
    doc="Return 1 / (1 + exp(-x)), without overflow.",
)
softplus = pointwise(
    "softplus",
    lambda x: np.logaddexp(x, np.zeros_like(x)),
    lambda b, x: b.math("softplus", x),
    lambda y, x: (sigmoid(x),),
    promotion.real_float,
    doc="Return log(1 + exp(x)), without overflow.",
)


def _hard_body(b: Any, x: Any) -> Any:
    slope, shift, zero, one = (b.constant(x.dtype, k, x.lanes) for k in (0.2, 0.5, 0, 1))
    line = b.add(b.multiply(slope, x), shift)
    return b.minimum(b.maximum(line, zero), one)


def _hard_partials(y: Any, x: Any) -> tuple[Any]:
    line = 0.2 * x + 0.5
    return (0.2 * indicator((line >= 0) & (line <= 1), x),)


hard_sigmoid = pointwise(
    "hard_sigmoid",
    lambda x: np.minimum(np.maximum(0.2 * x + 0.5, 0), 1),
    _hard_body,
    _hard_partials,
    promotion.real_float,
    doc="Return the line 0.2 x + 0.5 kept between 0 and 1.",
)

# The sigmoid in three pieces by t = |x| / 2, as half of 1 + s or 1 - s:
# s = 1.5 t / (1 + t) below 1.7, then a line up to 3, then a constant.
BEND, END = 1.7, 3.0
AT_BEND, SLOPE, AT_END = 0.935409070603099, 0.0458812946797165, 0.99505475368673


def _ultra_fast_reference(x: Any) -> Any:
    t = np.abs(0.5 * x)
    line = AT_BEND + SLOPE * (t - BEND)
    s = np.where(t < BEND, 1.5 * t / (1 + t), np.where(t < END, line, np.full_like(t, AT_END)))
    s = np.where(np.isnan(t), t, s)
    return 0.5 * (np.where(np.signbit(x), -s, s) + 1)


def _ultra_fast_body(b: Any, x: Any) -> Any:
    def number(value: float) -> Any:
        return b.constant(x.dtype, value, x.lanes)

    t = b.absolute(b.multiply(number(0.5), x))
    curve = b.divide(b.multiply(number(1.5), t), b.add(number(1), t))
    line = b.add(number(AT_BEND), b.multiply(number(SLOPE), b.subtract(t, number(BEND))))
    s = b.select(b.less(t, number(END)), line, number(AT_END))
    s = b.select(b.less(t, number(BEND)), curve, s)
    s = b.select(b.is_nan(t), t, s)
    return b.multiply(number(0.5), b.add(b.copysign(s, x), number(1)))


def _ultra_fast_partials(y: Any, x: Any) -> tuple[Any]:
    t = abs(0.5 * x)
    line = indicator(t < END, x) * (SLOPE / 4)
    return (switch(t < BEND, 0.375 / ((1 + t) * (1 + t)), line),)


ultra_fast_sigmoid = pointwise(
    "ultra_fast_sigmoid",
    _ultra_fast_reference,
    _ultra_fast_body,
    _ultra_fast_partials,
    promotion.real_float,
    doc="Return the sigmoid to about 0.03, without an exponential.",
)
