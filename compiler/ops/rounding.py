"""Roundings to whole numbers, whose derivative is 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler import promotion
from symc.compiler.families import pointwise

floor = pointwise(
    "floor",
    np.floor,
    lambda b, x: b.floor(x),
    lambda y, x: (0,),
    promotion.real_float,
    doc="Round towards minus infinity.",
)
ceil = pointwise(
    "ceil",
    np.ceil,
    lambda b, x: b.ceil(x),
    lambda y, x: (0,),
    promotion.real_float,
    doc="Round towards plus infinity.",
)
trunc = pointwise(
    "trunc",
    np.trunc,
    lambda b, x: b.trunc(x),
    lambda y, x: (0,),
    promotion.real_float,
    doc="Round towards zero.",
)
round_half_to_even = pointwise(
    "round_half_to_even",
    np.rint,
    lambda b, x: b.rint(x),
    lambda y, x: (0,),
    promotion.only_float,
    doc="Round to the nearest whole number, halves to the even one.",
)


def _away_reference(x: Any) -> Any:
    whole = np.trunc(x)
    return np.where(np.abs(x - whole) >= 0.5, whole + np.copysign(np.ones_like(x), x), whole)


def _away_body(b: Any, x: Any) -> Any:
    # Adding a half first would round up the largest float below one half; the rest is exact.
    whole = b.trunc(x)
    far = b.greater_equal(b.absolute(b.subtract(x, whole)), b.constant(x.dtype, 0.5, x.lanes))
    away = b.add(whole, b.copysign(b.constant(x.dtype, 1, x.lanes), x))
    return b.select(far, away, whole)


round_half_away_from_zero = pointwise(
    "round_half_away_from_zero",
    _away_reference,
    _away_body,
    lambda y, x: (0,),
    promotion.only_float,
    doc="Round to the nearest whole number, halves away from zero.",
)
