"""The different elements of a tensor, with where they are and how often."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from symc.compiler.errors import NotSupported
from symc.compiler.types import FLOATS
from symc.report import mistake
from symc.tensor import conversion, creation, elementwise, joining, shaping
from symc.tensor.cumulative import cumsum, diff
from symc.tensor.positions import flatnonzero
from symc.tensor.sort import argsort


class Unique(Struct, frozen=True):
    """Find the different elements of a tensor, flattened, in ascending order.

    return_index    asks also for the first position of each
    return_inverse  for the position, among the different ones, of every element
    return_counts   for how often each is there
    axis            None, the only one that is there

    Called with a tensor it returns the elements, or a list of them and of what else was asked for.
    NaN is one element.

    >>> Unique()([3, 1, 3]).eval().tolist()
    [1, 3]
    """

    return_index: bool = False
    return_inverse: bool = False
    return_counts: bool = False
    axis: int | None = None

    def __post_init__(self) -> None:
        if self.axis is not None:
            raise mistake(NotSupported, "Unique: slices along an axis are not compared yet")

    def __call__(self, x: Any) -> Any:
        """Return what was asked for of a tensor."""
        x = shaping.flatten(conversion.as_tensor_variable(x))
        order = argsort(x)
        ordered, size = x[order], shaping.size_of(x, 0)
        new = _differs_from_last(ordered, size)
        places = flatnonzero(new)
        found = [ordered[places]]
        if self.return_index:
            found.append(order[places])
        if self.return_inverse:
            found.append(_inverse(order, new, size))
        if self.return_counts:
            found.append(diff(joining.concatenate([places, joining.stack([size])])))
        return found if len(found) > 1 else found[0]


def _differs_from_last(ordered: Any, size: Any) -> Any:
    count = creation.arange(size)
    last = ordered[elementwise.maximum(count - 1, 0)]
    differs = elementwise.neq(ordered, last)
    if ordered.dtype in FLOATS:
        both = elementwise.and_(elementwise.isnan(ordered), elementwise.isnan(last))
        differs = elementwise.and_(differs, elementwise.invert(both))
    return elementwise.or_(elementwise.eq(count, 0), differs)


def _inverse(order: Any, new: Any, size: Any) -> Any:
    from symc.tensor.subtensor import set_subtensor

    number = cumsum(elementwise.cast(new, "int64")) - 1
    return set_subtensor(creation.zeros([size], dtype="int64")[order], number)
