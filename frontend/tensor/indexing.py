"""Lowers indexing of Values to slices, gathers and scatters, with Python's rules of clipping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from symc.compiler import sizes
from symc.compiler.module import walk
from symc.compiler.op import find
from symc.compiler.ops.shape import broadcast_like, check_index, zeros_like
from symc.compiler.types import Size
from symc.compiler.value import Value
from symc.tensor.template import (
    WHOLE,
    Array,
    Index,
    NewAxis,
    Slice,
    Template,
    advanced,
    array_position,
    bounds,
    parts,
)


class Region(Struct, frozen=True):
    """The part of each axis that an index takes: start, start + step, ... of a length."""

    starts: tuple[Size, ...]
    lengths: tuple[Size, ...]
    steps: tuple[int, ...]


# --- slices


def _at_least(size: Size, low: int) -> Size:
    return size if low <= 0 and sizes.is_natural(size) else sizes.maximum(size, low)


def _number(operand: Value) -> Size:
    """Return a bound as a size."""
    return int(operand.data) if operand.is_constant else _integer(operand).as_size()


def _clipped(bound: Size, n: Size, low: int, high: Size) -> Size:
    """Return a bound, counted from the front if negative, kept between low and high."""
    if isinstance(bound, int) and bound < 0:
        return _at_least(sizes.add(bound, n), low)
    if isinstance(bound, int) or sizes.is_natural(bound):
        return sizes.minimum(bound, high)
    assert isinstance(bound, Value)
    value = bound.context.size_value
    negative = find("less")(bound, value(0))
    front = find("switch")(negative, value(sizes.add(bound, n)), bound)
    return sizes.minimum(_at_least(front.as_size(), low), high)


def span(item: Slice, own: Sequence[Any], n: Size) -> tuple[Size, Size, int]:
    """Return start, length and step of a slice of an axis of size n, by Python's rules."""
    start, stop, step = bounds(item, own)
    first = None if start is None else _number(start)
    last = None if stop is None else _number(stop)
    if step > 0:
        high = n if last is None else _clipped(last, n, 0, n)
        if first is None or (isinstance(first, int) and first >= 0):
            low: Size = first or 0  # may lie beyond the end: then the length is 0
        else:
            low = _clipped(first, n, 0, n)
        return low, _length(low, high, step), step
    top = sizes.subtract(n, 1)
    low = top if first is None else _clipped(first, n, -1, top)
    high = -1 if last is None else _clipped(last, n, -1, top)
    return low, _length(high, low, -step), step


def _length(low: Size, high: Size, step: int) -> Size:
    """Return how many steps lead from low to before high; one clipped to -1 may lie below 0."""
    return sizes.ceil_divide(_at_least(sizes.subtract(high, low), 0), step)


def _region(x: Any, items: Template, operands: Sequence[Any]) -> Region:
    """Return what slices and numbers take of each axis; arrays take all of it."""
    rows: list[tuple[Size, Size, int]] = []
    for item, own in parts(items, operands):
        n = x.type.shape[len(rows)] if len(rows) < x.type.ndim else None
        match item:
            case Slice():
                rows.append(span(item, own, n))
            case Index():
                rows.append((check_index(_integer(own[0]), n).as_size(), 1, 1))
            case Array():
                rows.append((0, n, 1))
    starts, lengths, steps = zip(*rows, strict=True) if rows else ((), (), ())
    return Region(starts, lengths, steps)


def _integer(index: Any) -> Any:
    return index if index.type.dtype == "int64" else find("cast")(index, dtype="int64")


def _is_whole(x: Any, region: Region) -> bool:
    return all(
        start == 0 and step == 1 and sizes.same(length, n)
        for start, length, step, n in zip(
            region.starts, region.lengths, region.steps, x.type.shape, strict=True
        )
    )


def _cut(x: Any, region: Region) -> Any:
    if _is_whole(x, region):
        return x
    value = x.context.size_value
    numbers = (value(size) for size in (*region.starts, *region.lengths))
    return find("slice")(x, *numbers, steps=region.steps)


def _put(part: Any, region: Region, x: Any) -> Any:
    """Put a part into zeros of the shape of x."""
    value = x.context.size_value
    numbers = (value(size) for size in (*region.starts, *x.type.shape))
    return find("place")(part, *numbers, steps=region.steps)


# --- arrays


def _arrays(items: Template, operands: Sequence[Any]) -> tuple[list[int], list[Any]]:
    """Return the axes indexed by arrays, and the arrays, all of one rank."""
    axes, arrays, axis = [], [], 0
    for item, own in parts(items, operands):
        if isinstance(item, NewAxis):
            continue
        if isinstance(item, Array):
            axes.append(axis)
            arrays.append(own[0])
        axis += 1
    ndim = max((a.type.ndim for a in arrays), default=0)
    return axes, [_padded(a, ndim) for a in arrays]


