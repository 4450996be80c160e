"""bfloat16 in NumPy: rounded to once, from every dtype, and computed with in float32.

The package ml_dtypes adds the dtype. It rounds float64 and wide integers to float32 on the way,
which is twice, and its own arithmetic rounds each step of a sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symc.compiler.op import Op
from symc.compiler.types import array_dtype, name_of

Array = NDArray[Any]

SURE = 1 << 53
"""Up to here integers are floats of 64 bits."""

LOW = (1 << 11) - 1
"""The bits of an integer of 64 that a float of as many may have no room for."""


def convert(array: Any, dtype: str) -> Array:
    """Return a number or an array in a dtype, each element rounded once, to nearest even."""
    if dtype != "bfloat16":
        return np.asarray(array, dtype)
    array = np.asarray(array)
    if array.dtype.kind in "iu" and array.itemsize > 2:
        array = _doubles(array)
    if array.dtype == "float64":
        array = _odd(array)
    with np.errstate(all="ignore"):
        rounded: Array = array.astype(array_dtype(dtype), copy=False)
    return rounded


def _doubles(array: Array) -> Array:
    """Return integers as float64 that lie between the same bfloat16."""
    if array.itemsize < 8:
        return array.astype("float64")
    low, one = array.dtype.type(LOW), array.dtype.type(1)
    marked = (array & ~low) | np.where(array & low, low // 2 + one, one - one)
    small = array < SURE if array.dtype.kind == "u" else (array < SURE) & (array > -SURE)
    return np.where(small, array, marked).astype("float64")


def _odd(array: Array) -> Array:
    """Return float64 as float32, an inexact one as its odd neighbour: the next rounding is right.

    Boldo and Melquiond 2008.
    """
    with np.errstate(all="ignore"):
        nearest = array.astype("float32")
        bits = nearest.view("uint32")
        larger = np.abs(nearest.astype("float64")) > np.abs(array)
        inexact = (nearest != array) & ~np.isnan(array)
    return np.where(inexact, (bits - larger.astype("uint32")) | 1, bits).view("float32")


def widened(array: Any) -> Any:
    """Return an array of bfloat16 as float32, any other as it is."""
    if getattr(array, "dtype", None) is None or name_of(array.dtype) != "bfloat16":
        return array
    bits = np.asarray(array).view("uint16").astype("uint32")
    return np.asarray(bits << 16).view("float32")


def refer(op: Op, operands: Iterable[Any], attributes: Mapping[str, Any]) -> Any:
    """Compute an operation by its reference, in float32 where operands are bfloat16.

    The result has yet to be converted to the dtype that the operation's type says.
    """
    return op.reference(*map(widened, operands), **attributes)
