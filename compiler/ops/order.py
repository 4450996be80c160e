"""Operations that put the last axis in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symc.compiler.errors import TypeMismatch
from symc.compiler.families import general
from symc.compiler.kernel.sorting import sorted_positions, sorted_values
from symc.compiler.op import Operand
from symc.compiler.ops.index import gather, scatter_add
from symc.compiler.ops.shape import arange, dimshuffle, zeros_like
from symc.compiler.types import COMPLEX, INTEGERS, TensorType


def _infer(name: str, dtype: str | None) -> Callable[..., TensorType]:
    def infer(x: Operand) -> TensorType:
        """Return the type of a whole axis in order."""
        if x.type.dtype in COMPLEX:
            raise TypeMismatch(f"complex numbers have no order: {x.type}")
        if not x.type.ndim:
            raise TypeMismatch(f"{name}: a scalar has no axis")
        return TensorType(dtype or x.type.dtype, x.type.shape)

    return infer


def _infer_some(name: str, dtype: str | None) -> Callable[..., TensorType]:
    whole = _infer(name, dtype)

    def infer(x: Operand, start: Operand, length: Operand) -> TensorType:
        """Return the type of some places of an axis in order."""
        type = whole(x)
        if any(bound.type.ndim or bound.type.dtype not in INTEGERS for bound in (start, length)):
            raise TypeMismatch(f"{name}: places are named by 0-d integers")
        return TensorType(type.dtype, (*type.shape[:-1], length.as_size()))

    return infer


def _some(ordered: Any, start: Any, length: Any) -> Any:
    """Return some places of the last axis, which must be there."""
    begin, end = int(start), int(start) + int(length)
    if not 0 <= begin <= end <= ordered.shape[-1]:
        raise IndexError(f"places from {begin} to {end} leave the size {ordered.shape[-1]}")
    return ordered[..., begin:end]


def _places(positions: Any) -> tuple[Any, ...]:
    """Return the index arrays that name, in each row, the elements at positions in it."""
    ndim, value = positions.type.ndim, positions.context.size_value
    rows = []
    for axis, size in enumerate(positions.type.shape[:-1]):
        order = tuple(0 if k == axis else "x" for k in range(ndim))
        rows.append(dimshuffle(arange(value(size)), order=order))
    return (*rows, positions)


def _sort_vjp(g: Any, y: Any, x: Any) -> tuple[Any]:
    return (scatter_add(zeros_like(x), g, *_places(argsort(x))),)


def _sort_jvp(tangents: tuple[Any, ...], y: Any, x: Any) -> Any:
    return gather(tangents[0], *_places(argsort(x)))


def _some_vjp(g: Any, y: Any, x: Any, start: Any, length: Any) -> tuple[Any, None, None]:
    places = _places(argsort_some(x, start, length))
    return scatter_add(zeros_like(x), g, *places), None, None


def _some_jvp(tangents: tuple[Any, ...], y: Any, x: Any, start: Any, length: Any) -> Any:
    return gather(tangents[0], *_places(argsort_some(x, start, length)))


def _infer_search(x: Operand, v: Operand, *, side: str) -> TensorType:
    if x.type.ndim != 1 or x.type.dtype != v.type.dtype or x.type.dtype in COMPLEX:
        raise TypeMismatch(f"searchsorted: {v.type} is not looked up in {x.type}")
    if side not in ("left", "right"):
        raise TypeMismatch(f"searchsorted: side={side!r} is neither left nor right")
    return TensorType("int64", v.type.shape)


searchsorted = general(
    "searchsorted",
    _infer_search,
    lambda x, v, *, side: np.searchsorted(x, v, side),
    lambda g, y, x, v, *, side: (zeros_like(x), zeros_like(v)),
    doc="Return where values belong in a vector in order: before its equals (left) or after them.",
)

sort = general(
    "sort",
    _infer("sort", None),
    sorted_values,
    _sort_vjp,
    _sort_jvp,
    doc="Put the last axis in ascending order, NaN last, -0.0 before 0.0.",
)

argsort = general(
    "argsort",
    _infer("argsort", "int64"),
    sorted_positions,
    lambda g, y, x: (zeros_like(x),),
    doc="Return positions that put the last axis in ascending order, NaN last; ties' ascend.",
)

sort_some = general(
    "sort_some",
    _infer_some("sort_some", None),
    lambda x, start, length: _some(sorted_values(x), start, length),
    _some_vjp,
    _some_jvp,
    sized=1,
    doc="Return `length` places from `start` on of what `sort` gives; the others are not sorted.",
)

argsort_some = general(
    "argsort_some",
    _infer_some("argsort_some", "int64"),
    lambda x, start, length: _some(sorted_positions(x), start, length),
    lambda g, y, x, start, length: (zeros_like(x), None, None),
    sized=1,
    doc="Return `length` places from `start` on of what `argsort` gives.",
)
