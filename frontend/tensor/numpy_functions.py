"""NumPy's functions of whole arrays on variables, where their arguments differ from those here.

Each takes NumPy's arguments; `out` can only be None, since a variable is never written into.
A function that is not here is the one of its name in symc.tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symc.compiler.types import FLOATS, largest
from symc.exceptions import BadUse, BadValue
from symc.report import mistake
from symc.tensor import (
    conversion,
    elementwise,
    joining,
    products,
    rearranging,
    reductions,
    shaping,
)

variable = conversion.as_tensor_variable

# --- reductions


def _nothing(out: Any) -> None:
    if out is not None:
        raise mistake(BadUse, "out= cannot be given: a variable is not written into")


def sum(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Any:
    """Sum over axes."""
    _nothing(out)
    return reductions.sum(a, axis, dtype, keepdims)


def prod(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Any:
    """Multiply over axes."""
    _nothing(out)
    return reductions.prod(a, axis, dtype, keepdims)


def mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Any:
    """Return the arithmetic mean over axes."""
    _nothing(out)
    return reductions.mean(a, axis, dtype, keepdims=keepdims)


def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> Any:
    """Return the variance over axes, computed in a dtype."""
    _nothing(out)
    return reductions.var(a if dtype is None else elementwise.cast(a, dtype), axis, ddof, keepdims)


def std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> Any:
    """Return the standard deviation over axes, computed in a dtype."""
    return elementwise.sqrt(var(a, axis, dtype, out, ddof, keepdims))


def _reduction(name: str) -> Any:
    reduce = getattr(reductions, name)

    def function(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        _nothing(out)
        return reduce(a, axis, keepdims)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = reduce.__doc__
    return function


max, min = _reduction("max"), _reduction("min")
argmax, argmin = _reduction("argmax"), _reduction("argmin")
all, any = _reduction("all"), _reduction("any")
amax, amin = max, min


def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    """Return the difference of the largest and the smallest element over axes."""
    return max(a, axis, out, keepdims) - min(a, axis, out, keepdims)


def average(a: Any, axis: Any = None, weights: Any = None) -> Any:
    """Return the mean over axes, weighted by a tensor of the same rank."""
    if weights is None:
        return reductions.mean(a, axis)
    weights = variable(weights)
    return reductions.sum(a * weights, axis) / reductions.sum(weights, axis)


def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Count the elements that are not 0 over axes."""
    return reductions.sum(elementwise.neq(a, 0), axis, keepdims=keepdims)


# --- elements


def clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None) -> Any:
    """Keep the elements between a_min and a_max, either of which may be None."""
    _nothing(out)
    if a_min is None:
        return a if a_max is None else elementwise.minimum(a, a_max)
    return elementwise.maximum(a, a_min) if a_max is None else elementwise.clip(a, a_min, a_max)


def round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """Round to a number of decimals, halves to the even digit."""
    _nothing(out)
    if not decimals:
        return elementwise.round(a)
    scale = 10.0 ** (decimals if decimals > 0 else -decimals)
    a = variable(a)
    if decimals > 0:
        return elementwise.round(a * scale) / scale
    return elementwise.round(a / scale) * scale


