"""Indexing by integer arrays: gather, and its transpose, scatter with addition."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler import sizes
from symc.compiler.errors import TypeMismatch
from symc.compiler.families import broadcast_sizes, general, sum_to
from symc.compiler.op import Operand
from symc.compiler.ops.shape import zeros_like
from symc.compiler.types import INTEGERS, TensorType


def _index_shape(x: Operand, indices: tuple[Operand, ...], what: str) -> tuple[Any, ...]:
    if any(i.type.dtype not in INTEGERS for i in indices):
        raise TypeMismatch(f"{what}: index arrays are integers, not " + _types(indices))
    if len(indices) > x.type.ndim:
        raise TypeMismatch(f"{what}: {len(indices)} indices for {x.type}")
    if len({i.type.ndim for i in indices}) > 1:
        raise TypeMismatch(f"{what}: index arrays are of one rank, not " + _types(indices))
    return broadcast_sizes([i.type.shape for i in indices], what)


def _types(operands: tuple[Operand, ...]) -> str:
    return ", ".join(str(x.type) for x in operands)


def _infer_gather(x: Operand, *indices: Operand) -> TensorType:
    shape = _index_shape(x, indices, "gather")
    return TensorType(x.type.dtype, shape + x.type.shape[len(indices) :])


def _gather_vjp(g: Any, y: Any, x: Any, *indices: Any) -> tuple[Any, ...]:
    return (scatter_add(zeros_like(x), g, *indices), *(None,) * len(indices))


gather = general(
    "gather",
    _infer_gather,
    lambda x, *indices: x[tuple(indices)],
    _gather_vjp,
    can_fail=True,
    doc="Read at integer arrays of one rank, broadcast together, along the leading dimensions.",
)


def _infer_scatter_add(x: Operand, y: Operand, *indices: Operand) -> TensorType:
    shape = _index_shape(x, indices, "scatter_add") + x.type.shape[len(indices) :]
    if y.type.ndim != len(shape) or y.type.dtype != x.type.dtype:
        raise TypeMismatch(f"scatter_add: {y.type} does not fit {len(indices)} indices of {x.type}")
    for axis, (mine, place) in enumerate(zip(y.type.shape, shape, strict=True)):
        if not (isinstance(mine, int) and mine == 1):
            sizes.agree(mine, place, f"scatter_add: sizes of dimension {axis} differ")
    return x.type


def _scatter_add_reference(x: Any, y: Any, *indices: Any) -> Any:
    result = np.array(x)
    np.add.at(result, tuple(indices), y)
    return result


def _scatter_add_vjp(g: Any, z: Any, x: Any, y: Any, *indices: Any) -> tuple[Any, ...]:
    return (g, sum_to(gather(g, *indices), y), *(None,) * len(indices))


scatter_add = general(
    "scatter_add",
    _infer_scatter_add,
    _scatter_add_reference,
    _scatter_add_vjp,
    can_fail=True,
    doc="Add to the places that integer arrays name along the leading dimensions; repeats add up.",
)
