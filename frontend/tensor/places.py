"""Places in arrays: of several indices one, of one several, and where values belong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symc.compiler.errors import TypeMismatch
from symc.compiler.promotion import upcast
from symc.compiler.types import INTEGERS
from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import (
    application,
    choosing,
    conversion,
    creation,
    elementwise,
    reductions,
    shaping,
    variable,
)
from symc.tensor.cumulative import cumsum


def searchsorted(x: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    """Return where values belong in a vector in ascending order, to keep it in order.

    side     where a value goes among its equals: before them ("left") or after them ("right")
    sorter   positions that put x in order, if it is not

    >>> searchsorted([1, 2, 3], [2, 9]).eval().tolist()
    [1, 3]
    """
    x, v = conversion.as_tensor_variable(x), conversion.as_tensor_variable(v)
    if side not in ("left", "right"):
        raise mistake(BadValue, f"searchsorted: side={side!r} is neither 'left' nor 'right'")
    if x.ndim != 1:
        raise mistake(TypeMismatch, f"searchsorted: {x!r} is no vector: {x.type}")
    if sorter is not None:
        x = x[_integers(sorter, "searchsorted: sorter")]
    dtype = upcast(x.dtype, v.dtype)
    operands = elementwise.cast(x, dtype), elementwise.cast(v, dtype)
    return application.call("searchsorted", *operands, side=side)


def _integers(given: Any, what: str) -> Any:
    x = conversion.as_tensor_variable(given)
    if x.dtype not in INTEGERS:
        raise mistake(TypeMismatch, f"{what}: positions are integers, not {x.type}")
    return x


def repeat_each(x: Any, repeats: Any, axis: int) -> Any:
    """Repeat each slice along an axis as often as its element of a vector says."""
    if repeats.ndim != 1 or repeats.dtype not in INTEGERS:
        raise mistake(TypeMismatch, f"repeat: repeats are a vector of integers, not {repeats.type}")
    lengths = [shaping.size_of(x, k) for k in range(x.ndim)]
    lengths[axis] = shaping.size_of(repeats, 0)
    x = shaping.reshape(x, lengths)  # says so if there are not as many repeats as slices
    if isinstance(repeats, variable.TensorConstant):
        if (repeats.data < 0).any():
            raise mistake(BadValue, f"repeat: {repeats.data} has a negative number")
        positions: Any = np.repeat(np.arange(len(repeats.data)), repeats.data)
        return choosing.take(x, positions, axis)
    ends = cumsum(elementwise.cast(repeats, "int64"))
    # Nothing is at place 1 of one element: that is what refuses negative numbers in a call.
    negative = elementwise.cast(reductions.any(elementwise.lt(repeats, 0)), "int64")
    total = reductions.sum(repeats) + application.call("bounded", negative, 1)
    places = searchsorted(ends, creation.arange(total), "right")
    return choosing.take(x, places, axis)


def bincount(
    x: Any, weights: Any = None, minlength: Any = None, assert_nonneg: bool = False
) -> Any:
    """Count how often each number is in a vector of integers, or add up weights by number.

    The result has the dtype of the weights, else of x, and is one longer than the largest number,
    and at least minlength. assert_nonneg makes a negative number an IndexError; else it counts
    from the end.
    """
    x = _integers(x, "bincount")
    if x.ndim != 1:
        raise mistake(TypeMismatch, f"bincount: {x.type} is no vector")
    length = elementwise.cast(x.max() + 1, "int64")
    if minlength is not None:
        length = elementwise.maximum(length, minlength)
    added: Any = 1 if weights is None else conversion.as_tensor_variable(weights)
    zeros = creation.zeros([length], dtype=x.dtype if weights is None else added.dtype)
    if assert_nonneg:
        x = elementwise.switch(elementwise.lt(x, 0), length, x)
    from symc.tensor.subtensor import inc_subtensor

    return inc_subtensor(zeros[x], elementwise.cast(added, zeros.dtype))


def to_one_hot(y: Any, nb_class: Any, dtype: Any = None) -> Any:
    """Return a matrix with a row for each number of a vector: 1 in that column, else 0.

    The dtype is floatX unless another is given. A number that is no column is an IndexError.
    """
    from symc.tensor.subtensor import set_subtensor

    y = _integers(y, "to_one_hot")
    size = shaping.size_of(y, 0)
    zeros = creation.zeros([size, nb_class], dtype=dtype)
    return set_subtensor(zeros[creation.arange(size), y], 1)


# --- flat indices

ORDERS = ("C", "F")


def unravel_index(
    indices: Any, dims: Any, order: str = "C", ndim: int | None = None
) -> tuple[Any, ...]:
    """Return, for indices into a flattened array, the indices in each dimension.

    order says whether the last index runs fastest ("C") or the first ("F"). ndim is needed where
    dims is a vector of unknown length. An index outside of the array is an IndexError.
    """
    indices = _integers(indices, "unravel_index")
    sizes = _dimensions(dims, order, "unravel_index", ndim)
    rest, found = elementwise.cast(indices, "int64"), []
    for size in reversed(sizes[1:]):
        found.append(elementwise.mod(rest, size))
        rest = elementwise.floor_div(rest, size)
    found.append(_inside(rest, sizes[0]))
    return tuple(found if order == "F" else reversed(found))


def _dimensions(dims: Any, order: str, what: str, ndim: int | None = None) -> list[Any]:
    """Return the sizes, the one that runs fastest last."""
    if order not in ORDERS:
        raise mistake(BadValue, f"{what}: order={order!r} is neither 'C' nor 'F'")
    sizes = [elementwise.cast(s, "int64") for s in shaping.sizes_from(dims, what, ndim)]
    return sizes[::-1] if order == "F" else sizes


def _inside(index: Any, size: Any) -> Any:
    """Return indices as they are, after a check that none is negative or beyond a size."""
    checked = elementwise.switch(elementwise.lt(index, 0), size, index)
    return creation.arange(size)[checked]


MODES: dict[str, Callable[[Any, Any], Any]] = {
    "raise": _inside,
    "wrap": lambda index, size: elementwise.mod(index, size),
    "clip": lambda index, size: elementwise.clip(index, 0, size - 1),
}


def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: str = "C") -> Any:
    """Return, for one index array a dimension, indices into the flattened array.

    mode, one for all or one each, says what happens to indices outside: "raise" an IndexError,
    "wrap" around or "clip" to the ends. order is as for `unravel_index`.
    """
    if not isinstance(multi_index, (tuple, list)):
        raise mistake(TypeMismatch, "ravel_multi_index: the indices come as a tuple or a list")
    given = [_integers(x, "ravel_multi_index") for x in multi_index]
    modes = [mode] * len(given) if isinstance(mode, str) else list(mode)
    sizes = _dimensions(dims, order, "ravel_multi_index", len(given))
    if not len(given) == len(sizes) == len(modes) or not set(modes) <= set(MODES):
        raise mistake(
            BadValue,
            f"ravel_multi_index: {len(given)} indices, {len(sizes)} sizes and mode={mode!r}, which "
            f"is one of {', '.join(MODES)} for all or for each",
        )
    if order == "F":
        given, modes = given[::-1], modes[::-1]
    total: Any = None
    for index, size, wanted in zip(given, sizes, modes, strict=True):
        here = MODES[wanted](elementwise.cast(index, "int64"), size)
        total = here if total is None else total * size + here
    return total
