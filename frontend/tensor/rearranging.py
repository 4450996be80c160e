"""Elements in other places: rolled, reversed, cut into parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symc.exceptions import BadUse, BadValue
from symc.report import mistake
from symc.tensor import conversion, elementwise, joining, shaping


def _along(axis: int, ndim: int, key: slice) -> tuple[slice, ...]:
    return tuple(key if k == axis else slice(None) for k in range(ndim))


def roll(x: Any, shift: Any, axis: int | None = None) -> Any:
    """Move elements along an axis (of the flattened tensor for None); those pushed out come back.

    >>> from symc.tensor.constructors import vector
    >>> roll(vector(), 1).type
    TensorType(float64, vector)
    """
    x = conversion.as_tensor_variable(x)
    if axis is None:
        sizes = [shaping.size_of(x, k) for k in range(x.ndim)]
        return shaping.reshape(roll(shaping.flatten(x), shift, 0), sizes)
    place = joining.static_axis(axis, x.ndim, "roll")
    length = elementwise.maximum(shaping.size_of(x, place), 1)
    cut = elementwise.mod(elementwise.neg(elementwise.cast(shift, "int64")), length)
    parts = [x[_along(place, x.ndim, slice(*ends))] for ends in ((cut, None), (None, cut))]
    sizes = [shaping.size_of(x, k) for k in range(x.ndim)]
    return shaping.specify_shape(joining.join(place, *parts), sizes)


def flip(m: Any, axis: int | Sequence[int] | None = None) -> Any:
    """Reverse the order of the elements along axes; along all for None."""
    m = conversion.as_tensor_variable(m)
    listed = range(m.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    chosen = {joining.static_axis(k, m.ndim, "flip") for k in listed}
    back = slice(None, None, -1)
    return m[tuple(back if k in chosen else slice(None) for k in range(m.ndim))]


def split(x: Any, splits_size: Any, n_splits: int, axis: Any = 0) -> Any:
    """Cut a tensor along an axis into n_splits parts of the sizes given, which fill it.

    The sizes are a list or a vector of integers. Returns a list, or the tensor itself for one part.
    """
    x = conversion.as_tensor_variable(x)
    place = joining.static_axis(axis, x.ndim, "split")
    known = list(splits_size) if isinstance(splits_size, (list, tuple)) else None
    given = conversion.as_tensor_variable(splits_size) if known is None else known
    count = shaping.vector_length(given) if known is None else len(known)
    if not n_splits or getattr(given, "ndim", 1) != 1:
        raise mistake(BadUse, f"split: takes a vector of sizes, one for each part, not {given!r}")
    if count not in (None, n_splits):
        raise mistake(BadValue, f"split: {count} sizes for {n_splits} parts")
    sizes = [elementwise.cast(given[k], "int64") for k in range(n_splits)]
    parts, start, left = [], conversion.constant(0, dtype="int64"), _filled(x, place, sizes)
    for size in sizes:
        end = start + size
        parts.append(_of_size(left[_along(place, x.ndim, slice(start, end))], place, size))
        start = end
    return parts if len(parts) > 1 else parts[0]


def _filled(x: Any, axis: int, sizes: Sequence[Any]) -> Any:
    """State that parts fill an axis."""
    return _of_size(x, axis, sizes[0] if len(sizes) == 1 else elementwise.add(*sizes))


def _of_size(x: Any, axis: int, size: Any) -> Any:
    sizes = [size if k == axis else shaping.size_of(x, k) for k in range(x.ndim)]
    return shaping.specify_shape(x, sizes)


def moveaxis(a: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """Put axes at other places; the others keep their order."""
    a = conversion.as_tensor_variable(a)
    pair = [[axes] if isinstance(axes, int) else list(axes) for axes in (source, destination)]
    if len(pair[0]) != len(pair[1]):
        raise mistake(BadValue, f"moveaxis: {len(pair[0])} axes for {len(pair[1])} places")
    old, new = ([joining.static_axis(k, a.ndim, "moveaxis") for k in axes] for axes in pair)
    order = [k for k in range(a.ndim) if k not in old]
    for place, axis in sorted(zip(new, old, strict=True)):
        order.insert(place, axis)
    return a.dimshuffle(*order)
