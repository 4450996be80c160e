"""Moments: take the variance of columns in one pass over them.

The sum of squares about a mean is known only after the mean, so it takes a second pass, for which
columns, or everything, come from memory again. About another number it takes none: with d = x - s,
it is sum(d * d) - sum(d)**2 / n. In float64 no more cancels than n roundings of a float32 sum of
squares, if s is one of the elements, since (mean - s)**2 is at most n times the variance.

A pass of its own after simplification, to which both sides are one sum.
"""

# What an operation gives is its layer's.
# mypy: disable-error-code="no-any-return"
from __future__ import annotations

from symc.compiler import sizes
from symc.compiler.ops.arithmetic import maximum, minimum, square
from symc.compiler.ops.comparison import isfinite
from symc.compiler.ops.logic import cast, switch
from symc.compiler.ops.reduction import sum_
from symc.compiler.ops.shape import dimshuffle, keep, slice_
from symc.compiler.types import Size
from symc.compiler.value import Value
from symc.passes.algebra.number import MOVED, number_of
from symc.passes.rewrite import Rewriting
from symc.passes.rule import on

Axes = tuple[int, ...]


@on("sum", exact=False)
def squares_about_mean(value: Value) -> Value | None:
    """Sum squares about the first element instead of the mean, and correct for it."""
    axes, found = value.attribute("axes"), _centred(value)
    if found is None:
        return None
    x, mean = found
    if value.type.dtype != "float32" or value.attribute("acc_dtype") != "float64":
        return None
    if x.type.dtype != "float32" or _is_near(x, axes) or not _is_mean(mean, x, axes):
        return None
    return _about_first(x, axes)


def _centred(value: Value) -> tuple[Value, Value] | None:
    """Return the sides of the difference that a sum squares, or None."""
    squared = value.operands[0]
    if squared.op.name == "multiply" and len(set(squared.operands)) > 1:
        return None
    if squared.op.name not in ("square", "multiply"):
        return None
    difference = squared.operands[0]
    if difference.op.name != "subtract":
        return None
    x, mean = difference.operands
    return x, mean


def _is_near(x: Value, axes: Axes) -> bool:
    """Tell whether rows are reduced, which a second pass finds near."""
    rows = axes == tuple(range(x.type.ndim))[-len(axes) :]
    return rows and len(axes) < x.type.ndim


def _is_mean(mean: Value, x: Value, axes: Axes) -> bool:
    mean = _unmoved(mean)
    if mean.op.name != "true_divide":
        return False
    total, count = map(_unmoved, mean.operands)
    if total.op is not sum_ or total.operands[0] is not x or total.attribute("axes") != axes:
        return False
    return _is_count(count, _count(x, axes))


def _is_count(count: Value, size: Size) -> bool:
    if count.op.name == "cast":
        return sizes.same(count.operands[0].as_size(), size)
    return isinstance(size, int) and number_of(count) == size


def _count(x: Value, axes: Axes) -> Size:
    return sizes.product(tuple(x.type.shape[axis] for axis in axes))


def _unmoved(value: Value) -> Value:
    while value.op.name in MOVED:
        value = value.operands[0]
    return value


def _about_first(x: Value, axes: Axes) -> Value:
    count = x.context.size_value(_count(x, axes))
    n = dimshuffle(
        cast(maximum(count, 1), dtype="float64"), order=("x",) * (x.type.ndim - len(axes))
    )
    first = cast(_first(x, axes), dtype="float64")
    d = cast(x, dtype="float64") - keep(first, axes)
    total, squares = _sum(d, axes), _sum(square(d), axes)
    return cast(maximum(squares - total * total / n, 0), dtype="float32")


def _sum(x: Value, axes: Axes) -> Value:
    return sum_(x, axes=axes, dtype=x.type.dtype, acc_dtype="float64")


def _first(x: Value, axes: Axes) -> Value:
    """Return the first element along some axes, 0 where there is none or it is not finite."""
    value = x.context.size_value
    lengths = [
        minimum(value(size), 1) if axis in axes else value(size)
        for axis, size in enumerate(x.type.shape)
    ]
    start = x.context.constant(0, "int64")
    region = slice_(x, *(start for _ in lengths), *lengths, steps=(1,) * len(lengths))
    first = _sum(region, axes)
    return switch(isfinite(first), first, 0)


moments = Rewriting("moments", (squares_about_mean,))
"""Leave one pass over columns."""
