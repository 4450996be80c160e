"""Takes elements by position: `take` with its modes, and `choose`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symc.compiler.errors import TypeMismatch
from symc.compiler.types import INTEGERS
from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import conversion, creation, elementwise, joining, shaping

MODES: dict[str, Callable[[Any, Any], Any]] = {
    "raise": lambda index, size: index,
    "wrap": lambda index, size: elementwise.mod(index, size),
    "clip": lambda index, size: elementwise.clip(index, 0, size - 1),
}
"""What becomes of positions outside of a size."""


def _positions(indices: Any, size: Any, mode: str, what: str) -> Any:
    """Return integer positions in the mode asked for."""
    if mode not in MODES:
        raise mistake(BadValue, f"{what}: mode={mode!r} is none of {', '.join(MODES)}")
    indices = conversion.as_tensor_variable(indices)
    if indices.dtype not in INTEGERS:
        raise mistake(
            TypeMismatch, f"{what}: an index is an integer, not {indices!r}: {indices.type}"
        )
    return MODES[mode](indices, size)


def take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    """Return the slices along an axis (of the flattened tensor for None) at integer positions.

    mode says what positions outside do: "raise" an IndexError, "wrap" around, or "clip" to the
    ends (where negative ones mean the first).
    """
    a = conversion.as_tensor_variable(a)
    if axis is None:
        a, axis = shaping.flatten(a), 0
    place = joining.static_axis(axis, a.ndim, "take")
    positions = _positions(indices, shaping.size_of(a, place), mode, "take")
    return a[(*(slice(None),) * place, positions)]


def choose(a: Any, choices: Any, mode: str = "raise") -> Any:
    """Return at each position the element of choices[a] there; all are broadcast together.

    choices is a list or tuple of tensors, or a tensor whose first dimension counts them. mode says
    what an a outside of them does, as for `take`; "raise" refuses negative ones too.
    """
    a = conversion.as_tensor_variable(a)
    a = elementwise.cast(a, "int8") if a.dtype == "bool" else a
    listed = isinstance(choices, (list, tuple))
    size = len(choices) if listed else shaping.size_of(conversion.as_tensor_variable(choices), 0)
    a = _positions(a, size, mode, "choose")
    if mode == "raise":
        a = elementwise.switch(elementwise.lt(a, 0), size, a)
    if listed:
        return _chosen_of_list(a, choices)
    return _chosen_of_tensor(a, conversion.as_tensor_variable(choices))


def _chosen_of_list(a: Any, choices: Any) -> Any:
    if not choices:
        raise mistake(BadValue, "choose: there are no choices")
    a = conversion.as_tensor_variable(np.arange(len(choices)))[a]  # checks the positions
    result = choices[-1]
    for k in reversed(range(len(choices) - 1)):
        result = elementwise.switch(elementwise.eq(a, k), choices[k], result)
    return result


def _chosen_of_tensor(a: Any, choices: Any) -> Any:
    ndim = max(a.ndim, choices.ndim - 1)
    a = shaping.shape_padleft(a, ndim - a.ndim)
    inner = choices.dimshuffle(0, *("x",) * (ndim - choices.ndim + 1), *range(1, choices.ndim))
    key = [a]
    for axis in range(ndim):
        size = 1 if inner.broadcastable[axis + 1] else shaping.size_of(inner, axis + 1)
        here = creation.arange(size)
        key.append(here.dimshuffle(*(0 if k == axis else "x" for k in range(ndim))))
    return inner[tuple(key)]
