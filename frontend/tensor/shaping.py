"""Shapes: their sizes as numbers of the graph, axes moved, elements arranged anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from symc.compiler.errors import TypeMismatch
from symc.compiler.types import DISCRETE
from symc.exceptions import BadAxis, BadValue
from symc.report import mistake
from symc.tensor import application, conversion, elementwise, joining, user_ops, variable

# --- sizes


def shape(x: Any) -> Any:
    """Return the sizes of all dimensions as an int64 vector, which iterates and unpacks."""
    return application.apply(user_ops.shape_op, (conversion.as_tensor_variable(x),), {})


def size_of(x: Any, axis: int) -> Any:
    """Return one size as an int64 scalar."""
    return application.call("size", _shown(x), axis=axis)


def _shown(x: Any) -> Any:
    """Return what a view, as that of Assert or Print, shows: its sizes are known without it."""
    from symc.extension.views import ViewOp

    while x.owner is not None and isinstance(x.owner.op, ViewOp):
        x = x.owner.inputs[0]
    return x


def product_of(sizes: Sequence[Any]) -> Any:
    """Return the product of int64 scalars; 1 for none."""
    if not sizes:
        return conversion.constant(1, dtype="int64")
    return sizes[0] if len(sizes) == 1 else elementwise.mul(*sizes)


def size(x: Any) -> Any:
    """Return the number of elements as an int64 scalar."""
    x = conversion.as_tensor_variable(x)
    return product_of([size_of(x, k) for k in range(x.ndim)])


def vector_elements(v: Any) -> list[Any] | None:
    """Return the elements of a vector whose length is known while the graph is built, or None."""
    if isinstance(v, variable.TensorConstant):
        return [conversion.constant(element) for element in v.data]
    owner = v.owner
    if owner is None:
        return None
    if owner.op is user_ops.shape_op:
        return [size_of(owner.inputs[0], k) for k in range(owner.inputs[0].ndim)]
    if owner.op is user_ops.make_vector_op:
        return list(owner.inputs)
    if owner.kind == "concatenate":
        return _joined([vector_elements(x) for x in owner.inputs])
    if owner.kind == "cast":
        inner = vector_elements(owner.inputs[0])
        return None if inner is None else [elementwise.cast(x, v.dtype) for x in inner]
    return None


def _joined(parts: list[list[Any] | None]) -> list[Any] | None:
    known = [part for part in parts if part is not None]
    return None if len(known) < len(parts) else [x for part in known for x in part]


def vector_length(v: Any) -> int | None:
    """Return the length of a vector where it is known while the graph is built, or None."""
    if v.ndim == 1 and v.broadcastable[0]:
        return 1
    elements = vector_elements(v) if v.ndim == 1 else None
    return None if elements is None else len(elements)


def sizes_from(given: Any, what: str, ndim: int | None = None) -> list[Any]:
    """Return sizes, given as a scalar, several of them or a vector, as int scalars."""
    if isinstance(given, (list, tuple)):
        elements = [conversion.as_tensor_variable(x) for x in given]
    else:
        whole = conversion.as_tensor_variable(given)
        elements = [whole] if whole.ndim == 0 else _elements(whole, what, ndim)
    for x in elements:
        if x.ndim != 0 or x.dtype not in DISCRETE:
            raise mistake(TypeMismatch, f"{what}: a size is an integer scalar, not {x!r}: {x.type}")
    return elements


def _elements(v: Any, what: str, ndim: int | None) -> list[Any]:
    if v.ndim != 1:
        raise mistake(TypeMismatch, f"{what}: sizes come as a vector or a list, not as {v.type}")
    known = vector_elements(v)
    if known is not None:
        return known
    if ndim is None:
        raise mistake(
            BadValue,
            f"{what}: the length of {v!r}, and so the number of dimensions, is not known while the "
            "graph is built; say it with ndim=",
        )
    return [v[k] for k in range(ndim)]


# --- axes


def dimshuffle(x: Any, *pattern: Any) -> Any:
    """Permute axes, insert axes of size 1 ('x') and drop axes known to have size 1.

    >>> from symc.tensor.constructors import matrix
    >>> dimshuffle(matrix(), 1, "x", 0).broadcastable
    (False, True, False)
    """
    x = conversion.as_tensor_variable(x)
    if len(pattern) == 1 and isinstance(pattern[0], (list, tuple)):
        pattern = tuple(pattern[0])
    odd = [axis for axis in pattern if axis != "x" and not isinstance(axis, (int, np.integer))]
    if odd:
        raise mistake(BadValue, f"dimshuffle: takes numbers of axes and 'x', not {odd[0]!r}")
    order = tuple(axis if axis == "x" else int(axis) for axis in pattern)
    kept = [axis for axis in order if axis != "x"]
    for axis in kept:
        if not 0 <= axis < x.ndim:
            raise mistake(BadAxis, f"dimshuffle: axis {axis} is out of range for {x.type}")
    if len(set(kept)) < len(kept):
        raise mistake(BadValue, f"dimshuffle: an axis appears twice in {order}")
    for axis in range(x.ndim):
        if axis not in kept and not x.broadcastable[axis]:
            raise mistake(
                BadValue,
                f"dimshuffle: axis {axis} of {x.type} is dropped but not known to have size 1",
            )
    if order == tuple(range(x.ndim)):
        return x
    return application.call("dimshuffle", x, order=order)


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """Reverse the axes, or put them in the order given."""
    x = conversion.as_tensor_variable(x)
    order = range(x.ndim - 1, -1, -1) if axes is None else [k % max(x.ndim, 1) for k in axes]
    if sorted(order) != list(range(x.ndim)):
        raise mistake(BadValue, f"transpose: {axes} is no order of the axes of {x.type}")
    return dimshuffle(x, *order)


def swapaxes(y: Any, axis1: int, axis2: int) -> Any:
    """Exchange two axes."""
    y = conversion.as_tensor_variable(y)
    order = list(range(y.ndim))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return dimshuffle(y, *order)


def squeeze(x: Any, axis: Any = None) -> Any:
    """Drop the axes known to have size 1, or those given."""
    x = conversion.as_tensor_variable(x)
    if axis is None:
        return dimshuffle(x, *(k for k in range(x.ndim) if not x.broadcastable[k]))
    listed = axis if isinstance(axis, Iterable) else [axis]
    dropped = {joining.static_axis(k, x.ndim, "squeeze") for k in listed}
    return dimshuffle(x, *(k for k in range(x.ndim) if k not in dropped))


def shape_padleft(t: Any, n_ones: int = 1) -> Any:
    """Add axes of size 1 in front."""
    t = conversion.as_tensor_variable(t)
    return dimshuffle(t, *("x",) * n_ones, *range(t.ndim))


def shape_padright(t: Any, n_ones: int = 1) -> Any:
    """Add axes of size 1 behind."""
    t = conversion.as_tensor_variable(t)
    return dimshuffle(t, *range(t.ndim), *("x",) * n_ones)


def shape_padaxis(t: Any, axis: int) -> Any:
    """Add one axis of size 1 at a place."""
    t = conversion.as_tensor_variable(t)
    place = joining.static_axis(axis, t.ndim + 1, "shape_padaxis")
    order: list[Any] = list(range(t.ndim))
    order.insert(place, "x")
    return dimshuffle(t, *order)


def expand_dims(x: Any, axis: int) -> Any:
    """Add one axis of size 1 at a place."""
    return shape_padaxis(x, axis)


# --- patterns


def patternbroadcast(x: Any, broadcastable: Sequence[bool]) -> Any:
    """State which dimensions have size 1; a wrong statement is an error when the function runs."""
    x = conversion.as_tensor_variable(x)
    pattern = tuple(bool(flag) for flag in broadcastable)
    if len(pattern) != x.ndim:
        raise mistake(BadValue, f"patternbroadcast: {len(pattern)} flags for {x.type}")
    if pattern == x.broadcastable:
        return x
    return application.apply(user_ops.rebroadcast_op, (x,), {"pattern": pattern})


def _with_flags(x: Any, axes: Sequence[int], flag: bool) -> Any:
    x = conversion.as_tensor_variable(x)
    pattern = list(x.broadcastable)
    for axis in axes:
        if not -x.ndim <= axis < x.ndim:
            raise mistake(BadAxis, f"axis {axis} is out of range for {x.type}")
        pattern[axis] = flag
    return patternbroadcast(x, pattern)


def addbroadcast(x: Any, *axes: int) -> Any:
    """State that axes have size 1, so that they broadcast."""
    return _with_flags(x, axes, flag=True)


def unbroadcast(x: Any, *axes: int) -> Any:
    """Take axes for ones of any size, so that they do not broadcast."""
    return _with_flags(x, axes, flag=False)


def tensor_copy(x: Any) -> Any:
    """Return a variable equal to another."""
    x = conversion.as_tensor_variable(x)
    return application.apply(user_ops.rebroadcast_op, (x,), {"pattern": x.broadcastable})


def specify_shape(x: Any, shape: Any) -> Any:
    """State the sizes of all dimensions; wrong ones are an error when the function runs."""
    x = conversion.as_tensor_variable(x)
    wanted = sizes_from(shape, "specify_shape", x.ndim)
    if len(wanted) != x.ndim:
        raise mistake(BadValue, f"specify_shape: {len(wanted)} sizes for {x.type}")
    return application.apply(user_ops.specify_shape_op, (x, *wanted), {})


# --- reshaping


def reshape(x: Any, newshape: Any, ndim: int | None = None) -> Any:
    """Give the elements, in C order, another shape; one size may be -1.

    `ndim` is needed when newshape is a vector whose length is not known.
    """
    x = conversion.as_tensor_variable(x)
    if not isinstance(newshape, (list, tuple)) and getattr(newshape, "ndim", 0) == 0:
        newshape = [newshape]
    wanted = sizes_from(newshape, "reshape", ndim)
    if ndim is not None and len(wanted) != ndim:
        raise mistake(BadValue, f"reshape: {len(wanted)} sizes for ndim={ndim}")
    return application.apply(user_ops.reshape_op, (x, *wanted), {})


def flatten(x: Any, ndim: int | None = None, outdim: int | None = None) -> Any:
    """Join the last axes to one, so that ndim are left."""
    x = conversion.as_tensor_variable(x)
    left = next((n for n in (ndim, outdim) if n is not None), 1)
    if left < 1 or left > max(x.ndim, 1):
        raise mistake(BadValue, f"flatten: {left} dimensions cannot be left of {x.type}")
    if left == x.ndim:
        return x
    single = all(x.broadcastable[left - 1 :])
    return reshape(x, [*(size_of(x, k) for k in range(left - 1)), 1 if single else -1])


def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Repeat each element along an axis (of the flattened tensor for None) a number of times.

    A vector says the number for each.
    """
    x = conversion.as_tensor_variable(x)
    times = conversion.as_tensor_variable(repeats)
    if axis is None:
        x, axis = flatten(x), 0
    axis = joining.static_axis(axis, x.ndim, "repeat")
    if times.ndim and not all(times.broadcastable):
        from symc.tensor.places import repeat_each

        return repeat_each(x, times, axis)
    times = dimshuffle(times)
    lengths = [size_of(x, k) for k in range(x.ndim)]
    wide = shape_padaxis(x, axis + 1)
    wide = application.call("broadcast", wide, *lengths[: axis + 1], times, *lengths[axis + 1 :])
    return reshape(wide, [*lengths[:axis], lengths[axis] * times, *lengths[axis + 1 :]])


