"""Sorting: elements and positions in order, and the largest few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import application, conversion, joining, shaping

KINDS = ("quicksort", "mergesort", "heapsort", "stable")


def sort(a: Any, axis: int | None = -1, kind: str = "quicksort", order: Any = None) -> Any:
    """Return the tensor in ascending order along an axis (flattened for None), NaN last.

    All kinds are one algorithm. `order`, which names fields, has to be None.
    """
    _require(kind, order, "sort")
    return _along(lambda x: application.call("sort", x), a, axis, "sort")


def argsort(a: Any, axis: int | None = -1, kind: str = "quicksort", order: Any = None) -> Any:
    """Return int64 positions that put an axis (of the flattened tensor for None) in order.

    Ties stay as they are, whatever the kind. `order`, which names fields, has to be None.

    >>> argsort([3, 1, 2]).eval().tolist()
    [1, 2, 0]
    """
    _require(kind, order, "argsort")
    return _along(lambda x: application.call("argsort", x), a, axis, "argsort")


def _require(kind: str, order: Any, what: str) -> None:
    if kind not in KINDS:
        raise mistake(BadValue, f"{what}: kind={kind!r} is none of {', '.join(KINDS)}")
    if order is not None:
        raise mistake(BadValue, f"{what}: tensors have no fields to order by: order={order!r}")


def _along(function: Callable[[Any], Any], x: Any, axis: int | None, what: str) -> Any:
    """Apply to the tensor with an axis moved to the end, and move it back."""
    x = conversion.as_tensor_variable(x)
    if axis is None:
        x, axis = shaping.flatten(x), 0
    place = joining.static_axis(axis, x.ndim, what)
    order = [k for k in range(x.ndim) if k != place]
    moved = shaping.dimshuffle(x, *order, place)
    back = [*range(place), x.ndim - 1, *range(place, x.ndim - 1)]
    return shaping.dimshuffle(function(moved), *back)


SORTS = {"argsort": argsort, "sort": sort}
"""The functions that `symc.tensor` has of this module."""
