"""Quotients of integers, and numbers that are tensors of rank 0."""

from __future__ import annotations

from typing import Any

from symc.compiler.errors import TypeMismatch
from symc.report import describe, mistake
from symc.tensor import conversion, elementwise


def ceil_intdiv(a: Any, b: Any) -> Any:
    """Return a / b rounded up, as the integer or float that a // b is.

    >>> ceil_intdiv(7, 2).eval()
    array(4, dtype=int8)
    """
    down = elementwise.int_div(a, b)
    return down + elementwise.cast(elementwise.neq(elementwise.mod(a, b), 0), down.dtype)


def divmod(x: Any, y: Any) -> tuple[Any, Any]:
    """Return the quotient, rounded down, and the remainder."""
    return elementwise.int_div(x, y), elementwise.mod(x, y)


def tensor_from_scalar(s: Any) -> Any:
    """Return a number as it is: numbers are tensors of rank 0 here. Raises TypeMismatch."""
    return _number(s, "tensor_from_scalar")


def scalar_from_tensor(t: Any) -> Any:
    """Return a tensor of rank 0 as it is: that is what numbers are here. Raises TypeMismatch."""
    return _number(t, "scalar_from_tensor")


def _number(given: Any, name: str) -> Any:
    made = conversion.as_tensor_variable(given)
    if made.ndim:
        raise mistake(TypeMismatch, f"{name}: {describe(made)} is no number")
    return made
