"""The few things Theano's `compat` and top module have that are not about graphs."""

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
