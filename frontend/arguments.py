"""Turns the values given for variables into arrays, by Theano's rules of what loses precision."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler.bfloat import convert
from symc.compiler.errors import Error
from symc.compiler.promotion import upcast
from symc.compiler.types import DISCRETE, DTYPES, holds_floats
from symc.config import config
from symc.exceptions import BadArgument
from symc.report import mistake
from symc.type import TensorType
from symc.variable import Variable


def fit(
    type: TensorType,
    value: Any,
    label: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
) -> np.ndarray[Any, Any]:
    """Return a value as an array of a type's dtype and rank.

    strict           take only an ndarray of just this dtype
    allow_downcast   True converts whatever can be converted; False refuses what would change the
                     value; None does so too, but takes Python floats for floatX

    Raises BadArgument, saying what was expected and what came.
    """
    try:
        array = _converted(type.dtype, value, strict, allow_downcast)
    except ValueError:
        raise refusal(type, value, label, "its rows have different lengths") from None
    except (TypeError, OverflowError) as error:
        raise refusal(type, value, label, str(error)) from None
    _require_shape(type, array, label)
    return array


def _converted(
    dtype: str, value: Any, strict: bool, allow_downcast: bool | None
) -> np.ndarray[Any, Any]:
    if isinstance(value, Variable):
        raise TypeError("it is symbolic; a call takes numbers and arrays")
    if strict and not (isinstance(value, np.ndarray) and value.dtype == dtype):
        raise TypeError("the input is strict and takes an array of just its dtype")
    if isinstance(value, np.ndarray):
        return _from_array(dtype, value, bool(allow_downcast))
    if allow_downcast or (
        allow_downcast is None and value.__class__ is float and dtype == config.floatX
    ):
        given = np.asarray(value)
        return _exact(dtype, value) if given.dtype.kind == "O" else _cast(given, dtype)
    return _exact(dtype, value)


def _cast(array: np.ndarray[Any, Any], dtype: str) -> np.ndarray[Any, Any]:
    array = np.asarray(array)  # a subclass, a masked array above all, is of no use here
    if array.dtype.kind not in "biufc" and not holds_floats(array):
        raise TypeError("it is no array of numbers")
    if array.dtype.kind == "c" and not dtype.startswith("complex"):
        raise TypeError("a complex number would lose a part")
    with np.errstate(all="ignore"):
        return convert(array, dtype)


def _from_array(dtype: str, array: np.ndarray[Any, Any], downcast: bool) -> np.ndarray[Any, Any]:
    name = array.dtype.name  # the same for any byte order
    if name == dtype:
        return np.asarray(array, dtype)  # subclasses and foreign byte orders become plain arrays
    if not downcast and (name not in DTYPES or upcast(name, dtype) != dtype):
        raise TypeError(f"{name} to {dtype} could lose precision")
    return _cast(array, dtype)


def _exact(dtype: str, value: Any) -> np.ndarray[Any, Any]:
    """Convert a number or list that the dtype holds without any change."""
    given = np.asarray(value)
    if given.dtype == dtype:
        return given
    if given.dtype.kind == "O" and isinstance(value, int):
        if dtype in DISCRETE:
            raise OverflowError(f"it does not fit {dtype}")
        made = _cast(np.asarray(float(value)), dtype)
        if np.isinf(made):
            raise OverflowError(f"it does not fit {dtype}")
        return made
    array = _cast(given, dtype)
    if not np.array_equal(given, array, equal_nan=holds_floats(given)):
        raise TypeError(f"converting it to {dtype} would change it")
    return array


def _require_shape(type: TensorType, array: np.ndarray[Any, Any], label: str | None) -> None:
    if array.ndim != type.ndim:
        reason = f"it has {array.ndim} dimensions, not {type.ndim}"
        raise refusal(type, array, label, reason)
    for axis, fixed in enumerate(type.broadcastable):
        if fixed and array.shape[axis] != 1:
            reason = f"dimension {axis} broadcasts, so its size is 1, not {array.shape[axis]}"
            raise refusal(type, array, label, reason)


def refusal(type: TensorType, value: Any, label: str | None, reason: str) -> Error:
    """Return the error that a value does not fit a variable, and how to help it."""
    return mistake(
        BadArgument,
        f"a value does not fit {label or 'the variable'}: {reason}",
        expected=str(type),
        got=describe_value(value),
        help=_remedy(type, value, reason),
    )


def _remedy(type: TensorType, value: Any, reason: str) -> str:
    """Return how a value can be made to fit; '' where that is plain."""
    if "precision" in reason or "change" in reason:
        return (
            f"convert it: numpy.asarray(value, {type.dtype!r}); or let function take it by "
            "allow_input_downcast=True, shared by allow_downcast=True"
        )
    if isinstance(value, np.ndarray) and value.ndim != type.ndim:
        return f"reshape it, or declare a variable of {value.ndim} dimensions"
    return ""


def describe_value(value: Any) -> str:
    """Return the kind of a value in few words."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of shape {value.shape}"
    if isinstance(value, np.generic):
        return f"{value.dtype} scalar {value}"
    text = repr(value)
    return f"{value.__class__.__name__} {text if len(text) < 60 else text[:57] + '...'}"
