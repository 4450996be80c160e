"""Derivatives of expressions, as expressions, under Theano's names."""

from __future__ import annotations

from symc.bending import (
    consider_constant,
    disconnected_grad,
    grad_clip,
    grad_scale,
    zero_grad,
)
from symc.derivative import (
    DisconnectedInputError,
    NullTypeGradError,
    grad,
)
from symc.differences import GradientError, numeric_grad, verify_grad
from symc.directional import Lop, Rop, hessian_times_vector
from symc.jacobians import hessian, jacobian
from symc.subgraph import subgraph_grad

__all__ = [
    "DisconnectedInputError",
    "GradientError",
    "Lop",
    "NullTypeGradError",
    "Rop",
    "consider_constant",
    "disconnected_grad",
    "grad",
    "grad_clip",
    "grad_scale",
    "hessian",
    "hessian_times_vector",
    "jacobian",
    "numeric_grad",
    "subgraph_grad",
    "verify_grad",
    "zero_grad",
]
