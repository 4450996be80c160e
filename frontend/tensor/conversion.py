"""Python's numbers, lists and arrays as variables, by Theano's rules of dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler.bfloat import convert
from symc.compiler.errors import Error, TypeMismatch
from symc.compiler.types import DTYPES, name_of
from symc.config import config
from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import joining, variable
from symc.type import TensorType, dtype_name
from symc.variable import Variable

INTEGERS_TRIED = ("int8", "int16", "int32", "int64")
FLOATS_TRIED = ("float32", "float64")


def _smallest_integer(value: int) -> np.ndarray[Any, Any]:
    for dtype in INTEGERS_TRIED:
        if np.iinfo(dtype).min <= value <= np.iinfo(dtype).max:
            return np.asarray(value, dtype)
    try:
        return np.asarray(value, "uint64")
    except OverflowError:
        raise mistake(TypeMismatch, f"the integer {value} does not fit 64 bits") from None


def _smallest_float(value: float) -> np.ndarray[Any, Any]:
    """Keep the floats that a smaller dtype holds exactly in it; NaN, equal to nothing, in none."""
    for dtype in FLOATS_TRIED:
        with np.errstate(over="ignore"):
            array = np.asarray(value, dtype)
        if float(array) == value:  # NumPy would compare in float32
            return array
    return np.asarray(value, "float64")


def _float(value: float) -> np.ndarray[Any, Any]:
    if config.floatX != "float64" or config.cast_policy == "numpy+floatX":
        with np.errstate(over="ignore"):
            return convert(value, config.floatX)
    return _smallest_float(value)


def _integer(value: int) -> np.ndarray[Any, Any]:
    if config.cast_policy == "numpy+floatX":
        fits = -(2**63) <= value < 2**63
        return np.asarray(value, "int64") if fits else _smallest_integer(value)
    return _smallest_integer(value)


def _typed(value: Any, dtype: str) -> np.ndarray[Any, Any]:
    try:
        return convert(value, dtype)
    except OverflowError:
        raise mistake(TypeMismatch, f"{value!r} does not fit {dtype}") from None


def as_array(value: Any, dtype: Any = None) -> np.ndarray[Any, Any]:
    """Return a number, list or array as an array whose dtype is given or follows Theano's rules.

    Raises TypeMismatch for what is no array of numbers.
    """
    if dtype is not None:
        return _typed(value, dtype_name(dtype))
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
    elif isinstance(value, int):
        array = _integer(value)
    elif isinstance(value, float):
        array = _float(value)
    else:
        array = np.asarray(value)
        if array.size == 0 and not hasattr(value, "dtype"):
            array = convert(value, config.floatX)
    if name_of(array.dtype) not in DTYPES:
        raise _no_numbers(value, array)
    return array


def _no_numbers(value: Any, array: np.ndarray[Any, Any]) -> Exception:
    if value is None:
        return mistake(
            TypeMismatch,
            "None is no tensor",
            expected="a variable, a number or an array",
            help="does a function of yours end without return?",
        )
    return mistake(TypeMismatch, f"{value!r} is no array of numbers: its dtype is {array.dtype}")


def constant(
    value: Any, name: str | None = None, ndim: int | None = None, dtype: Any = None
) -> Any:
    """Make a constant; `ndim` adds leading dimensions of size 1; a bool becomes an int8.

    >>> constant(1.5).type
    TensorType(float32, scalar)
    """
    array = as_array(value, dtype)
    if ndim is not None:
        if array.ndim > ndim:
            raise mistake(
                BadValue, f"a constant of {array.ndim} dimensions cannot have ndim={ndim}"
            )
        array = array.reshape((1,) * (ndim - array.ndim) + array.shape)
    type = TensorType(name_of(array.dtype), tuple(size == 1 for size in array.shape))
    return variable.TensorConstant(type, array, name)


def _has_variable(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_has_variable(x) for x in value)
    return isinstance(value, Variable)


def as_tensor_variable(x: Any, name: str | None = None, ndim: int | None = None) -> Any:
    """Return a variable, number, list or array as a tensor variable.

    A list with variables in it is stacked. `ndim` adds leading dimensions of size 1, or drops
    leading dimensions known to have size 1.
    """
    if hasattr(x, "_as_TensorVariable"):
        x = x._as_TensorVariable()
    if isinstance(x, Variable):
        if not isinstance(x, variable.TensorVariable):
            raise mistake(TypeMismatch, f"{x!r} is not a tensor")
        return x if ndim is None or x.ndim == ndim else _with_rank(x, ndim)
    if isinstance(x, bool):
        raise mistake(
            TypeMismatch,
            f"{x} is not taken for a tensor: it often comes from `x == y`, which compares identity",
            help="write eq(x, y), or constant(value, dtype='bool')",
        )
    if _has_variable(x):
        return joining.stack_nested(x)
    try:
        return constant(x, name=name, ndim=ndim)
    except Error:
        raise
    except (TypeError, ValueError) as error:
        raise mistake(TypeMismatch, f"{x!r} cannot be made a tensor: {error}") from None


def as_variable(x: Any) -> Any:
    """Return a variable of any type as it is, anything else as a tensor variable."""
    return x if isinstance(x, Variable) else as_tensor_variable(x)


def _with_rank(x: Any, ndim: int) -> Any:
    if x.ndim < ndim:
        return x.dimshuffle(*("x",) * (ndim - x.ndim), *range(x.ndim))
    extra = x.ndim - ndim
    if not all(x.broadcastable[:extra]):
        raise mistake(BadValue, f"{x!r} of {x.ndim} dimensions cannot have ndim={ndim}")
    return x.dimshuffle(*range(extra, x.ndim))
