"""New tensors: filled, counted, triangular."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler.errors import TypeMismatch
from symc.compiler.types import COMPLEX, DISCRETE, UNSIGNED
from symc.config import config
from symc.exceptions import BadValue, ZeroStep
from symc.report import mistake
from symc.tensor import application, conversion, elementwise, joining, shaping, variable
from symc.tensor.demands import COUNTS, STEPS, demand
from symc.tensor.policy import common_dtype
from symc.type import dtype_name


def alloc(val: Any, *shapes: Any) -> Any:
    """Return a tensor of the shape given, filled with a value that broadcasts to it."""
    value = conversion.as_tensor_variable(val)
    given = shapes[0] if len(shapes) == 1 and isinstance(shapes[0], (list, tuple)) else list(shapes)
    if len(given) == 1 and getattr(given[0], "ndim", 0) == 1:
        given = given[0]
    wanted = shaping.sizes_from(given, "alloc")
    if value.ndim > len(wanted):
        raise mistake(TypeMismatch, f"alloc: {value.type} has more than {len(wanted)} dimensions")
    if not wanted:
        return value
    padded = shaping.shape_padleft(value, len(wanted) - value.ndim)
    return application.call("broadcast", padded, *wanted)


def _filled(value: int, shape: Any, dtype: Any) -> Any:
    name = config.floatX if dtype is None else dtype_name(dtype)
    wanted = shaping.sizes_from(shape, "zeros" if value == 0 else "ones")
    return alloc(conversion.constant(value, dtype=name), *wanted)


def zeros(shape: Any, dtype: Any = None) -> Any:
    """Return zeros of a shape; the dtype is floatX if not given."""
    return _filled(0, shape, dtype)


def ones(shape: Any, dtype: Any = None) -> Any:
    """Return ones of a shape; the dtype is floatX if not given."""
    return _filled(1, shape, dtype)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    """Return a tensor of a shape and a value."""
    value = conversion.as_tensor_variable(fill_value)
    value = value if dtype is None else elementwise.cast(value, dtype)
    return alloc(value, *shaping.sizes_from(shape, "full"))


def fill(a: Any, b: Any) -> Any:
    """Return b stretched to the shape that it and a broadcast to."""
    a, b = application.pad_ranks([conversion.as_tensor_variable(x) for x in (a, b)])
    lengths = [shaping.size_of(b if a.broadcastable[k] else a, k) for k in range(a.ndim)]
    return application.call("broadcast", b, *lengths) if lengths else b


second = fill


def _like(value: int, model: Any, dtype: Any) -> Any:
    model = conversion.as_tensor_variable(model)
    name = model.dtype if dtype is None else dtype_name(dtype)
    return fill(model, conversion.constant(value, dtype=name))


def zeros_like(model: Any, dtype: Any = None, opt: bool = False) -> Any:
    """Return zeros of the shape of a tensor; `opt`, Theano's hint, has no effect."""
    return _like(0, model, dtype)


def ones_like(model: Any, dtype: Any = None, opt: bool = False) -> Any:
    """Return ones of the shape of a tensor; `opt`, Theano's hint, has no effect."""
    return _like(1, model, dtype)


def full_like(model: Any, fill_value: Any, dtype: Any = None) -> Any:
    """Return a tensor of the shape of another, and of one value."""
    model = conversion.as_tensor_variable(model)
    name = model.dtype if dtype is None else dtype_name(dtype)
    return fill(model, elementwise.cast(fill_value, name))


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Any:
    """Count from start, or 0, up to but without stop.

    >>> arange(3).dtype, arange(0, 1, 0.1).dtype
    ('int64', 'float64')
    """
    if stop is None:
        start, stop = 0, start
    bounds = [conversion.as_tensor_variable(x) for x in (start, stop, step)]
    for x in bounds:
        if x.ndim or x.dtype in COMPLEX:
            raise mistake(TypeMismatch, f"arange: bounds are real scalars, not {x!r}: {x.type}")
    name = _counted_dtype(bounds) if dtype is None else dtype_name(dtype)
    first, last, stride = bounds
    if not isinstance(stride, variable.TensorConstant):
        stride = demand(stride, elementwise.neq(stride, 0), STEPS)
    elif stride.data == 0:
        raise mistake(ZeroStep, STEPS)
    count = application.call("arange", _count(first, last, stride))
    if application.known_size(stride) == 1 and application.known_size(first) == 0:
        return elementwise.cast(count, name)
    wide = "int64" if name in DISCRETE else name
    first, stride = elementwise.cast(first, wide), elementwise.cast(stride, wide)
    return elementwise.cast(first + stride * elementwise.cast(count, wide), name)


def _counted_dtype(bounds: list[Any]) -> str:
    common = common_dtype(*(x.dtype for x in bounds))
    if common in UNSIGNED:
        return "uint64"
    return "int64" if common in DISCRETE else common


