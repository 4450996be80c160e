"""The few things Theano's modules have that are not about graphs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from symc.type import dtype_name

VERSION = "1.0.5"
"""The version of Theano whose language this is."""


class DefaultOrderedDict(OrderedDict[Any, Any]):
    """A dict in the order of insertion that makes what is missing."""

    def __init__(self, default_factory: Callable[[], Any] | None = None, *args: Any) -> None:
        super().__init__(*args)
        self.default_factory = default_factory

    def __missing__(self, key: Any) -> Any:
        if self.default_factory is None:
            raise KeyError(key)
        self[key] = value = self.default_factory()
        return value


def exc_message(error: BaseException) -> Any:
    """Return the first argument of an exception."""
    return error.args[0] if error.args else ""


def get_unbound_function(method: Any) -> Any:
    """Return the function behind a method."""
    return getattr(method, "__func__", method)


def asarray(value: Any, dtype: Any, order: Any = None) -> np.ndarray[Any, Any]:
    """Return a value as an array of a dtype, which may be 'floatX'."""
    return np.asarray(value, dtype=dtype_name(dtype), order=order)


TOLERANCES = {
    **{"bfloat16": (5e-2, 2e-2), "float16": (1e-2, 5e-3)},
    **{"float32": (1e-5, 1e-5), "complex64": (1e-5, 1e-5)},
}
"""Relative and absolute error for which two arrays of a dtype count as equal."""


def allclose(a: Any, b: Any, rtol: float | None = None, atol: float | None = None) -> bool:
    """Tell whether arrays are equal but for the rounding of the less precise of both."""
    dtypes = {str(np.asarray(x).dtype) for x in (a, b)}
    known = [TOLERANCES[dtype] for dtype in TOLERANCES if dtype in dtypes]
    relative, absolute = known[0] if known else (1e-5, 1e-8)
    rtol, atol = relative if rtol is None else rtol, absolute if atol is None else atol
    return bool(np.allclose(a, b, rtol=rtol, atol=atol))


def hashtype(item: Any) -> int:
    """Return a hash of the class of an object."""
    kind = type(item)
    return hash(kind.__name__) ^ hash(kind.__module__)


def get_lock(*args: Any, **options: Any) -> None:
    """Do nothing: any number of processes may use symc's cache at once."""


def release_lock() -> None:
    """Do nothing, as `get_lock`."""


def get_lib_extension() -> str:
    """Return how the names of shared libraries end here."""
    import sys

    return {"win32": "pyd", "darwin": "dylib"}.get(sys.platform, "so")


def render_string(string: str, sub: Any) -> str:
    """Return string % sub, or say up to where the string could be filled in."""
    try:
        return str(string % sub)
    except (KeyError, TypeError, ValueError) as error:
        ends = (k for k in range(len(string) + 1) if _fails(string[:k], sub, error))
        shown = string[: next(ends, len(string))]
        raise type(error)(f"{shown}<<<< caused exception {error}") from error


def _fails(string: str, sub: Any, like: Exception) -> bool:
    try:
        string % sub  # tried for its failure
    except type(like) as error:
        return str(error) == str(like)
    except (KeyError, TypeError, ValueError):
        return False
    return False
