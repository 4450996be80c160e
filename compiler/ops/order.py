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
from symc.compiler.types import COMPLEX, TensorType


def _infer(name: str, dtype: str | None) -> Callable[..., TensorType]:
    def infer(x: Operand) -> TensorType:
        if x.type.dtype in COMPLEX:
            raise TypeMismatch(f"complex numbers have no order: {x.type}")
        if not x.type.ndim:
            raise TypeMismatch(f"{name}: a scalar has no axis")
        return TensorType(dtype or x.type.dtype, x.type.shape)

    return infer


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
