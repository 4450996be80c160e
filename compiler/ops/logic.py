"""Bits, choices, bounds and conversions."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler import promotion
from symc.compiler.bfloat import convert
from symc.compiler.families import pointwise
from symc.compiler.types import DISCRETE, INTEGERS

bit_and = pointwise(
    "bit_and",
    np.bitwise_and,
    lambda b, x, y: b.bit_and(x, y),
    lambda z, x, y: (0, 0),
    promotion.discrete,
    commutative=True,
    doc="Return the bits set in both operands; of bools, whether both are true.",
)
bit_or = pointwise(
    "bit_or",
    np.bitwise_or,
    lambda b, x, y: b.bit_or(x, y),
    lambda z, x, y: (0, 0),
    promotion.discrete,
    commutative=True,
    doc="Return the bits set in either operand; of bools, whether one is true.",
)
bit_xor = pointwise(
    "bit_xor",
    np.bitwise_xor,
    lambda b, x, y: b.bit_xor(x, y),
    lambda z, x, y: (0, 0),
    promotion.discrete,
    commutative=True,
    doc="Return the bits set in just one operand; of bools, whether they differ.",
)
bit_not = pointwise(
    "bit_not",
    np.bitwise_not,
    lambda b, x: b.bit_not(x),
    lambda y, x: (0,),
    promotion.discrete,
    doc="Turn over all bits; of a bool, its truth.",
)
shift_left = pointwise(
    "shift_left",
    np.left_shift,
    lambda b, x, y: b.shift_left(x, y),
    lambda z, x, y: (0, 0),
    promotion.integer,
    doc="Shift bits up; an amount outside 0..bits-1 shifts all of them out.",
)
shift_right = pointwise(
    "shift_right",
    np.right_shift,
    lambda b, x, y: b.shift_right(x, y),
    lambda z, x, y: (0, 0),
    promotion.integer,
    doc="Shift bits down; an amount outside 0..bits-1 leaves only the sign.",
)


def indicator(condition: Any, like: Any) -> Any:
    """Return 1 where a condition holds and 0 elsewhere, in the dtype of another Value."""
    return cast(condition, dtype=like.type.dtype)


switch = pointwise(
    "switch",
    np.where,
    lambda b, c, x, y: b.select(c, x, y),
    lambda z, c, x, y: (0, indicator(c, z), indicator(bit_not(c), z)),
    promotion.condition,
    doc="Choose the second operand where the first is true, and the third elsewhere.",
)


def _cast_reference(x: Any, *, dtype: str) -> Any:
    """Convert; floats outside an integer dtype become its nearest end, and NaN becomes 0."""
    x = np.asarray(x)
    if x.dtype.kind == "f" and dtype in INTEGERS:
        ends = np.iinfo(dtype)
        wide = np.trunc(np.nan_to_num(x.astype("float64"), nan=0, posinf=np.inf, neginf=-np.inf))
        inside = (wide >= float(ends.min)) & (wide < float(ends.max + 1))
        nearest = np.where(wide < 0, ends.min, ends.max).astype(dtype)
        return np.where(inside, np.where(inside, wide, 0).astype(dtype), nearest)
    return convert(x, dtype)


cast = pointwise(
    "cast",
    _cast_reference,
    lambda b, x, *, dtype: b.cast(x, dtype),
    lambda y, x, *, dtype: (0 if {dtype, x.type.dtype} & set(DISCRETE) else 1,),
    promotion.conversion,
    doc="Convert to the dtype given; a float goes to an integer towards zero, kept in its range.",
)


def _clip_partials(z: Any, x: Any, low: Any, high: Any) -> tuple[Any, ...]:
    inside = (x >= low) & (x <= high)
    below = (x < low) & (low <= high)
    above = (x > high) | (low > high)
    return indicator(inside, z), indicator(below, z), indicator(above, z)


clip = pointwise(
    "clip",
    lambda x, low, high: np.minimum(np.maximum(x, low), high),
    lambda b, x, low, high: b.minimum(b.maximum(x, low), high),
    _clip_partials,
    promotion.real,
    doc="Keep the first operand between the second and the third; NaN stays NaN.",
)
