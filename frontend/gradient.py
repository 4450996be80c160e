"""Derivatives of expressions, as expressions, under Theano's names."""

from __future__ import annotations

from symc.derivative import (
    DisconnectedInputError,
    GradientError,
    NullTypeGradError,
    consider_constant,
    disconnected_grad,
    grad,
    zero_grad,
)

__all__ = [
    "DisconnectedInputError",
    "GradientError",
    "NullTypeGradError",
    "consider_constant",
    "disconnected_grad",
    "grad",
    "zero_grad",
]
