"""Products of vectors, matrices and stacks of these."""

from __future__ import annotations

from typing import Any

from symc.compiler.errors import TypeMismatch
from symc.exceptions import BadAxis, BadValue
from symc.report import mistake
from symc.tensor import application, conversion, elementwise, shaping
from symc.tensor.contraction import Labelled, broadcast_together, contract, labelled


def dot(a: Any, b: Any) -> Any:
    """Multiply the last dimension of a with the first of b (the last but one from rank 3 on).

    A scalar operand multiplies elementwise.

    >>> from symc.tensor.constructors import matrix, vector
    >>> dot(matrix(), vector()).type
    TensorType(float64, vector)
    """
    a, b = conversion.as_tensor_variable(a), conversion.as_tensor_variable(b)
    if a.ndim == 0 or b.ndim == 0:
        return elementwise.mul(a, b)
    if a.ndim > 2 or b.ndim > 2:
        return tensordot(a, b, [[a.ndim - 1], [max(0, b.ndim - 2)]])
    return application.call("dot", a, b)


def matmul(a: Any, b: Any) -> Any:
    """Multiply matrices as `@` does: from rank 3 on, stacks of them, broadcast together."""
    a, b = conversion.as_tensor_variable(a), conversion.as_tensor_variable(b)
    if a.ndim == 0 or b.ndim == 0:
        raise mistake(TypeMismatch, "matmul: a scalar operand; use * to scale")
    if a.ndim <= 2 and b.ndim <= 2:
        return dot(a, b)
    left = ("row", "inner") if a.ndim > 1 else ("inner",)
    right = ("inner", "column") if b.ndim > 1 else ("inner",)
    stack = range(max(a.ndim - len(left), b.ndim - len(right)))
    first = labelled(a, (*stack[len(stack) + len(left) - a.ndim :], *left))
    second = labelled(b, (*stack[len(stack) + len(right) - b.ndim :], *right))
    kept = [*stack, *left[:-1], *right[1:]]
    return contract(*broadcast_together(first, second, stack), kept).ordered(kept)


def batched_dot(a: Any, b: Any) -> Any:
    """Multiply each element of one stack with its partner in another, as `dot` of rank 1 and 2.

    Operands of rank 1 are stacks of scalars.
    """
    a, b = conversion.as_tensor_variable(a), conversion.as_tensor_variable(b)
    if a.ndim == 0 or b.ndim == 0:
        raise mistake(TypeMismatch, "batched_dot: both operands have a first dimension to run over")
    if a.ndim == 1:
        return elementwise.mul(a.dimshuffle(0, *("x",) * (b.ndim - 1)), b)
    if b.ndim == 1:
        return elementwise.mul(a, b.dimshuffle(0, *("x",) * (a.ndim - 1)))
    if a.ndim > 3 or b.ndim > 3:
        return batched_tensordot(a, b, [[a.ndim - 1], [max(1, b.ndim - 2)]])
    left = a if a.ndim == 3 else a.dimshuffle(0, "x", 1)
    right = b if b.ndim == 3 else b.dimshuffle(0, 1, "x")
    product = application.call("batched_dot", left, right)
    order = [0, *([1] if a.ndim == 3 else []), *([2] if b.ndim == 3 else [])]
    rest = shaping.addbroadcast(product, *({1, 2} - set(order)))
    return rest if len(order) == 3 else rest.dimshuffle(*order)


def _pairs(axes: Any, a: Any, b: Any, batch: int) -> tuple[list[int], list[int]]:
    if isinstance(axes, int):
        if not 0 <= axes <= min(a.ndim - batch, b.ndim - batch):
            raise mistake(BadValue, f"tensordot: cannot sum {axes} axes of {a.type} and {b.type}")
        return list(range(a.ndim - axes, a.ndim)), list(range(batch, batch + axes))
    left, right = ([x] if isinstance(x, int) else list(x) for x in axes)
    if len(left) != len(right):
        raise mistake(BadValue, f"tensordot: {len(left)} axes of a go with {len(right)} of b")
    for listed, tensor in ((left, a), (right, b)):
        if any(not -tensor.ndim <= k < tensor.ndim for k in listed):
            raise mistake(BadAxis, f"tensordot: axes {listed} are out of range for {tensor.type}")
    return [k % a.ndim for k in left], [k % b.ndim for k in right]


def _paired(a: Any, b: Any, left: list[int], right: list[int]) -> tuple[Labelled, Labelled]:
    """Label dimensions by their places, and those of b that are paired by the places in a."""
    first = labelled(a, [("a", k) for k in range(a.ndim)])
    partner = dict(zip(right, left, strict=True))
    return first, labelled(
        b, [("a", partner[k]) if k in partner else ("b", k) for k in range(b.ndim)]
    )


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sum products over pairs of axes, given as lists of a's and b's, or as a number.

    A number n pairs the last n axes of a with the first n of b.
    """
    a, b = conversion.as_tensor_variable(a), conversion.as_tensor_variable(b)
    left, right = _pairs(axes, a, b, 0)
    first, second = _paired(a, b, left, right)
    kept = {*first.labels, *second.labels} - {("a", k) for k in left}
    return contract(first, second, kept).tensor


def batched_tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """Do as `tensordot` for each pair along the first dimension of both."""
    x, y = conversion.as_tensor_variable(x), conversion.as_tensor_variable(y)
    left, right = _pairs(axes, x, y, 1)
    if 0 in left or 0 in right:
        raise mistake(
            BadValue, "batched_tensordot: the first axis runs over the pairs and is not summed"
        )
    first, second = _paired(x, y, [0, *left], [0, *right])
    kept = {*first.labels, *second.labels} - {("a", k) for k in left}
    return contract(first, second, kept).tensor


def outer(x: Any, y: Any) -> Any:
    """Return the products of each element of x with each of y, both flattened."""
    x, y = conversion.as_tensor_variable(x), conversion.as_tensor_variable(y)
    column = shaping.flatten(x).dimshuffle(0, "x")
    return elementwise.mul(column, shaping.flatten(y).dimshuffle("x", 0))