def _count(first: Any, last: Any, stride: Any) -> Any:
    """Return how many numbers there are, ceil((last - first) / stride); below 0 means none."""
    known = [application.known_size(x) if x.dtype in DISCRETE else None for x in (first, stride)]
    if all(x.dtype in DISCRETE for x in (first, last, stride)):
        last = elementwise.cast(last, "int64")
        if known == [0, 1]:
            return last
        span = last - elementwise.cast(first, "int64")
        return -((-span) // elementwise.cast(stride, "int64"))
    span = elementwise.cast(last, "float64") - elementwise.cast(first, "float64")
    count = elementwise.ceil(span / elementwise.cast(stride, "float64"))
    if not all(isinstance(x, variable.TensorConstant) for x in (first, last, stride)):
        count = demand(count, elementwise.isfinite(count), COUNTS)
    elif not np.all(np.isfinite([x.data for x in (first, last)])):
        raise mistake(BadValue, COUNTS)
    return elementwise.cast(count, "int64")


# --- matrices with a pattern


def _positions(rows: Any, columns: Any) -> tuple[Any, Any]:
    return arange(rows).dimshuffle(0, "x"), arange(columns).dimshuffle("x", 0)


def eye(n: Any, m: Any = None, k: Any = 0, dtype: Any = None) -> Any:
    """Return an n by m matrix (m = n if not given) with ones on the k-th diagonal."""
    row, column = _positions(*shaping.sizes_from([n, n if m is None else m], "eye"))
    name = config.floatX if dtype is None else dtype
    return elementwise.cast(elementwise.eq(row + k, column), name)


def identity_like(x: Any) -> Any:
    """Return ones on the diagonal, in the shape and dtype of a matrix."""
    x = conversion.as_tensor_variable(x)
    return eye(shaping.size_of(x, 0), shaping.size_of(x, 1), dtype=x.dtype)


def tri(N: Any, M: Any = None, k: Any = 0, dtype: Any = None) -> Any:
    """Return an N by M matrix with ones at and below the k-th diagonal."""
    row, column = _positions(*shaping.sizes_from([N, N if M is None else M], "tri"))
    name = config.floatX if dtype is None else dtype
    return elementwise.cast(elementwise.ge(row + k, column), name)


def _below(m: Any, k: Any) -> Any:
    row, column = _positions(shaping.size_of(m, 0), shaping.size_of(m, 1))
    return elementwise.ge(row + k, column)


def tril(m: Any, k: Any = 0) -> Any:
    """Return a matrix with zeros above its k-th diagonal."""
    m = conversion.as_tensor_variable(m)
    return elementwise.switch(_below(m, k), m, conversion.constant(0, dtype=m.dtype))


def triu(m: Any, k: Any = 0) -> Any:
    """Return a matrix with zeros below its k-th diagonal."""
    m = conversion.as_tensor_variable(m)
    return elementwise.switch(_below(m, k - 1), conversion.constant(0, dtype=m.dtype), m)


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return a diagonal of the matrices that two axes make, as the last axis of the result."""
    a = conversion.as_tensor_variable(a)
    if a.ndim < 2:
        raise mistake(TypeMismatch, f"diagonal: takes a matrix or a stack of them, not {a.type}")
    first, second = (joining.static_axis(k, a.ndim, "diagonal") for k in (axis1, axis2))
    if first == second:
        raise mistake(BadValue, f"diagonal: axes {axis1} and {axis2} are one")
    rest = [k for k in range(a.ndim) if k not in (first, second)]
    down, right = max(-offset, 0), max(offset, 0)
    lengths = shaping.size_of(a, first) - down, shaping.size_of(a, second) - right
    along = arange(elementwise.maximum(elementwise.minimum(*lengths), 0))
    found = a.dimshuffle(first, second, *rest)[along + down, along + right]
    return found.dimshuffle(*range(1, found.ndim), 0)


def diag(v: Any, k: int = 0) -> Any:
    """Return the matrix with a vector on its k-th diagonal, or a matrix's diagonal."""
    v = conversion.as_tensor_variable(v)
    if v.ndim == 2:
        return diagonal(v, k)
    if v.ndim != 1:
        raise mistake(TypeMismatch, f"diag: takes a vector or a matrix, not {v.type}")
    n = shaping.size_of(v, 0) + abs(k)
    row, column = _positions(n, n)
    spread = alloc(conversion.constant(0, dtype=v.dtype), abs(k))
    padded = joining.join(0, spread, v) if k > 0 else joining.join(0, v, spread)
    on = elementwise.eq(row + k, column)
    return elementwise.switch(on, padded.dimshuffle("x", 0), conversion.constant(0, dtype=v.dtype))


def trace(a: Any, offset: int = 0) -> Any:
    """Return the sum of a diagonal of a matrix."""
    a = conversion.as_tensor_variable(a)
    if a.ndim != 2:
        raise mistake(
            TypeMismatch,
            f"trace: takes a matrix, not {a.type}",
            help="for a stack of matrices write diagonal(x, axis1=..., axis2=...).sum(axis=-1)",
        )
    return diagonal(a, offset).sum()
