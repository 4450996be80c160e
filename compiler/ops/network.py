"""Operations of neural networks that are lowered to others before fusion."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler.errors import TypeMismatch
from symc.compiler.families import general
from symc.compiler.op import Operand, find
from symc.compiler.ops.reduction import sum_, supremum
from symc.compiler.ops.shape import keep
from symc.compiler.promotion import accumulator
from symc.compiler.types import FLOATS, TensorType


def _infer_rows(x: Operand, *, axis: int) -> TensorType:
    if x.type.dtype not in FLOATS or not 0 <= axis < x.type.ndim:
        raise TypeMismatch(f"softmax: needs floats with an axis {axis}, not {x.type}")
    return x.type


def _peak(x: Any, axes: int | tuple[int, ...]) -> Any:
    return np.max(x, axis=axes, keepdims=True, initial=-np.inf)


def _softmax_reference(x: Any, *, axis: int) -> Any:
    shifted = np.exp(x - _peak(x, axis))
    return shifted / np.sum(shifted, axis=axis, keepdims=True)


def _log_softmax_reference(x: Any, *, axis: int) -> Any:
    shifted = x - _peak(x, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def total(x: Any, axis: int) -> Any:
    """Sum over one axis and keep it with size 1."""
    dtype = x.type.dtype
    return keep(sum_(x, axes=(axis,), dtype=dtype, acc_dtype=accumulator(dtype)), (axis,))


def _softmax_vjp(g: Any, y: Any, x: Any, *, axis: int) -> tuple[Any, ...]:
    return (y * (g - total(g * y, axis)),)


def _log_softmax_vjp(g: Any, y: Any, x: Any, *, axis: int) -> tuple[Any, ...]:
    return (g - softmax(x, axis=axis) * total(g, axis),)


def _shifted(x: Any, axis: int) -> Any:
    return x - keep(supremum(x, axes=(axis,)), (axis,))


def _lower_softmax(x: Any, *, axis: int) -> Any:
    exps = find("exp")(_shifted(x, axis))
    return exps * find("reciprocal")(total(exps, axis))  # one division a row, not one an element


def _lower_log_softmax(x: Any, *, axis: int) -> Any:
    shifted = _shifted(x, axis)
    return shifted - find("log")(total(find("exp")(shifted), axis))


softmax = general(
    "softmax",
    _infer_rows,
    _softmax_reference,
    _softmax_vjp,
    lower=_lower_softmax,
    doc="Normalise exponentials along an axis, without overflow; nothing of nothing.",
)
log_softmax = general(
    "log_softmax",
    _infer_rows,
    _log_softmax_reference,
    _log_softmax_vjp,
    lower=_lower_log_softmax,
    doc="Return the logarithm of softmax, without cancellation.",
)


def _infer_logsumexp(x: Operand, *, axes: tuple[int, ...]) -> TensorType:
    if x.type.dtype not in FLOATS:
        raise TypeMismatch(f"logsumexp: needs floats, not {x.type}")
    kept = tuple(size for axis, size in enumerate(x.type.shape) if axis not in axes)
    return TensorType(x.type.dtype, kept)


def _logsumexp_reference(x: Any, *, axes: tuple[int, ...]) -> Any:
    peak = _peak(x, axes)
    safe = np.where(np.isfinite(peak), peak, 0)
    return np.log(np.sum(np.exp(x - safe), axis=axes)) + np.squeeze(safe, axis=axes)


def _logsumexp_vjp(g: Any, y: Any, x: Any, *, axes: tuple[int, ...]) -> tuple[Any, ...]:
    from symc.compiler.ops.shape import broadcast_like

    weights = find("exp")(x - broadcast_like(keep(y, axes), x))
    return (broadcast_like(keep(g, axes), x) * weights,)


def _lower_logsumexp(x: Any, *, axes: tuple[int, ...]) -> Any:
    peak = supremum(x, axes=axes)
    dtype = x.type.dtype
    safe = find("switch")(find("isfinite")(peak), peak, 0)
    exps = find("exp")(x - keep(safe, axes))
    sums = sum_(exps, axes=axes, dtype=dtype, acc_dtype=accumulator(dtype))
    return find("log")(sums) + safe


logsumexp = general(
    "logsumexp",
    _infer_logsumexp,
    _logsumexp_reference,
    _logsumexp_vjp,
    lower=_lower_logsumexp,
    doc="Return log(sum(exp(x))) over axes, without overflow; -inf for none.",
)


def _infer_same(x: Operand) -> TensorType:
    return x.type


block_gradient = general(
    "block_gradient",
    _infer_same,
    lambda x: x,
    lambda g, y, x: (None,),
    doc="Return the operand; the gradient does not flow through.",
)
