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
FLOATS = ("float16", "bfloat16", "float32", "float64")
COMPLEX = ("complex64", "complex128")
INTEGERS = SIGNED + UNSIGNED
DISCRETE = BOOL + INTEGERS
DTYPES = DISCRETE + FLOATS + COMPLEX
HALVES = ("float16", "bfloat16")
"""The floats of 16 bits: they are stored, and computed with in float32."""

OF_NUMPY = tuple(name for name in DTYPES if name != "bfloat16")
"""The dtypes that NumPy has of its own, which are Theano's."""

PART = {"complex64": "float32", "complex128": "float64"}
"""The dtype of either part of a complex number."""

ITEM_SIZE = {name: 2 if name == "bfloat16" else np.dtype(name).itemsize for name in DTYPES}
"""The bytes of an element."""


@cache
def array_dtype(name: str) -> np.dtype[Any]:
    """Return an array's element type by its name.

    NumPy has no bfloat16: the package ml_dtypes adds it, and loads only once it is asked for. From
    then on NumPy knows the name, too.
    """
    if name == "bfloat16":
        import ml_dtypes

        found: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
        return found
    return np.dtype(name)


@cache
def name_of(dtype: np.dtype[Any]) -> str:
    """Return the name of an array's element type, which NumPy puts together at each asking."""
    return str(dtype)


def holds_floats(array: np.ndarray[Any, Any]) -> bool:
    """Tell whether the elements of an array are floats, or complex numbers."""
    return name_of(array.dtype) in (*FLOATS, *COMPLEX)


def largest(dtype: str) -> float:
    """Return the largest finite number of a float's dtype."""
    return (2 - 2.0**-7) * 2.0**127 if dtype == "bfloat16" else float(np.finfo(dtype).max)


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
