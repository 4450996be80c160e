"""Reductions over axes, with Theano's result dtypes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from symc.compiler.errors import TypeMismatch
from symc.compiler.promotion import ACCUMULATORS, FLOAT_OF, upcast
from symc.compiler.types import COMPLEX, DISCRETE, FLOATS, HALVES
from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import application, conversion, elementwise, joining, shaping
from symc.type import dtype_name

SIGNED_SUM = ("bool", "int8", "int16", "int32", "int64")
UNSIGNED_SUM = ("uint8", "uint16", "uint32", "uint64")


def axes_of(axis: Any, ndim: int, what: str) -> tuple[int, ...]:
    """Return axes, given as None for all, a number or several, from the front and sorted."""
    if axis is None:
        return tuple(range(ndim))
    several = isinstance(axis, Iterable) and not _is_scalar(axis) and not isinstance(axis, str)
    found = set()
    for one in axis if several else [axis]:
        found.add(joining.static_axis(one, ndim, what))
    return tuple(sorted(found))


def _is_scalar(axis: Any) -> bool:
    return getattr(axis, "ndim", None) == 0


def _sum_dtype(dtype: str) -> str:
    if dtype in SIGNED_SUM:
        return "int64"
    return "uint64" if dtype in UNSIGNED_SUM else dtype


def _accumulator(dtype: str, asked: Any, what: str) -> str:
    if asked is None:
        return ACCUMULATORS.get(dtype, _sum_dtype(dtype))
    name = dtype_name(asked)
    if dtype in DISCRETE and name not in DISCRETE:
        return name
    if upcast(dtype, name) != name:
        raise mistake(
            TypeMismatch, f"{what}: accumulating {dtype} in acc_dtype={name} would lose precision"
        )
    return name


def _reduced(x: Any, y: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    return keep(y, axes, x.ndim) if keepdims else y


def keep(y: Any, axes: tuple[int, ...], ndim: int) -> Any:
    """Put back, with size 1, the axes that a reduction removed."""
    if not axes:
        return y
    left = iter(range(y.ndim))
    return y.dimshuffle(*("x" if axis in axes else next(left) for axis in range(ndim)))


def _accumulated(name: str, x: Any, axis: Any, dtype: Any, keepdims: bool, acc_dtype: Any) -> Any:
    x = conversion.as_tensor_variable(x)
    axes = axes_of(axis, x.ndim, name)
    accumulate = _accumulator(x.dtype, acc_dtype, name)
    target = _sum_dtype(x.dtype) if dtype is None else dtype_name(dtype)
    if target not in COMPLEX and x.dtype in COMPLEX:
        raise mistake(TypeMismatch, f"{name}: dtype={target} would lose a part of {x.dtype}")
    if target in COMPLEX:
        x, accumulate = (
            elementwise.cast(x, upcast(x.dtype, "complex64")),
            upcast(accumulate, target),
        )
    if not axes:
        return elementwise.cast(x, target)
    y = application.call(name, x, axes=axes, dtype=target, acc_dtype=accumulate)
    return _reduced(x, y, axes, keepdims)


def sum(
    input: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, acc_dtype: Any = None
) -> Any:
    """Sum over axes.

    Integers sum to int64 (unsigned ones to uint64); float32 is accumulated in float64.

    >>> sum(conversion.constant([1, 2], dtype="int8")).dtype
    'int64'
    """
    return _accumulated("sum", input, axis, dtype, keepdims, acc_dtype)


def prod(
    input: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    acc_dtype: Any = None,
    no_zeros_in_input: bool = False,
) -> Any:
    """Multiply over axes; the gradient is right with zeros too, whatever no_zeros_in_input says."""
    return _accumulated("prod", input, axis, dtype, keepdims, acc_dtype)


def _count(x: Any, axes: tuple[int, ...]) -> Any:
    """Return the number of elements that axes hold, as a scalar."""
    return shaping.product_of([shaping.size_of(x, axis) for axis in axes])


def mean(
    input: Any,
    axis: Any = None,
    dtype: Any = None,
    op: bool = False,
    keepdims: bool = False,
    acc_dtype: Any = None,
) -> Any:
    """Return the arithmetic mean over axes; of integers as float64, float32 stays float32.

    `dtype` is that of the sum; `op`, Theano's choice of implementation, has no effect.
    """
    x = conversion.as_tensor_variable(input)
    axes = axes_of(axis, x.ndim, "mean")
    asked = x.dtype if dtype is None else dtype
    inner = "float32" if dtype is None and x.dtype in HALVES else dtype
    total = sum(x, axes, inner, keepdims, acc_dtype)
    narrow = total.dtype in (*HALVES, "float32", "complex64")
    count = elementwise.cast(_count(x, axes), "float32" if narrow else "float64")
    result = elementwise.true_div(total, count)
    result = elementwise.cast(result, asked) if asked in HALVES else result
    result.name = "mean"
    return result


def var(
    input: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False, corrected: bool = False
) -> Any:
    """Return the mean squared distance from the mean over axes, of N - ddof.

    `corrected` takes away what rounding of the mean added, at the price of one more reduction.
    """
    x = conversion.as_tensor_variable(input)
    axes = axes_of(axis, x.ndim, "var")
    if isinstance(ddof, bool):
        raise mistake(BadValue, f"var: ddof={ddof} is no number; keepdims comes after it, by name")
    centered = elementwise.sub(x, mean(x, axes, keepdims=True))
    squares = sum(elementwise.sqr(centered), axes, keepdims=keepdims)
    if corrected:
        rest = sum(centered, axes, keepdims=keepdims)
        count = elementwise.cast(_count(x, axes), rest.dtype)
        squares = squares - elementwise.sqr(rest) / count
    count = _count(x, axes) - ddof
    result = elementwise.true_div(squares, elementwise.cast(count, squares.dtype))
    result.name = "var"
    return result


def std(
    input: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False, corrected: bool = False
) -> Any:
    """Return the square root of `var`."""
    result = elementwise.sqrt(var(input, axis, ddof, keepdims, corrected))
    result.name = "std"
    return result


def _ordered(name: str, x: Any, axis: Any, keepdims: bool) -> Any:
    x = conversion.as_tensor_variable(x)
    if x.dtype in COMPLEX:
        raise mistake(TypeMismatch, f"{name}: complex numbers have no order")
    axes = axes_of(None if isinstance(axis, (tuple, list)) and not axis else axis, x.ndim, name)
    if not axes:
        return x if name in ("max", "min") else shaping.zeros_of(x, "int64")
    return _reduced(x, application.call(name, x, axes=axes), axes, keepdims)


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the largest element over axes; NaN if one is NaN."""
    return _ordered("max", x, axis, keepdims)


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the smallest element over axes; NaN if one is NaN."""
    return _ordered("min", x, axis, keepdims)


def argmax(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the first position of the largest element over axes, as int64."""
    return _ordered("argmax", x, axis, keepdims)


