"""Element types, sizes and tensor types, shared by both layers of graph."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from msgspec import Struct

if TYPE_CHECKING:
    from symc.compiler.value import Value

Size: TypeAlias = "int | Value | None"
"""A dimension: a number, a 0-d int64 Value of the same graph, or None in the user's layer."""

BOOL = ("bool",)
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
FLOATS = ("float16", "float32", "float64")
COMPLEX = ("complex64", "complex128")
INTEGERS = SIGNED + UNSIGNED
DISCRETE = BOOL + INTEGERS
DTYPES = DISCRETE + FLOATS + COMPLEX

PART = {"complex64": "float32", "complex128": "float64"}
"""The dtype of either part of a complex number."""

ITEM_SIZE = {name: np.dtype(name).itemsize for name in DTYPES}


@cache
def name_of(dtype: np.dtype[Any]) -> str:
    """Return the name of an array's element type, which NumPy puts together at each asking."""
    return str(dtype)


class TensorType(Struct, frozen=True):
    """An element type and a shape.

    >>> TensorType("float32", (None, 1)).broadcastable
    (False, True)
    """

    dtype: str
    shape: tuple[Size, ...] = ()

    @property
    def ndim(self) -> int:
        """Return the number of dimensions."""
        return len(self.shape)

    @property
    def broadcastable(self) -> tuple[bool, ...]:
        """Return, for each dimension, whether its size is known to be 1."""
        return tuple(isinstance(size, int) and size == 1 for size in self.shape)

    def __str__(self) -> str:
        sizes = ", ".join("?" if size is None else str(size) for size in self.shape)
        return f"{self.dtype}[{sizes}]"
