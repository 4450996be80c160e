"""Sorting: elements and positions in order, and the largest few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symc.compiler.errors import TypeMismatch
from symc.compiler.types import INTEGERS
from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import application, conversion, creation, elementwise, joining, shaping
from symc.type import dtype_name

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


def take_along(x: Any, positions: Any, axis: int) -> Any:
    """Return the elements at positions along an axis, which every other axis has its own."""
    key = []
    for k in range(x.ndim):
        here = creation.arange(shaping.size_of(x, k))
        key.append(here.dimshuffle(*(0 if j == k else "x" for j in range(x.ndim))))
    key[axis] = positions
    return x[tuple(key)]


# --- the largest few


def topk(
    x: Any, kth: Any, axis: int | None = -1, sorted: bool = True, idx_dtype: Any = "int64"
) -> Any:
    """Return the kth largest elements along an axis (of the flattened tensor for None).

    With a negative kth they are the -kth smallest. They are in descending order, whatever `sorted`
    says; NaN counts as the largest. A kth of 0, or beyond the size, is an IndexError.

    >>> topk([3, 1, 2], 2).eval().tolist()
    [3, 2]
    """
    _index_dtype(idx_dtype, "topk")
    return _along(lambda a: _largest(application.call("sort", a), kth), x, axis, "topk")


def argtopk(
    x: Any, kth: Any, axis: int | None = -1, sorted: bool = True, idx_dtype: Any = "int64"
) -> Any:
    """Return the positions of what `topk` returns, as integers of a dtype."""
    dtype = _index_dtype(idx_dtype, "argtopk")
    found = _along(lambda a: _largest(application.call("argsort", a), kth), x, axis, "argtopk")
    return elementwise.cast(found, dtype)


def topk_and_argtopk(
    x: Any, kth: Any, axis: int | None = -1, sorted: bool = True, idx_dtype: Any = "int64"
) -> list[Any]:
    """Return both what `topk` and what `argtopk` return, for one sort."""
    x = conversion.as_tensor_variable(x)
    if axis is None:
        x, axis = shaping.flatten(x), 0
    positions = argtopk(x, kth, axis, sorted)
    place = joining.static_axis(axis, x.ndim, "topk_and_argtopk")
    values = take_along(x, positions, place)
    return [values, elementwise.cast(positions, _index_dtype(idx_dtype, "topk_and_argtopk"))]


def _index_dtype(given: Any, what: str) -> str:
    name = dtype_name(given)
    if name not in INTEGERS:
        raise mistake(TypeMismatch, f"{what}: positions are integers, not {name}")
    return name


def _largest(ordered: Any, kth: Any) -> Any:
    """Return the last few of the last axis, or the first few for a negative number, turned."""
    kth = conversion.as_tensor_variable(kth)
    if kth.ndim or kth.dtype not in INTEGERS:
        raise mistake(TypeMismatch, f"topk: kth is an integer scalar, not {kth!r}: {kth.type}")
    if application.known_size(kth) == 0:
        raise mistake(BadValue, "topk: kth is 0")
    kth = elementwise.cast(kth, "int64")
    size = shaping.size_of(ordered, ordered.ndim - 1)
    last = elementwise.switch(elementwise.eq(kth, 0), size, abs(kth) - 1)
    count = application.call("bounded", last, size) + 1
    start = elementwise.switch(elementwise.gt(kth, 0), size - count, 0)
    rows = (slice(None),) * (ordered.ndim - 1)
    return ordered[(*rows, slice(start, start + count))][(*rows, slice(None, None, -1))]
