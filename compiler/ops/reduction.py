"""Reductions over axes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symc.compiler.errors import TypeMismatch
from symc.compiler.families import general, multilinear
from symc.compiler.op import Op, Operand, find
from symc.compiler.types import COMPLEX, FLOATS, TensorType


def _infer(x: Operand, *, axes: tuple[int, ...], dtype: str, acc_dtype: str = "") -> TensorType:
    if axes != tuple(sorted(set(axes) & set(range(x.type.ndim)))):
        raise TypeMismatch(f"axes {axes} are not those of {x.type} in their order")
    kept = tuple(size for axis, size in enumerate(x.type.shape) if axis not in axes)
    return TensorType(dtype, kept)


def _infer_extreme(x: Operand, *, axes: tuple[int, ...]) -> TensorType:
    _require_order(x)
    return _infer(x, axes=axes, dtype=x.type.dtype)


def _infer_supremum(x: Operand, *, axes: tuple[int, ...]) -> TensorType:
    if x.type.dtype not in FLOATS:
        raise TypeMismatch(f"supremum: needs floats, not {x.type}")
    return _infer(x, axes=axes, dtype=x.type.dtype)


def _infer_bool(x: Operand, *, axes: tuple[int, ...]) -> TensorType:
    return _infer(x, axes=axes, dtype="bool")


def _require_order(x: Operand) -> None:
    if x.type.dtype in COMPLEX:
        raise TypeMismatch(f"complex numbers have no order: {x.type}")


def _infer_position(x: Operand, *, axes: tuple[int, ...]) -> TensorType:
    _require_order(x)
    return _infer(x, axes=axes, dtype="int64")


def _accumulate(function: Any) -> Any:
    def reference(x: Any, *, axes: tuple[int, ...], dtype: str, acc_dtype: str) -> Any:
        convert = find("cast").reference
        total = function(convert(x, dtype=acc_dtype), axis=axes, dtype=acc_dtype)
        return convert(total, dtype=dtype)

    return reference


def _position(function: Any) -> Any:
    def reference(x: Any, *, axes: tuple[int, ...]) -> Any:
        kept = [axis for axis in range(x.ndim) if axis not in axes]
        moved = np.transpose(x, [*kept, *axes])
        length = math.prod(x.shape[axis] for axis in axes)
        flat = moved.reshape(*(x.shape[axis] for axis in kept), length)
        return np.asarray(function(flat, axis=-1), dtype="int64")

    return reference


def _stretch(g: Any, x: Any, axes: tuple[int, ...]) -> Any:
    """Give a reduced value the operand's shape again."""
    from symc.compiler.ops import shape

    return shape.broadcast_like(shape.keep(g, axes), x)


def _as(x: Any, dtype: str) -> Any:
    return x if x.type.dtype == dtype else find("cast")(x, dtype=dtype)


def _sum_transpose(g: Any, y: Any, x: Any, **attributes: Any) -> tuple[Any, ...]:
    return (_stretch(_as(g, x.type.dtype), x, attributes["axes"]),)


def _extreme_vjp(g: Any, y: Any, x: Any, *, axes: tuple[int, ...]) -> tuple[Any, ...]:
    where = find("equal")(x, _stretch(y, x, axes))
    return (_stretch(g, x, axes) * find("cast")(where, dtype=x.type.dtype),)


def _prod_vjp(g: Any, y: Any, x: Any, **attributes: Any) -> tuple[Any, ...]:
    """Leave each element out of the product; one zero leaves the others' product, two leave 0."""
    axes, dtype = attributes["axes"], x.type.dtype
    x = _as(x, y.type.dtype)
    zero = find("equal")(x, 0)
    zeros = sum_(find("cast")(zero, dtype="int64"), axes=axes, dtype="int64", acc_dtype="int64")
    count = _stretch(zeros, x, axes)
    switch, equal = find("switch"), find("equal")
    safe = switch(zero, 1, x)
    rest = _stretch(prod(safe, **attributes), x, axes)
    single = switch(zero, rest, 0)
    partial = switch(equal(count, 0), rest / safe, switch(equal(count, 1), single, 0))
    return (_as(_stretch(g, x, axes) * partial, dtype),)


def _no_gradient(g: Any, y: Any, x: Any, **attributes: Any) -> tuple[Any, ...]:
    from symc.compiler.ops import shape

    return (shape.zeros_like(x),)


sum_: Op = multilinear(
    "sum",
    _infer,
    _accumulate(np.sum),
    _sum_transpose,
    doc="Sum over axes, accumulating in acc_dtype.",
)
prod = general(
    "prod",
    _infer,
    _accumulate(np.prod),
    _prod_vjp,
    doc="Multiply over axes, accumulating in acc_dtype.",
)
max_ = general(
    "max",
    _infer_extreme,
    lambda x, *, axes: np.max(x, axis=axes),
    _extreme_vjp,
    can_fail=True,
    doc="Return the largest element over axes; NaN if one is NaN; an error for none.",
)
min_ = general(
    "min",
    _infer_extreme,
    lambda x, *, axes: np.min(x, axis=axes),
    _extreme_vjp,
    can_fail=True,
    doc="Return the smallest element over axes; NaN if one is NaN; an error for none.",
)
supremum = general(
    "supremum",
    _infer_supremum,
    lambda x, *, axes: np.max(x, axis=axes, initial=-np.inf),
    _extreme_vjp,
    doc="Return the largest float over axes; NaN if one is NaN; -inf for none.",
)
argmax = general(
    "argmax",
    _infer_position,
    _position(np.argmax),
    _no_gradient,
    can_fail=True,
    doc="Return the first position of the largest element, counted over axes in their order.",
)
argmin = general(
    "argmin",
    _infer_position,
    _position(np.argmin),
    _no_gradient,
    can_fail=True,
    doc="Return the first position of the smallest element, counted over axes in their order.",
)
all_ = general(
    "all",
    _infer_bool,
    lambda x, *, axes: np.all(x, axis=axes),
    _no_gradient,
    doc="Tell whether all elements over axes are true.",
)
any_ = general(
    "any",
    _infer_bool,
    lambda x, *, axes: np.any(x, axis=axes),
    _no_gradient,
    doc="Tell whether any element over axes is true.",
)
