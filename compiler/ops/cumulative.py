"""Operations whose elements follow from the one before: running sums, products, recurrences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symc.compiler import sizes
from symc.compiler.errors import TypeMismatch
from symc.compiler.families import broadcast_sizes, general, multilinear
from symc.compiler.op import Op, Operand
from symc.compiler.ops.comparison import equal
from symc.compiler.ops.logic import switch
from symc.compiler.ops.shape import arange, dimshuffle, place, slice_
from symc.compiler.types import TensorType

# Along the axis they run forwards with step 1 and backwards with step -1.


def _infer(name: str) -> Callable[..., TensorType]:
    def infer(*xs: Operand, axis: int, step: int) -> TensorType:
        first = xs[0].type
        if any((x.type.ndim, x.type.dtype) != (first.ndim, first.dtype) for x in xs):
            raise TypeMismatch(f"{name}: {' and '.join(str(x.type) for x in xs)} differ")
        if not 0 <= axis < first.ndim or step not in (1, -1):
            raise TypeMismatch(f"{name}: {first} has no axis {axis} to go along by {step}")
        return TensorType(first.dtype, broadcast_sizes([x.type.shape for x in xs], name))

    return infer


def _accumulated(function: Callable[..., Any]) -> Callable[..., Any]:
    def reference(x: Any, *, axis: int, step: int) -> Any:
        forwards = x if step == 1 else np.flip(x, axis)
        result = function(forwards, axis=axis, dtype=x.dtype)
        return result if step == 1 else np.flip(result, axis)

    return reference


cumsum: Op = multilinear(
    "cumsum",
    _infer("cumsum"),
    _accumulated(np.cumsum),
    lambda g, y, x, *, axis, step: (cumsum(g, axis=axis, step=-step),),
    doc="Add up all elements so far along an axis, forwards or backwards.",
)


def _recurrence_reference(a: Any, b: Any, *, axis: int, step: int) -> Any:
    result = np.empty(b.shape, b.dtype)
    factors, terms, into = (np.moveaxis(x, axis, 0)[::step] for x in (a, b, result))
    last = np.zeros((), b.dtype)
    for k in range(len(terms)):
        into[k] = last = factors[k] * last + terms[k]
    return result


def shifted(x: Any, axis: int, by: int) -> Any:
    """Move elements along an axis by 1 or -1; where none comes in there is a zero."""
    value, shape = x.context.size_value, x.type.shape
    short = sizes.maximum(sizes.add(shape[axis], -1), 0)
    lengths = [value(short if k == axis else size) for k, size in enumerate(shape)]
    old = [value(1 if k == axis and by < 0 else 0) for k in range(len(shape))]
    new = [value(1 if k == axis and by > 0 else 0) for k in range(len(shape))]
    steps = (1,) * len(shape)
    kept = slice_(x, *old, *lengths, steps=steps)
    return place(kept, *new, *(value(size) for size in shape), steps=steps)


def _recurrence_vjp(g: Any, y: Any, a: Any, b: Any, *, axis: int, step: int) -> tuple[Any, Any]:
    back = recurrence(shifted(a, axis, -step), g, axis=axis, step=-step)
    return back * shifted(y, axis, step), back


recurrence: Op = general(
    "recurrence",
    _infer("recurrence"),
    _recurrence_reference,
    _recurrence_vjp,
    doc="Multiply the last result by an element of a and add one of b, along an axis, from 0 on.",
)


def _cumprod_vjp(g: Any, y: Any, x: Any, *, axis: int, step: int) -> tuple[Any]:
    """Multiply the product of the elements before by the sum of g times products of those after.

    Both are right where elements are zero, since nothing is divided.
    """
    after = recurrence(shifted(x, axis, -step), g, axis=axis, step=-step)
    size = x.context.size_value(x.type.shape[axis])
    edge = x.context.constant(0, "int64") if step == 1 else size - 1
    count = dimshuffle(arange(size), order=_along(axis, x.type.ndim))
    first = equal(count, dimshuffle(edge, order=("x",) * x.type.ndim))
    return (switch(first, 1, shifted(y, axis, step)) * after,)


def _along(axis: int, ndim: int) -> tuple[int | str, ...]:
    return tuple(0 if k == axis else "x" for k in range(ndim))


cumprod = general(
    "cumprod",
    _infer("cumprod"),
    _accumulated(np.cumprod),
    _cumprod_vjp,
    doc="Multiply all elements so far along an axis, forwards or backwards.",
)

INITIAL: dict[str, float] = {"cumsum": 0, "cumprod": 1, "recurrence": 0}
"""What runs of each operation begin with."""


def following(apply: Callable[..., Any], name: str, last: Any, elements: tuple[Any, ...]) -> Any:
    """Return the result that follows the last one; `apply` takes the name of an operation."""
    if name == "recurrence":
        factor, term = elements
        return apply("add", apply("multiply", factor, last), term)
    return apply({"cumsum": "add", "cumprod": "multiply"}[name], last, *elements)