def argmin(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the first position of the smallest element over axes, as int64."""
    return _ordered("argmin", x, axis, keepdims)


def max_and_argmax(a: Any, axis: Any = None, keepdims: bool = False) -> list[Any]:
    """Return the largest element over axes and its first position."""
    return [max(a, axis, keepdims), argmax(a, axis, keepdims)]


def _truth(name: str, x: Any, axis: Any, keepdims: bool) -> Any:
    x = conversion.as_tensor_variable(x)
    axes = axes_of(axis, x.ndim, name)
    x = x if x.dtype == "bool" else elementwise.neq(x, 0)
    if not axes:
        return x
    return _reduced(x, application.call(name, x, axes=axes), axes, keepdims)


def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Tell whether all elements over axes are true."""
    return _truth("all", x, axis, keepdims)


def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Tell whether any element over axes is true."""
    return _truth("any", x, axis, keepdims)


def ptp(a: Any, axis: Any = None) -> Any:
    """Return the distance of the largest and the smallest element over axes."""
    return max(a, axis) - min(a, axis)


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return log(sum(exp(x))) over axes, without overflow."""
    x = conversion.as_tensor_variable(x)
    x = x if x.dtype in FLOATS else elementwise.cast(x, upcast(x.dtype, "float16"))
    axes = axes_of(axis, x.ndim, "logsumexp")
    return _reduced(x, application.call("logsumexp", x, axes=axes), axes, keepdims) if axes else x


def norm(x: Any, L: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the L-norm over axes: 0 counts what is not 0, inf and -inf take the extremes."""
    if isinstance(L, str) and L.lstrip("-") != "inf":
        raise mistake(BadValue, f"norm: L is a number, 'inf' or '-inf', not {L!r}")
    if L is None or L == 2:
        return elementwise.sqrt(sum(elementwise.sqr(elementwise.abs_(x)), axis, keepdims=keepdims))
    size = elementwise.abs_(x)
    order = float(L)
    if math.isinf(order):
        return max(size, axis, keepdims) if order > 0 else min(size, axis, keepdims)
    if order == 0:
        return sum(elementwise.neq(x, 0), axis, keepdims=keepdims)
    if order == 1:
        total = sum(size, axis, keepdims=keepdims)
        return elementwise.cast(total, FLOAT_OF.get(total.dtype, total.dtype))
    return elementwise.pow(sum(elementwise.pow(size, L), axis, keepdims=keepdims), 1.0 / order)
