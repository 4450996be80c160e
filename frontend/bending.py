"""Functions that stop or change the derivative that flows back through an expression."""

from __future__ import annotations

from typing import Any

from symc.compiler.errors import TypeMismatch
from symc.compiler.types import FLOATS
from symc.exceptions import BadUse, BadValue
from symc.report import describe, mistake
from symc.tensor import elementwise
from symc.tensor.application import call
from symc.tensor.conversion import as_tensor_variable


def disconnected_grad(x: Any) -> Any:
    """Return x; to derivatives, nothing made from the result depends on x."""
    return call("block_gradient", x)


def zero_grad(x: Any) -> Any:
    """Return x; its derivative is zero, but what is made from the result does depend on x."""
    kept = disconnected_grad(as_tensor_variable(x))
    # A condition has a derivative, which is zero everywhere.
    return elementwise.switch(elementwise.isnan(x), kept, kept)


def consider_constant(x: Any) -> Any:
    """Return x; its derivative is zero, but what is made from the result does depend on x."""
    return zero_grad(x)


def grad_clip(x: Any, lower_bound: float, upper_bound: float) -> Any:
    """Return x; what flows back through the result is kept between two numbers.

    The R-operator, which goes forward, is that of x.

    >>> from symc import grad
    >>> from symc.tensor import dscalar
    >>> x = dscalar("x")
    >>> grad(grad_clip(x, -1, 1) * 5, x).eval({x: 2.0})
    array(1.)
    """
    low, high = float(lower_bound), float(upper_bound)
    if not low <= high:
        raise mistake(BadValue, f"grad_clip: {lower_bound} is not below {upper_bound}")
    return call("clip_gradient", _float("grad_clip", x), low=low, high=high)


def grad_scale(x: Any, multiplier: float) -> Any:
    """Return x; what flows back through the result is multiplied by a number."""
    return call("scale_gradient", _float("grad_scale", x), factor=float(multiplier))


def sparse_grad(x: Any) -> Any:
    """Return x, elements of a tensor that indices choose; its derivative is never spread out.

    Theano needs to be told so, and makes the derivative a sparse matrix. Here it is a dense one,
    which an update `w - rate * grad(cost, w)` adds to w in place, at the elements chosen alone.
    Raises BadUse where x is no `w[indices]`.
    """
    variable = as_tensor_variable(x)
    name = variable.owner.op.name if variable.owner else ""
    if name != "subtensor":
        raise mistake(BadUse, f"sparse_grad: {describe(variable)} is no w[indices]")
    return variable


def _float(what: str, x: Any) -> Any:
    variable = as_tensor_variable(x)
    if variable.dtype not in FLOATS:
        raise mistake(
            TypeMismatch, f"{what}: nothing flows through what is no float", got=describe(variable)
        )
    return variable
