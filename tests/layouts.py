"""Arrays of equal elements that lie in memory in every way that NumPy knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def strided(x: Array) -> Array:
    """Return every second element of a larger array."""
    large = np.zeros([2 * n for n in x.shape], x.dtype)
    view = large[(slice(None, None, 2),) * x.ndim]
    view[...] = x
    return view


def negative(x: Array) -> Array:
    """Return a view that walks backwards."""
    back = (slice(None, None, -1),) * x.ndim
    return x[back].copy()[back]


def inside(x: Array) -> Array:
    """Return the middle of a larger array."""
    large = np.ones([n + 3 for n in x.shape], x.dtype)
    view = large[tuple(slice(1, n + 1) for n in x.shape)]
    view[...] = x
    return view


def unaligned(x: Array) -> Array:
    """Return an array at an odd address."""
    memory = np.zeros(x.nbytes + 1, np.uint8)[1:]
    view = memory[: x.nbytes].view(x.dtype).reshape(x.shape)
    view[...] = x
    return view


def read_only(x: Array) -> Array:
    """Return an array that must not be written."""
    copy = x.copy()
    copy.flags.writeable = False
    return copy


def swapped(x: Array) -> Array:
    """Return the transpose of an array that is the transpose."""
    return np.ascontiguousarray(x.T).T


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "C": np.copy,
    "F": np.asfortranarray,
    "strided": strided,
    "negative": negative,
    "inside": inside,
    "unaligned": unaligned,
    "read only": read_only,
    "transposed": swapped,
}


def all_layouts(x: Array) -> dict[str, Array]:
    """Return an array in every layout; a number has one."""
    return {name: layout(x) if x.ndim else x.copy() for name, layout in LAYOUTS.items()}