def _padded(x: Any, ndim: int) -> Any:
    if x.type.ndim == ndim:
        return x
    if x.is_constant:
        return x.context.constant(x.data, x.type.dtype, ndim)
    missing = ndim - x.type.ndim
    return find("dimshuffle")(x, order=("x",) * missing + tuple(range(x.type.ndim)))


def _shuffled(x: Any, order: Sequence[Any]) -> Any:
    order = tuple(order)
    return x if order == tuple(range(x.type.ndim)) else find("dimshuffle")(x, order=order)


def _layout(items: Template, ndim: int) -> list[Any]:
    """Return the result's dimensions in terms of: arrays' dimensions first, then kept axes.

    'x' is a new axis; the kept axes are counted after the arrays' `ndim` dimensions.
    """
    kept = ndim
    rest: list[Any] = []
    for item in items:
        if isinstance(item, NewAxis):
            rest.append("x")
        elif isinstance(item, Slice):
            rest.append(kept)
            kept += 1
    if advanced(items):
        place = array_position(items)
        rest[place:place] = list(range(ndim))
    return rest


def stretched(y: Any, like: Any) -> Any:
    """Stretch a value to another's shape, if it has not that shape already."""
    pairs = zip(y.type.shape, like.type.shape, strict=True)
    return y if all(sizes.same(a, b) for a, b in pairs) else broadcast_like(y, like)


class Plan(Struct, frozen=True):
    """How an index reads: cut a region, bring arrays' axes to the front, gather, lay out.

    front    the order that puts the axes of arrays first, then those of slices; numbers' dropped
    arrays   the index arrays
    layout   the order from (arrays' dimensions, kept axes) to the result's
    """

    region: Region
    front: tuple[int, ...]
    arrays: tuple[Any, ...]
    layout: tuple[Any, ...]


def _plan(x: Any, items: Template, operands: Sequence[Any]) -> Plan:
    axes, arrays = _arrays(items, operands)
    own = [item for item in items if not isinstance(item, NewAxis)]
    kept = [axis for axis, item in enumerate(own) if isinstance(item, Slice)]
    ndim = arrays[0].type.ndim if arrays else 0
    return Plan(
        _region(x, items, operands),
        (*axes, *kept),
        tuple(arrays),
        tuple(_layout(items, ndim)),
    )


def _has_steps(items: Template) -> bool:
    return any(isinstance(item, Slice) and item.step is None for item in items)


def _without_steps(
    x: Any, items: Template, operands: Sequence[Any]
) -> tuple[list[tuple[int, Any]], Template, list[Any]]:
    """Return the axes of slices whose step is an operand, with positions; and the other items."""
    progressions: list[tuple[int, Any]] = []
    new_items: list[Any] = []
    new_operands: list[Any] = []
    axis = 0
    for item, own in parts(items, operands):
        if isinstance(item, Slice) and item.step is None:
            progressions.append((axis, _progression(item, own, x.type.shape[axis])))
            new_items.append(WHOLE)
        else:
            new_items.append(item)
            new_operands += own
        axis += not isinstance(item, NewAxis)
    return progressions, tuple(new_items), new_operands


def _progression(item: Slice, own: Sequence[Any], n: Size) -> Any:
    """Return the positions that a slice with a step known only at run time takes."""
    *_, step = bounds(item, own)
    step = _integer(step)
    context = step.context
    switch, forward = find("switch"), find("greater")(step, context.constant(0, "int64"))
    fixed = tuple(own[: item.start + item.stop])
    value = context.size_value
    ups = span(Slice(item.start, item.stop, 1), fixed, n)
    downs = span(Slice(item.start, item.stop, -1), fixed, n)
    start = switch(forward, value(ups[0]), value(downs[0]))
    distance = switch(forward, value(ups[1]), value(downs[1]))
    length = sizes.ceil_divide(distance.as_size(), find("absolute")(step).as_size())
    count = find("arange")(value(length))
    spread = [find("dimshuffle")(x, order=("x",)) for x in (start, step)]
    return find("add")(spread[0], find("multiply")(spread[1], count))


def _gather_axis(x: Any, axis: int, index: Any) -> Any:
    others = [k for k in range(x.type.ndim) if k != axis]
    taken = find("gather")(_shuffled(x, [axis, *others]), index)
    back = [others.index(k) + 1 if k != axis else 0 for k in range(x.type.ndim)]
    return _shuffled(taken, back)


