"""Products of vectors, matrices and stacks of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symc.compiler.errors import TypeMismatch
from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import application, conversion, elementwise, shaping


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
    """Multiply matrices as `@` does: from rank 3 on, stacks of them, whose sizes are equal."""
    a, b = conversion.as_tensor_variable(a), conversion.as_tensor_variable(b)
    if a.ndim == 0 or b.ndim == 0:
        raise mistake(TypeMismatch, "matmul: a scalar operand; use * to scale")
    if a.ndim <= 2 and b.ndim <= 2:
        return dot(a, b)
    if a.ndim <= 2 or b.ndim == 1:
        return dot(a, b) if b.ndim == 1 else _moved_dot(a, b)
    if b.ndim == 2:
        return dot(a, b)
    return _stacked(a, b)


def _moved_dot(a: Any, b: Any) -> Any:
    """Multiply one matrix or vector with each matrix of a stack."""
    product = tensordot(b, a, [[b.ndim - 2], [a.ndim - 1]])
    if a.ndim == 1:
        return product
    *stack, column, row = range(product.ndim)
    return product.dimshuffle(*stack, row, column)


def _stacked(a: Any, b: Any) -> Any:
    if a.ndim != b.ndim:
        raise mistake(TypeMismatch, f"matmul: stacks of ranks {a.ndim} and {b.ndim}")
    lead = [shaping.size_of(a, k) for k in range(a.ndim - 2)]
    flat = [
        shaping.reshape(x, (-1, shaping.size_of(x, x.ndim - 2), shaping.size_of(x, x.ndim - 1)))
        for x in (a, b)
    ]
    rows, columns = shaping.size_of(a, a.ndim - 2), shaping.size_of(b, b.ndim - 1)
    return shaping.reshape(application.call("batched_dot", *flat), (*lead, rows, columns))


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
            raise mistake(BadValue, f"tensordot: axes {listed} are out of range for {tensor.type}")
    return [k % a.ndim for k in left], [k % b.ndim for k in right]


def _sizes(x: Any, axes: Sequence[int]) -> list[Any]:
    return [shaping.size_of(x, k) for k in axes]


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sum products over pairs of axes, given as lists of a's and b's, or as a number.

    A number n pairs the last n axes of a with the first n of b.
    """
    a, b = conversion.as_tensor_variable(a), conversion.as_tensor_variable(b)
    left, right = _pairs(axes, a, b, 0)
    rows = [k for k in range(a.ndim) if k not in left]
    columns = [k for k in range(b.ndim) if k not in right]
    summed = shaping.product_of(_sizes(a, left))
    first = shaping.reshape(a.dimshuffle(*rows, *left), (-1, summed))
    second = shaping.reshape(
        b.dimshuffle(*right, *columns), (shaping.product_of(_sizes(b, right)), -1)
    )
    return shaping.reshape(dot(first, second), (*_sizes(a, rows), *_sizes(b, columns)))


def batched_tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """Do as `tensordot` for each pair along the first dimension of both."""
    x, y = conversion.as_tensor_variable(x), conversion.as_tensor_variable(y)
    left, right = _pairs(axes, x, y, 1)
    if 0 in left or 0 in right:
        raise mistake(
            BadValue, "batched_tensordot: the first axis runs over the pairs and is not summed"
        )
    rows = [k for k in range(1, x.ndim) if k not in left]
    columns = [k for k in range(1, y.ndim) if k not in right]
    batch, summed = shaping.size_of(x, 0), shaping.product_of(_sizes(x, left))
    first = shaping.reshape(
        x.dimshuffle(0, *rows, *left), (batch, shaping.product_of(_sizes(x, rows)), summed)
    )
    second = shaping.reshape(
        y.dimshuffle(0, *right, *columns),
        (shaping.size_of(y, 0), summed, shaping.product_of(_sizes(y, columns))),
    )
    product = application.call("batched_dot", first, second)
    return shaping.reshape(product, (batch, *_sizes(x, rows), *_sizes(y, columns)))


def outer(x: Any, y: Any) -> Any:
    """Return the products of each element of x with each of y, both flattened."""
    x, y = conversion.as_tensor_variable(x), conversion.as_tensor_variable(y)
    column = shaping.flatten(x).dimshuffle(0, "x")
    return elementwise.mul(column, shaping.flatten(y).dimshuffle("x", 0))
