"""Derivatives of expressions, as expressions, under Theano's names."""

from __future__ import annotations

from symc.bending import (
    consider_constant,
    disconnected_grad,
    grad_clip,
    grad_scale,
    sparse_grad,
    zero_grad,
)
from symc.derivative import (
    DisconnectedInputError,
    NullTypeGradError,
    grad,
)
from symc.differences import GradientError, numeric_grad, verify_grad
from symc.directional import Lop, Rop, hessian_times_vector
from symc.extension.null import (
    DisconnectedType,
    NullType,
    disconnected_type,
    grad_not_implemented,
    grad_undefined,
)
from symc.extension.views import UndefinedGrad, undefined_grad
from symc.jacobians import hessian, jacobian
from symc.subgraph import subgraph_grad

__all__ = [
    "DisconnectedInputError",
    "DisconnectedType",
    "GradientError",
    "Lop",
    "NullType",
    "NullTypeGradError",
    "Rop",
    "UndefinedGrad",
    "consider_constant",
    "disconnected_grad",
    "disconnected_type",
    "grad",
    "grad_clip",
    "grad_not_implemented",
    "grad_scale",
    "grad_undefined",
    "hessian",
    "hessian_times_vector",
    "jacobian",
    "numeric_grad",
    "sparse_grad",
    "subgraph_grad",
    "undefined_grad",
    "verify_grad",
    "zero_grad",
]