def tile(x: Any, reps: Any, ndim: int | None = None) -> Any:
    """Lay copies of the tensor side by side, as many along each axis as reps says."""
    x = conversion.as_tensor_variable(x)
    times = sizes_from(reps, "tile")
    rank = max(x.ndim, len(times)) if ndim is None else ndim
    if rank < max(x.ndim, len(times)):
        raise mistake(BadValue, f"tile: ndim={ndim} is less than {max(x.ndim, len(times))}")
    times = [conversion.constant(1)] * (rank - len(times)) + times
    x = shape_padleft(x, rank - x.ndim)
    lengths = [size_of(x, k) for k in range(rank)]
    order = [entry for k in range(rank) for entry in ("x", k)]
    targets = [entry for k in range(rank) for entry in (times[k], lengths[k])]
    wide = application.call("broadcast", dimshuffle(x, *order), *targets)
    return reshape(
        wide, [_times(length, time) for length, time in zip(lengths, times, strict=True)]
    )


def _times(length: Any, time: Any) -> Any:
    """Return a product of sizes; a factor of 1 is left out, so that a size of 1 stays known."""
    if application.known_size(length) == 1:
        return time
    return length if application.known_size(time) == 1 else length * time


def broadcast_to(x: Any, shape: Any) -> Any:
    """Stretch dimensions of size 1 to the shape given."""
    x = conversion.as_tensor_variable(x)
    wanted = sizes_from(shape, "broadcast_to", x.ndim)
    return application.call("broadcast", shape_padleft(x, len(wanted) - x.ndim), *wanted)


def zeros_of(x: Any, dtype: str) -> Any:
    """Return zeros of the shape of a variable."""
    zero = conversion.constant(0, ndim=x.ndim, dtype=dtype)
    if not x.ndim:
        return zero
    return application.call("broadcast", zero, *(size_of(x, k) for k in range(x.ndim)))