around = round


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Choose elements by a condition; the positions where it holds if there is no choice."""
    if x is None and y is None:
        from symc.tensor import positions

        return positions.nonzero(condition)
    return elementwise.switch(condition, x, y)


def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """Put numbers for NaN and infinities; the largest that the dtype has, if none is given."""
    x = variable(x)
    if x.dtype not in FLOATS:
        return x
    most = largest(x.dtype)
    bounds = [most if posinf is None else posinf, -most if neginf is None else neginf]
    numbers = [variable(b).astype(x.dtype) for b in (nan, *bounds)]
    infinite = elementwise.switch(x > 0, numbers[1], numbers[2])
    finite = elementwise.switch(elementwise.isinf(x), infinite, x)
    return elementwise.switch(elementwise.isnan(x), numbers[0], finite)


# --- products


def inner(a: Any, b: Any) -> Any:
    """Sum products over the last dimension of both."""
    a, b = variable(a), variable(b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    return products.tensordot(a, b, [[a.ndim - 1], [b.ndim - 1]])


def vdot(a: Any, b: Any) -> Any:
    """Sum the products of all elements of both, those of the first conjugated."""
    a = variable(a)
    first = shaping.flatten(a)
    if a.dtype.startswith("complex"):
        first = first.conj()
    return products.dot(first, shaping.flatten(variable(b)))


# --- shapes


def shape(a: Any) -> Any:
    """Return the sizes as a vector of the graph."""
    return variable(a).shape


def ndim(a: Any) -> int:
    """Return the number of dimensions."""
    return int(variable(a).ndim)


def size(a: Any, axis: int | None = None) -> Any:
    """Return the number of elements, or one size."""
    a = variable(a)
    return a.size if axis is None else a.shape[axis]


def _in_rows(order: str) -> None:
    if order not in ("C", "K", "A"):
        raise mistake(BadValue, f"order is 'C', by rows, not {order!r}")


def reshape(a: Any, shape: Any, order: str = "C") -> Any:
    """Give the elements another shape."""
    _in_rows(order)
    return shaping.reshape(a, shape)


def ravel(a: Any, order: str = "C") -> Any:
    """Return the elements as a vector."""
    _in_rows(order)
    return shaping.flatten(a)


def copy(a: Any, order: str = "K") -> Any:
    """Return a variable equal to another."""
    _in_rows(order)
    return shaping.tensor_copy(a)


def expand_dims(a: Any, axis: int | Sequence[int]) -> Any:
    """Add axes of size 1 at places in the result."""
    a = variable(a)
    listed = [axis] if isinstance(axis, int) else list(axis)
    rank = a.ndim + len(listed)
    added = {joining.static_axis(k, rank, "expand_dims") for k in listed}
    left = iter(range(a.ndim))
    return a.dimshuffle(*("x" if k in added else next(left) for k in range(rank)))


def atleast_1d(a: Any) -> Any:
    """Return a tensor of rank 1 at least."""
    return shaping.shape_padleft(a, 1 if variable(a).ndim == 0 else 0)


def atleast_2d(a: Any) -> Any:
    """Return a tensor of rank 2 at least."""
    missing = 2 - variable(a).ndim
    return shaping.shape_padleft(a, missing if missing > 0 else 0)


# --- joining and moving


def concatenate(arrays: Sequence[Any], axis: int | None = 0, out: Any = None) -> Any:
    """Join tensors along an axis; flattened for None."""
    _nothing(out)
    if axis is None:
        return joining.join(0, *(shaping.flatten(x) for x in arrays))
    return joining.join(axis, *arrays)


def stack(arrays: Sequence[Any], axis: int = 0, out: Any = None) -> Any:
    """Join tensors along a new axis."""
    _nothing(out)
    return joining.stack(list(arrays), axis=axis)


def vstack(tup: Sequence[Any]) -> Any:
    """Join tensors along the first axis, vectors as rows."""
    return joining.join(0, *(atleast_2d(x) for x in tup))


def hstack(tup: Sequence[Any]) -> Any:
    """Join tensors along the second axis, vectors along their only one."""
    parts = [atleast_1d(x) for x in tup]
    return joining.join(0 if parts[0].ndim == 1 else 1, *parts)


def column_stack(tup: Sequence[Any]) -> Any:
    """Join vectors, as columns, and matrices along the second axis."""
    parts = [variable(x) for x in tup]
    return joining.join(1, *(x.dimshuffle(0, "x") if x.ndim == 1 else x for x in parts))


def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Join two tensors along an axis; flattened for None."""
    return concatenate([arr, values], axis)


def tile(A: Any, reps: Any) -> Any:  # NumPy's name
    """Lay copies side by side."""
    return shaping.tile(A, [reps] if isinstance(reps, int) else list(reps))


def fliplr(m: Any) -> Any:
    """Reverse the order of the columns."""
    return rearranging.flip(m, 1)


def flipud(m: Any) -> Any:
    """Reverse the order of the rows."""
    return rearranging.flip(m, 0)


def take(
    a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise"
) -> Any:
    """Return the slices along an axis at positions."""
    from symc.tensor import choosing

    _nothing(out)
    return choosing.take(a, indices, axis, mode)
