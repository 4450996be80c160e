"""Matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler import sizes
from symc.compiler.errors import TypeMismatch
from symc.compiler.families import multilinear
from symc.compiler.op import Operand
from symc.compiler.ops.shape import dimshuffle
from symc.compiler.promotion import upcast
from symc.compiler.types import TensorType


def _infer_dot(x: Operand, y: Operand) -> TensorType:
    left, right = x.type, y.type
    if left.ndim not in (1, 2) or right.ndim not in (1, 2):
        raise TypeMismatch(f"dot: {left} and {right} are not vectors or matrices")
    if left.dtype != right.dtype and None not in (*left.shape, *right.shape):
        raise TypeMismatch(f"dot: dtypes {left.dtype} and {right.dtype} differ")
    sizes.agree(left.shape[-1], right.shape[0], "dot: inner sizes differ")
    return TensorType(upcast(left.dtype, right.dtype), left.shape[:-1] + right.shape[1:])


def _transposed(x: Any) -> Any:
    return dimshuffle(x, order=(1, 0)) if x.type.ndim == 2 else x


def _outer(x: Any, y: Any) -> Any:
    return dimshuffle(x, order=(0, "x")) * dimshuffle(y, order=("x", 0))


def _dot_transpose(g: Any, z: Any, x: Any, y: Any) -> tuple[Any, ...]:
    if x.type.ndim == 1 and y.type.ndim == 1:
        spread = dimshuffle(g, order=("x",))
        return spread * y, spread * x
    if x.type.ndim == 1:
        return dot(y, g), _outer(x, g)
    if y.type.ndim == 1:
        return _outer(g, y), dot(_transposed(x), g)
    return dot(g, _transposed(y)), dot(_transposed(x), g)


dot = multilinear(
    "dot",
    _infer_dot,
    np.dot,
    _dot_transpose,
    doc="Multiply vectors and matrices: the first's last dimension with the second's first.",
)


def _infer_batched_dot(x: Operand, y: Operand) -> TensorType:
    left, right = x.type, y.type
    if left.ndim != 3 or right.ndim != 3:
        raise TypeMismatch(f"batched_dot: {left} and {right} are not of rank 3")
    batch = sizes.agree(left.shape[0], right.shape[0], "batched_dot: numbers of products differ")
    sizes.agree(left.shape[2], right.shape[1], "batched_dot: inner sizes differ")
    return TensorType(upcast(left.dtype, right.dtype), (batch, left.shape[1], right.shape[2]))


def _batched_transpose(g: Any, z: Any, x: Any, y: Any) -> tuple[Any, ...]:
    swap = (0, 2, 1)
    return batched_dot(g, dimshuffle(y, order=swap)), batched_dot(dimshuffle(x, order=swap), g)


batched_dot = multilinear(
    "batched_dot",
    _infer_batched_dot,
    np.matmul,
    _batched_transpose,
    doc="Multiply each matrix of one stack with its partner in another.",
)
