"""The form of an indexing expression: what each item is, apart from the numbers in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from symc.compiler.families import broadcast_sizes
from symc.compiler.op import Operand
from symc.compiler.types import Size


class NewAxis(Struct, frozen=True):
    """An axis of size 1 that indexing adds."""

    operands = 0


class Index(Struct, frozen=True):
    """One position along an axis, which indexing removes."""

    operands = 1


class Array(Struct, frozen=True):
    """An integer array of positions along an axis."""

    operands = 1


class Mask(Struct, frozen=True):
    """A boolean array over some axes, of which it takes the places where it is true, as one.

    exact   whether it must be of the axes' sizes; the vectors of nonzero only name places in them
    """

    ndim: int
    exact: bool = True
    operands = 1


class Slice(Struct, frozen=True):
    """A part of an axis: which of start and stop are given, and the step (None: an operand)."""

    start: bool
    stop: bool
    step: int | None

    @property
    def operands(self) -> int:
        """Return how many operands the slice takes."""
        return self.start + self.stop + (self.step is None)

    @property
    def whole(self) -> bool:
        """Tell whether this is `:`."""
        return not self.start and not self.stop and self.step == 1


Item = NewAxis | Index | Array | Mask | Slice
Template = tuple[Item, ...]

WHOLE = Slice(start=False, stop=False, step=1)


def parts(items: Template, operands: Sequence[Any]) -> Iterator[tuple[Item, tuple[Any, ...]]]:
    """Yield each item with its own operands."""
    position = 0
    for item in items:
        yield item, tuple(operands[position : position + item.operands])
        position += item.operands


def bounds(item: Slice, own: Sequence[Any]) -> tuple[Any, Any, Any]:
    """Return a slice's start and stop, None where not given, and its step."""
    given = iter(own)
    start = next(given) if item.start else None
    stop = next(given) if item.stop else None
    return start, stop, next(given) if item.step is None else item.step


def advanced(items: Template) -> list[int]:
    """Return the places of the items that count as arrays: with an array, numbers do too."""
    if not any(isinstance(item, (Array, Mask)) for item in items):
        return []
    return [k for k, item in enumerate(items) if isinstance(item, (Array, Mask, Index))]


def array_position(items: Template) -> int:
    """Return the dimension of the result at which those of the arrays stand.

    As NumPy's rule has it: where the arrays stood if they were side by side, else in front.
    """
    places = advanced(items)
    if places[-1] - places[0] >= len(places):
        return 0
    return sum(isinstance(item, (Slice, NewAxis)) for item in items[: places[0]])


def result_shape(x: Operand, operands: Sequence[Any], items: Template) -> tuple[Size, ...]:
    """Return the shape of x indexed, as far as the user's graph knows it."""
    rest: list[Size] = []
    arrays: list[tuple[Size, ...]] = []
    axis = 0
    for item, own in parts(items, operands):
        match item:
            case NewAxis():
                rest.append(1)
            case Slice():
                rest.append(_sliced(x.type.shape[axis], item, own))
            case Array():
                arrays.append(own[0].type.shape)
            case Mask():
                arrays.append((None,))
        axis += taken(item)
    if arrays:
        place = array_position(items)
        rest[place:place] = _array_shape(arrays)
    return tuple(rest)


def taken(item: Item) -> int:
    """Return how many axes an item takes."""
    if isinstance(item, Mask):
        return item.ndim
    return 0 if isinstance(item, NewAxis) else 1


def _array_shape(arrays: list[tuple[Size, ...]]) -> tuple[Size, ...]:
    ndim = max(map(len, arrays))
    return broadcast_sizes([(1,) * (ndim - len(a)) + a for a in arrays], "index arrays")


def _sliced(size: Size, item: Slice, own: Sequence[Any]) -> Size:
    """Keep a size of 1 only where the slice surely keeps its element, as Theano does."""
    if size != 1:
        return None
    start, stop, _ = bounds(item, own)
    first = 0 if start is None else start.as_size()
    last = 1 if stop is None else stop.as_size()
    return 1 if first == 0 and last is not None and last > 0 else None
