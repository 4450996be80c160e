"""Reads Python's index keys: their form as a template, and the variables in them."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct

from symc.compiler.errors import NotSupported, TypeMismatch
from symc.compiler.types import INTEGERS
from symc.exceptions import BadIndex, BadValue
from symc.report import mistake
from symc.tensor import application, conversion, elementwise, variable
from symc.tensor.positions import nonzero_op
from symc.tensor.template import Array, Index, Item, Mask, NewAxis, Slice, Template
from symc.variable import Variable

# --- masks, and the vectors of nonzero that stand for them


class Places(Struct, frozen=True):
    """The vectors of nonzero of a mask, as one item."""

    mask: Any
    dtype = "bool"

    @property
    def ndim(self) -> int:
        """Return how many vectors there are."""
        return int(self.mask.ndim)


def _mask_of(items: list[Any]) -> tuple[Any, int] | None:
    """Return the mask whose positions the first items are, and how many they are."""
    owner = getattr(items[0], "owner", None)
    if owner is None or owner.op is not nonzero_op:
        return None
    (x,) = owner.inputs
    for axis, item in enumerate(items[: x.ndim]):
        mine = getattr(item, "owner", None)
        if mine is None or mine.op is not nonzero_op or mine.inputs[0] is not x:
            return None
        if mine.attributes["axis"] != axis:
            return None
    mask = x if x.dtype == "bool" else elementwise.neq(x, 0)
    return (mask, x.ndim) if len(items) >= x.ndim else None


# --- from Python's key to a template and operands


def _expanded(key: Any, ndim: int) -> list[Any]:
    """Return a key as items that take all dimensions, with None for new ones."""
    items = _with_masks(list(key) if isinstance(key, tuple) else [key])
    ellipses = sum(item is Ellipsis for item in items)
    if ellipses > 1:
        raise mistake(BadIndex, "an index holds at most one ellipsis (...)")
    used = sum(_axes_of(item) for item in items)
    if used > ndim:
        raise mistake(BadIndex, f"too many indices: {used} for {ndim} dimensions")
    fill = [slice(None)] * (ndim - used)
    if not ellipses:
        return items + fill
    place = next(k for k, item in enumerate(items) if item is Ellipsis)
    return items[:place] + fill + items[place + 1 :]


def _with_masks(items: list[Any]) -> list[Any]:
    """Make tensors of lists, and masks of the vectors of nonzero."""
    result: list[Any] = []
    while items:
        found = _mask_of(items)
        if found is not None:
            mask, count = found
            result.append(Places(mask))
            items = items[count:]
        else:
            first, *items = items
            result.append(_positions(first) if isinstance(first, (list, tuple)) else first)
    return result


def _positions(listed: Any) -> Any:
    """Return a list as positions or a mask; an empty one names no position, as NumPy's."""
    made = conversion.as_tensor_variable(listed)
    if isinstance(made, variable.TensorConstant) and not made.data.size:
        return conversion.constant(made.data, dtype="int64")
    return made


def _axes_of(item: Any) -> int:
    if item is None or item is Ellipsis:
        return 0
    return item.ndim if _is_mask(item) else 1


def _is_mask(item: Any) -> bool:
    return getattr(item, "ndim", 0) > 0 and str(getattr(item, "dtype", "")) == "bool"


def _bound(value: Any) -> Any:
    bound = conversion.as_tensor_variable(value)
    if bound.ndim or bound.dtype not in INTEGERS:
        raise mistake(
            TypeMismatch, f"a slice's bound is an integer scalar, not {bound!r}: {bound.type}"
        )
    return bound


def _slice_item(key: slice) -> tuple[Item, list[Any]]:
    step = 1 if key.step is None else key.step
    if isinstance(step, Variable):
        known = application.known_size(step)
        step = step if known is None else known
    if isinstance(step, (int, np.integer)):
        if step == 0:
            raise mistake(BadValue, "a slice's step cannot be 0")
        step = int(step)
    own = [_bound(x) for x in (key.start, key.stop) if x is not None]
    fixed = step if isinstance(step, int) else None
    own += [] if fixed is not None else [_bound(step)]
    return Slice(key.start is not None, key.stop is not None, fixed), own


def _array_item(key: Any) -> tuple[Item, list[Any]]:
    if isinstance(key, (bool, np.bool_)):
        raise mistake(
            NotSupported, "indexing by a single boolean is not there; [None] adds a dimension"
        )
    if isinstance(key, (str, bytes)):
        raise mistake(TypeMismatch, f"{key!r} is no index")
    index = conversion.as_tensor_variable(key)
    if index.dtype == "bool" and index.ndim:
        return Mask(index.ndim), [index]
    if index.dtype not in INTEGERS:
        raise mistake(TypeMismatch, f"an index is an integer, not {index!r}: {index.type}")
    return (Index() if index.ndim == 0 else Array()), [index]


def _item(key: Any) -> tuple[Item, list[Any]]:
    if key is None:
        return NewAxis(), []
    if isinstance(key, Places):
        return Mask(key.ndim, exact=False), [key.mask]
    return _slice_item(key) if isinstance(key, slice) else _array_item(key)


def parse_key(key: Any, ndim: int) -> tuple[Template, list[Any]]:
    """Return an index as its form and the variables in it."""
    items = [_item(one) for one in _expanded(key, ndim)]
    return tuple(item for item, _ in items), [x for _, own in items for x in own]
