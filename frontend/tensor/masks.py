"""Lowers indexing by boolean arrays: to positions, or to a choice that needs no computed size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symc.compiler import sizes
from symc.compiler.op import find
from symc.compiler.ops.index import position, true_positions
from symc.compiler.ops.shape import dimshuffle
from symc.compiler.types import Size
from symc.tensor import indexing
from symc.tensor.template import WHOLE, Array, Item, Mask, NewAxis, Slice, Template, parts, taken


def read(x: Any, *operands: Any, items: Template) -> Any:
    """Lower x[...]."""
    items, operands = _settled(x, items, operands)
    x, items, operands = _flattened(x, items, operands)
    return indexing.read(x, *operands, items=items)


def add_to(x: Any, y: Any, *operands: Any, items: Template) -> Any:
    """Lower the addition of y to x[...]."""
    items, operands = _settled(x, items, operands)
    place = _place_of_choice(items, y)
    if place is None:
        flat, items, operands = _flattened(x, items, operands)
        return _shaped(indexing.add_to(flat, y, *operands, items=items), x)
    mask, items, operands = _opened(place, items, operands)
    zero = x.context.constant(0, x.type.dtype, _rank(items))
    y = _chosen(mask, _dimension(items, place), y, zero)
    return indexing.add_to(x, y, *operands, items=items)


def put_into(x: Any, y: Any, *operands: Any, items: Template) -> Any:
    """Lower the replacement of x[...] by y."""
    items, operands = _settled(x, items, operands)
    place = _place_of_choice(items, y)
    if place is None:
        flat, items, operands = _flattened(x, items, operands)
        return _shaped(indexing.put_into(flat, y, *operands, items=items), x)
    mask, items, operands = _opened(place, items, operands)
    old = indexing.read(x, *operands, items=items)
    y = _chosen(mask, _dimension(items, place), y, old)
    return indexing.put_into(x, y, *operands, items=items)


def _settled(x: Any, items: Template, operands: Sequence[Any]) -> tuple[Template, tuple[Any, ...]]:
    """Check the sizes of masks; make index arrays of those that are constants."""
    new_items: list[Item] = []
    new_operands: list[Any] = []
    axis = 0
    for item, own in parts(items, operands):
        places = None
        if isinstance(item, Mask):
            places = _places(x.type.shape[axis : axis + item.ndim], item, own[0])
            if item.exact:
                _agree(x, axis, own[0])
        if places is None:
            new_items.append(item)
            new_operands += own
        else:
            new_items += [Array()] * len(places)
            new_operands += places
        axis += taken(item)
    return tuple(new_items), tuple(new_operands)


def _places(shape: tuple[Size, ...], item: Mask, mask: Any) -> list[Any] | None:
    """Return the places that a mask names in each axis, where it must become index arrays.

    That is where they are known, and where the mask may have other sizes than the axes.
    """
    if mask.is_constant:
        return [mask.context.constant(place) for place in np.nonzero(mask.data)]
    if item.exact or all(map(sizes.same, shape, mask.type.shape)):
        return None
    return [position(mask, axis) for axis in range(item.ndim)]


def _agree(x: Any, axis: int, mask: Any) -> None:
    for k, size in enumerate(mask.type.shape):
        what = f"x[mask]: the mask's dimension {k} has not the size of x's dimension {axis + k}"
        sizes.agree(x.type.shape[axis + k], size, what)


def _flattened(
    x: Any, items: Template, operands: Sequence[Any]
) -> tuple[Any, Template, tuple[Any, ...]]:
    """Make one axis of those of each mask, which the positions of its true elements index."""
    if not any(isinstance(item, Mask) for item in items):
        return x, items, tuple(operands)
    shape: list[Size] = []
    new_items: list[Item] = []
    new_operands: list[Any] = []
    axis = 0
    for item, own in parts(items, operands):
        axes = x.type.shape[axis : axis + taken(item)]
        axis += taken(item)
        if isinstance(item, Mask):
            shape.append(sizes.product(axes))
            new_items.append(Array())
            new_operands.append(true_positions(own[0]))
        else:
            shape += axes
            new_items.append(item)
            new_operands += own
    return _reshaped(x, shape), tuple(new_items), tuple(new_operands)


def _reshaped(x: Any, shape: Sequence[Size]) -> Any:
    if len(shape) == x.type.ndim:
        return x
    return find("reshape")(x, *map(x.context.size_value, shape))


def _shaped(flat: Any, x: Any) -> Any:
    return flat if flat.type.ndim == x.type.ndim else _reshaped(flat, x.type.shape)


def _place_of_choice(items: Template, y: Any) -> int | None:
    """Return the place of a mask that a choice serves: nothing beside it, y broadcast along it."""
    masks = [k for k, item in enumerate(items) if isinstance(item, Mask)]
    plain = all(isinstance(item, (Mask, Slice, NewAxis)) for item in items)
    if len(masks) != 1 or not plain:
        return None
    along = y.type.ndim - 1 - sum(isinstance(x, (Slice, NewAxis)) for x in items[masks[0] + 1 :])
    return masks[0] if along < 0 or y.type.shape[along] == 1 else None


def _opened(
    place: int, items: Template, operands: Sequence[Any]
) -> tuple[Any, Template, tuple[Any, ...]]:
    """Return the mask, and the index with all of the mask's axes in its place."""
    own = [own for _, own in parts(items, operands)]
    mask, own[place] = own[place][0], ()
    whole = (WHOLE,) * mask.type.ndim
    rest = tuple(operand for some in own for operand in some)
    return mask, (*items[:place], *whole, *items[place + 1 :]), rest


def _rank(items: Template) -> int:
    return sum(isinstance(item, (Slice, NewAxis)) for item in items)


def _dimension(items: Template, place: int) -> int:
    return _rank(items[:place])


def _chosen(mask: Any, place: int, y: Any, other: Any) -> Any:
    """Return y where the mask, whose first dimension is the result's at `place`, is true."""
    ndim, count = other.type.ndim, mask.type.ndim
    behind = ndim - place - count
    missing = place + 1 + behind - y.type.ndim
    order: list[int | str] = ["x"] * missing + list(range(y.type.ndim))
    order[place : place + 1] = ["x"] * count
    axes = ("x",) * place + tuple(range(count)) + ("x",) * behind
    return find("switch")(dimshuffle(mask, order=axes), dimshuffle(y, order=tuple(order)), other)
