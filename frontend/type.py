"""The user's tensor type: a dtype and the pattern of broadcastable dimensions."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from symc.compiler.errors import TypeMismatch
from symc.compiler.types import COMPLEX, DTYPES, FLOATS, array_dtype
from symc.config import config
from symc.exceptions import BadUse
from symc.extension.type import Type
from symc.report import mistake

if TYPE_CHECKING:
    from symc.tensor.variable import TensorVariable

PATTERNS = {
    (): "scalar",
    (False,): "vector",
    (False, True): "col",
    (True, False): "row",
    (False, False): "matrix",
}
"""The patterns that have a name."""

NEAR = {"bfloat16": 1e-2, "float16": 1e-3, "float32": 1e-3, "complex64": 1e-3}
"""How far apart, relatively and absolutely, values of narrow dtypes are equal but for rounding."""


def dtype_name(dtype: Any) -> str:
    """Return the name of a dtype given by name, as 'floatX', or as a NumPy type."""
    if isinstance(dtype, str) and dtype == "floatX":
        dtype = str(config.floatX)
    try:
        name = dtype if isinstance(dtype, str) and dtype in DTYPES else str(np.dtype(dtype))
        array_dtype(name)  # NumPy knows the name from here on, be it bfloat16
    except TypeError:
        name = ""
    if name not in DTYPES:
        raise mistake(
            TypeMismatch, f"there is no dtype {dtype!r}", help=f"there are {', '.join(DTYPES)}"
        )
    return name


class TensorType(Type):
    """A dtype and, for each dimension, whether it is known to have size 1.

    Types compare on these two alone. Calling a type makes a variable of it.

    >>> TensorType("float32", (False, True))
    TensorType(float32, col)
    """

    __slots__ = ("__weakref__", "broadcastable", "dtype", "name", "ndim", "shape")

    def __init__(self, dtype: Any, broadcastable: Sequence[Any], name: str | None = None) -> None:
        self.dtype = dtype_name(dtype)
        if not isinstance(broadcastable, Iterable):
            raise mistake(
                BadUse,
                f"TensorType: {broadcastable!r} does not say which dimensions are of size 1",
                expected="a truth value for each dimension: (False, False) for a matrix",
            )
        self.broadcastable = tuple(bool(b) for b in broadcastable)
        self.ndim = len(self.broadcastable)
        self.shape: tuple[int | None, ...] = tuple(1 if b else None for b in self.broadcastable)
        self.name = name

    def __call__(self, name: str | None = None) -> TensorVariable:
        """Make a variable of this type."""
        return self.make_variable(name)

    def make_variable(self, name: str | None = None) -> TensorVariable:
        """Make a variable of this type."""
        from symc.tensor.variable import TensorVariable

        if self.dtype == "float64" and config.warn_float64 != "ignore":
            self._float64_made(name)
        return TensorVariable(self, name=name)

    def _float64_made(self, name: str | None) -> None:
        message = f"a float64 variable is made: {name or self}"
        if config.warn_float64 == "raise":
            raise mistake(TypeMismatch, message)
        warnings.warn(message, stacklevel=4)

    def clone(self, dtype: Any = None, broadcastable: Sequence[Any] | None = None) -> TensorType:
        """Return this type with another dtype or pattern."""
        return TensorType(
            self.dtype if dtype is None else dtype,
            self.broadcastable if broadcastable is None else broadcastable,
            self.name,
        )

    def filter(self, value: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Return a value as an array of this type; raise BadArgument where it does not fit."""
        from symc.arguments import fit

        return fit(self, value, None, strict, allow_downcast)

    def filter_variable(self, other: Any, allow_convert: bool = True) -> Any:
        """Return a variable, number or array as a variable of this type.

        Raises TypeMismatch where it is of another one; sizes of 1 are stated where that is needed.
        """
        from symc.tensor.conversion import as_tensor_variable
        from symc.tensor.shaping import patternbroadcast

        x = as_tensor_variable(other)
        if x.dtype == self.dtype and x.ndim == self.ndim and allow_convert:
            return patternbroadcast(x, self.broadcastable)
        if x.type != self:
            raise mistake(TypeMismatch, f"{x!r} is no {self}", got=str(x.type))
        return x

    def values_eq(self, a: Any, b: Any) -> bool:
        """Tell whether two arrays are equal, NaN to NaN."""
        return bool(np.array_equal(a, b, equal_nan=self.dtype in (*FLOATS, *COMPLEX)))

    def values_eq_approx(self, a: Any, b: Any) -> bool:
        """Tell whether two arrays are equal up to rounding."""
        inexact = self.dtype in (*FLOATS, *COMPLEX)
        near = NEAR.get(self.dtype, 1e-5)
        same = np.shape(a) == np.shape(b)
        return same and (
            bool(np.allclose(a, b, near, near, equal_nan=True)) if inexact else self.values_eq(a, b)
        )

    def may_share_memory(self, a: Any, b: Any) -> bool:
        """Tell whether two arrays may lie in the same memory."""
        return bool(np.may_share_memory(a, b))

    def accepts(self, other: Type) -> bool:
        """Tell whether every value of another type is one of this type."""
        return (
            isinstance(other, TensorType)
            and self.dtype == other.dtype
            and self.ndim == other.ndim
            and all(
                not m or o for m, o in zip(self.broadcastable, other.broadcastable, strict=True)
            )
        )

    @property
    def pattern(self) -> str:
        """Return the pattern's name: 'matrix', '3D', or the flags."""
        named = PATTERNS.get(self.broadcastable)
        if named is not None:
            return named
        return str(self.broadcastable) if any(self.broadcastable) else f"{self.ndim}D"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, TensorType)
            and self.dtype == other.dtype
            and self.broadcastable == other.broadcastable
        )

    def __hash__(self) -> int:
        return hash((self.dtype, self.broadcastable))

    def __str__(self) -> str:
        return f"{self.dtype} {self.pattern}"

    def __repr__(self) -> str:
        return f"TensorType({self.dtype}, {self.pattern})"

    def __reduce__(self) -> tuple[Any, ...]:
        return TensorType, (self.dtype, self.broadcastable, self.name)
