"""symc.tensor.extra_ops: the functions that Theano keeps beside the basic ones."""

from __future__ import annotations

from typing import Any

from symc.absent import absent
from symc.compiler.errors import TypeMismatch
from symc.compiler.types import INTEGERS
from symc.report import mistake
from symc.tensor import conversion, creation, elementwise
from symc.tensor.cumulative import cumprod, cumsum, diff
from symc.tensor.diagonals import fill_diagonal, fill_diagonal_offset
from symc.tensor.places import (
    bincount,
    ravel_multi_index,
    searchsorted,
    to_one_hot,
    unravel_index,
)
from symc.tensor.positions import compress
from symc.tensor.shaping import repeat, squeeze
from symc.tensor.unique import Unique


def bartlett(M: Any) -> Any:
    """Return the triangular window of M points, from 0 to 1 and back to 0, as float64.

    >>> bartlett(5).eval().tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    count = conversion.as_tensor_variable(M)
    if count.ndim or count.dtype not in INTEGERS:
        raise mistake(TypeMismatch, f"bartlett: the number of points is no integer: {count.type}")
    last = elementwise.cast(count, "float64") - 1
    here = elementwise.cast(creation.arange(count), "float64")
    slope = 2 * here / last
    window = elementwise.switch(elementwise.le(here, last / 2), slope, 2 - slope)
    return elementwise.switch(elementwise.eq(last, 0), 1.0, window)


def __getattr__(name: str) -> Any:
    raise absent(__name__, name, __all__)


__all__ = [
    "Unique",
    "bartlett",
    "bincount",
    "compress",
    "cumprod",
    "cumsum",
    "diff",
    "fill_diagonal",
    "fill_diagonal_offset",
    "ravel_multi_index",
    "repeat",
    "searchsorted",
    "squeeze",
    "to_one_hot",
    "unravel_index",
]