def _scatter_axis(op: str, x: Any, axis: int, part: Any, index: Any) -> Any:
    others = [k for k in range(x.type.ndim) if k != axis]
    front = [_shuffled(one, [axis, *others]) for one in (x, part)]
    back = [others.index(k) + 1 if k != axis else 0 for k in range(x.type.ndim)]
    return _shuffled(find(op)(*front, index), back)


def _with_computed(items: Template, operands: Sequence[Any]) -> Template:
    """Take numbers that the call computes for arrays of rank 0: cutting needs them beforehand."""
    return tuple(
        Array() if isinstance(item, Index) and not _is_known_before(own[0]) else item
        for item, own in parts(items, operands)
    )


def _is_known_before(index: Any) -> bool:
    """Tell whether a number is known before a call computes: from sizes and single elements."""
    return all(v.op.family == "pointwise" or v.op.name in BEFORE for v in walk([index]))


BEFORE = frozenset(
    {"constant", "parameter", "dimension", "bounded", "dimshuffle", "broadcast", "slice"}
)
"""The operations, apart from pointwise ones, that the prologue of a call follows for an element."""


# --- the three operations


def read(x: Any, *operands: Any, items: Template) -> Any:
    """Lower x[...]."""
    if _has_steps(items):
        progressions, items, rest = _without_steps(x, items, operands)
        for axis, index in progressions:
            x = _gather_axis(x, axis, index)
        operands = tuple(rest)
    plan = _plan(x, _with_computed(items, operands), operands)
    part = _shuffled(_cut(x, plan.region), plan.front)
    if plan.arrays:
        part = find("gather")(part, *plan.arrays)
    return _shuffled(part, plan.layout)


def _to_plan(y: Any, plan: Plan, items: Template) -> Any:
    """Bring a value from the result's dimensions to (arrays' dimensions, kept axes)."""
    missing = len(plan.layout) - y.type.ndim
    y = _padded(y, y.type.ndim + missing)
    places = [k for k in range(len(plan.layout)) if plan.layout[k] != "x"]
    return _shuffled(y, sorted(places, key=lambda k: plan.layout[k]))


def _to_region(part: Any, plan: Plan, ndim: int) -> Any:
    """Bring a part from (arrays' axes, kept axes) back to the axes of x."""
    order = [plan.front.index(k) if k in plan.front else "x" for k in range(ndim)]
    return _shuffled(part, order)


def _back(op: str, levels: list[Any], part: Any, progressions: list[tuple[int, Any]]) -> Any:
    """Write a part back through the levels it was read from, one axis at each."""
    for level, (axis, index) in zip(reversed(levels), reversed(progressions), strict=True):
        part = _scatter_axis(op, level, axis, part, index)
    return part


def add_to(x: Any, y: Any, *operands: Any, items: Template) -> Any:
    """Lower the addition of y to x[...]."""
    if _has_steps(items):
        progressions, items, rest = _without_steps(x, items, operands)
        levels = [x]
        for axis, index in progressions:
            levels.append(zeros_like(_gather_axis(levels[-1], axis, index)))
        added = add_to(levels.pop(), y, *rest, items=items)
        return _back("scatter_add", levels, added, progressions)
    plan = _plan(x, _with_computed(items, operands), operands)
    y = _to_plan(y, plan, items)
    part = _shuffled(_cut(x, plan.region), plan.front)
    if plan.arrays:
        if _is_whole(x, plan.region):
            return _to_region(find("scatter_add")(part, y, *plan.arrays), plan, x.type.ndim)
        y = find("scatter_add")(zeros_like(part), y, *plan.arrays)
    added = _to_region(stretched(y, part), plan, x.type.ndim)
    if _is_whole(x, plan.region):
        return find("add")(x, added)
    return find("add")(x, _put(added, plan.region, x))


def put_into(x: Any, y: Any, *operands: Any, items: Template) -> Any:
    """Lower the replacement of x[...] by y."""
    if _has_steps(items):
        progressions, items, rest = _without_steps(x, items, operands)
        levels = [x]
        for axis, index in progressions:
            levels.append(_gather_axis(levels[-1], axis, index))
        new = put_into(levels.pop(), y, *rest, items=items)
        return _back("scatter_set", levels, new, progressions)
    plan = _plan(x, _with_computed(items, operands), operands)
    y = _to_plan(y, plan, items)
    part = _shuffled(_cut(x, plan.region), plan.front)
    if plan.arrays:
        y = find("scatter_set")(part, y, *plan.arrays)
    new = _to_region(stretched(y, part), plan, x.type.ndim)
    everywhere = x.context.constant(True, "bool", x.type.ndim)
    if _is_whole(x, plan.region):
        return find("switch")(everywhere, new, x)  # which says that x was asked, for derivatives
    mask = _put(broadcast_like(everywhere, new), plan.region, x)
    return find("switch")(mask, _put(new, plan.region, x), x)
