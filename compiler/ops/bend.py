"""Operations that change nothing but the derivative that flows back through them."""

from __future__ import annotations

from typing import Any

from symc.compiler.families import general
from symc.compiler.op import Operand, find
from symc.compiler.types import TensorType


def _infer_clip(x: Operand, *, low: float, high: float) -> TensorType:
    return x.type


def _infer_scale(x: Operand, *, factor: float) -> TensorType:
    return x.type


def _clip_vjp(g: Any, y: Any, x: Any, *, low: float, high: float) -> tuple[Any]:
    return (find("clip")(g, low, high),)


def _tangent(tangents: tuple[Any, ...], y: Any, x: Any, **attributes: Any) -> Any:
    return tangents[0]


clip_gradient = general(
    "clip_gradient",
    _infer_clip,
    lambda x, *, low, high: x,
    _clip_vjp,
    _tangent,  # clipping is not linear, so that nothing can be transposed
    lower=lambda x, *, low, high: x,
    doc="Return the operand; what flows back is clipped.",
)
scale_gradient = general(
    "scale_gradient",
    _infer_scale,
    lambda x, *, factor: x,
    lambda g, y, x, *, factor: (g * factor,),
    lower=lambda x, *, factor: x,
    doc="Return the operand; what flows back is multiplied by a number.",
)
