"""Operations that move elements: one instead of two, none where nothing moves."""

# What an operation gives is its layer's.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

from symc.compiler import sizes
from symc.compiler.ops.shape import broadcast, concatenate, dimshuffle, reshape, slice_
from symc.compiler.types import Size
from symc.compiler.value import Value
from symc.passes.algebra import number_of
from symc.passes.rule import on

Order = tuple[int | str, ...]

UNMOVED = frozenset({"negate", "cast"})
"""Pointwise operations that stay outside of a dimshuffle, where sums and rules see them."""


def _same_shape(left: tuple[Size, ...], right: tuple[Size, ...]) -> bool:
    return len(left) == len(right) and all(
        sizes.same(a, b) for a, b in zip(left, right, strict=True)
    )


def _is_one(size: Size) -> bool:
    return isinstance(size, int) and size == 1


# --- dimshuffle


@on("dimshuffle", exact=True)
def dimshuffle_nothing(value: Value) -> Value | None:
    """Drop a dimshuffle that leaves the axes as they are."""
    (x,), order = value.operands, value.attribute("order")
    return x if order == tuple(range(x.type.ndim)) else None


@on("dimshuffle", exact=True)
def dimshuffle_twice(value: Value) -> Value | None:
    """Make one dimshuffle of two."""
    (inner,) = value.operands
    if inner.op.name != "dimshuffle":
        return None
    first, second = inner.attribute("order"), value.attribute("order")
    order = tuple("x" if axis == "x" else first[axis] for axis in second)
    return dimshuffle(inner.operands[0], order=order)


@on("dimshuffle", exact=True)
def dimshuffle_negated(value: Value) -> Value | None:
    """Take a sign out of a dimshuffle, to where sums see it."""
    (inner,) = value.operands
    if inner.op.name != "negate":
        return None
    return -dimshuffle(inner.operands[0], order=value.attribute("order"))


@on("dimshuffle", exact=True)
def dimshuffle_broadcast(value: Value) -> Value | None:
    """Stretch after moving axes, so that what is stretched can be left out."""
    (inner,), order = value.operands, value.attribute("order")
    if inner.op.name != "broadcast":
        return None
    x, *shape = inner.operands
    if any(axis not in order and not _is_one(x.type.shape[axis]) for axis in range(x.type.ndim)):
        return None
    one = value.context.constant(1, "int64")
    moved = [one if axis == "x" else shape[axis] for axis in order]
    return broadcast(dimshuffle(x, order=order), *moved)


@on("dimshuffle", exact=True)
def dimshuffle_dot(value: Value) -> Value | None:
    """Transpose a product by multiplying the transposed factors in the other order."""
    (inner,), order = value.operands, value.attribute("order")
    if inner.op.name != "dot" or order != (1, 0):
        return None
    x, y = inner.operands
    return inner.op(dimshuffle(y, order=order), dimshuffle(x, order=order))


@on("pointwise", exact=True)
def pointwise_dimshuffle(value: Value) -> Value | None:
    """Compute before moving axes: f(x.T) is f(x).T, and smaller where axes are inserted."""
    if value.op.name in UNMOVED:
        return None
    orders = {x.attribute("order") for x in value.operands if x.op.name == "dimshuffle"}
    if len(orders) != 1:
        return None
    (order,) = orders
    inner = [_before(x, order) for x in value.operands]
    ranks = {x.type.ndim for x in inner if isinstance(x, Value)}
    if None in inner or len(ranks) != 1:
        return None
    context, (rank,) = value.context, ranks
    operands = [
        x if isinstance(x, Value) else context.constant(x[0], x[1], rank)
        for x in inner
    ]
    result = context.make(value.op, tuple(operands), value.attributes)
    return dimshuffle(result, order=order)


def _before(x: Value, order: Order) -> Any:
    """Return an operand before the dimshuffle of that order; a number with its dtype; or None."""
    if x.op.name == "dimshuffle" and x.attribute("order") == order:
        return x.operands[0]
    number = number_of(x)
    if number is None or not all(map(_is_one, x.type.shape)):
        return None
    return number, x.type.dtype


# --- broadcast


@on("broadcast", exact=True)
def broadcast_nothing(value: Value) -> Value | None:
    """Drop a broadcast to the shape that is there."""
    x = value.operands[0]
    return x if _same_shape(x.type.shape, value.type.shape) else None


@on("broadcast", exact=True)
def broadcast_twice(value: Value) -> Value | None:
    """Make one broadcast of two."""
    inner, *shape = value.operands
    return broadcast(inner.operands[0], *shape) if inner.op.name == "broadcast" else None


@on("pointwise", exact=True)
def pointwise_broadcast(value: Value) -> Value | None:
    """Compute before stretching; operands of size 1 are stretched where they are used."""
    if all(x.op.name != "broadcast" for x in value.operands):
        return None
    inner = tuple(x.operands[0] if x.op.name == "broadcast" else x for x in value.operands)
    return value.context.make(value.op, inner, value.attributes)


# --- reshape


@on("reshape", exact=True)
def reshape_nothing(value: Value) -> Value | None:
    """Drop a reshape to the shape that is there."""
    x = value.operands[0]
    return x if _same_shape(x.type.shape, value.type.shape) else None


@on("reshape", exact=True)
def reshape_twice(value: Value) -> Value | None:
    """Make one reshape of two."""
    inner, *shape = value.operands
    return reshape(inner.operands[0], *shape) if inner.op.name == "reshape" else None


@on("reshape", exact=True)
def reshape_ones(value: Value) -> Value | None:
    """Insert and drop axes of size 1 by dimshuffle, which more rules know."""
    x = value.operands[0]
    mine = [k for k, size in enumerate(x.type.shape) if not _is_one(size)]
    wanted = [k for k, size in enumerate(value.type.shape) if not _is_one(size)]
    long = tuple(x.type.shape[k] for k in mine)
    if not _same_shape(long, tuple(value.type.shape[k] for k in wanted)):
        return None
    axes = iter(mine)
    order = tuple(next(axes) if k in wanted else "x" for k in range(value.type.ndim))
    return dimshuffle(x, order=order)


# --- slice and place


def _regions(value: Value) -> tuple[tuple[Size, ...], tuple[Size, ...]]:
    """Return the starts and the lengths or sizes that a slice or place names."""
    bounds = [x.as_size() for x in value.operands[1:]]
    middle = len(bounds) // 2
    return tuple(bounds[:middle]), tuple(bounds[middle:])


def _takes_all(value: Value) -> bool:
    starts, _ = _regions(value)
    steps = value.attribute("steps")
    return (
        all(start == 0 for start in starts)
        and all(step == 1 for step in steps)
        and _same_shape(value.operands[0].type.shape, value.type.shape)
    )


@on("slice", "place", exact=True)
def slice_all(value: Value) -> Value | None:
    """Drop a slice that reads everything, and a place that fills everything."""
    return value.operands[0] if _takes_all(value) else None


@on("slice", exact=True)
def slice_twice(value: Value) -> Value | None:
    """Make one slice of two."""
    inner = value.operands[0]
    if inner.op.name != "slice":
        return None
    (first, _), (second, lengths) = _regions(inner), _regions(value)
    steps = inner.attribute("steps")
    starts = [
        sizes.add(a, sizes.multiply(step, b))
        for a, step, b in zip(first, steps, second, strict=True)
    ]
    both = tuple(a * b for a, b in zip(steps, value.attribute("steps"), strict=True))
    numbers = [value.context.size_value(size) for size in (*starts, *lengths)]
    return slice_(inner.operands[0], *numbers, steps=both)


@on("slice", exact=True)
def slice_of_place(value: Value) -> Value | None:
    """Read back what has just been put in place."""
    inner = value.operands[0]
    if inner.op.name != "place" or inner.attribute("steps") != value.attribute("steps"):
        return None
    x = inner.operands[0]
    same = _same_shape(_regions(inner)[0], _regions(value)[0])
    return x if same and _same_shape(x.type.shape, value.type.shape) else None


@on("slice", exact=True)
def slice_of_broadcast(value: Value) -> Value | None:
    """Stretch to the slice's size where nothing but stretched dimensions are cut."""
    inner = value.operands[0]
    if inner.op.name != "broadcast":
        return None
    x = inner.operands[0]
    starts, _ = _regions(value)
    axes = range(x.type.ndim)
    untouched = (_is_one(x.type.shape[k]) or _whole(value, k, starts[k]) for k in axes)
    if not all(untouched):
        return None
    return broadcast(x, *(value.context.size_value(s) for s in value.type.shape))


def _whole(value: Value, axis: int, start: Size) -> bool:
    full = value.operands[0].type.shape[axis]
    step = value.attribute("steps")[axis]
    return start == 0 and step == 1 and sizes.same(full, value.type.shape[axis])


@on("slice", exact=True)
def slice_of_concatenate(value: Value) -> Value | None:
    """Read from the one part that holds all of a slice."""
    inner = value.operands[0]
    if inner.op.name != "concatenate":
        return None
    axis = inner.attribute("axis")
    starts, lengths = _regions(value)
    offset: Size = 0
    for part in inner.operands:
        size = part.type.shape[axis]
        begin = sizes.subtract(starts[axis], offset)
        if _inside(begin, lengths[axis], value.attribute("steps")[axis], size):
            moved = (*starts[:axis], begin, *starts[axis + 1 :])
            numbers = [value.context.size_value(s) for s in (*moved, *lengths)]
            return slice_(part, *numbers, steps=value.attribute("steps"))
        offset = sizes.add(offset, size)
    return None


def _inside(begin: Size, length: Size, step: int, size: Size) -> bool:
    """Tell whether begin, begin + step, ... are known to lie in a part of that size."""
    if begin == 0 and step == 1 and sizes.same(length, size):
        return True
    if not (isinstance(begin, int) and isinstance(length, int) and isinstance(size, int)):
        return False
    ends = (begin, begin + step * (length - 1))
    return length > 0 and min(ends) >= 0 and max(ends) < size


# --- concatenate


@on("concatenate", exact=True)
def concatenate_one(value: Value) -> Value | None:
    """Drop a concatenation of one part, and parts of no size."""
    axis = value.attribute("axis")
    parts = [x for x in value.operands if not sizes.same(x.type.shape[axis], 0)]
    if not parts or (len(parts) == len(value.operands) > 1):
        return None
    return concatenate(*parts, axis=axis) if len(parts) > 1 else parts[0]


@on("concatenate", exact=True)
def concatenate_twice(value: Value) -> Value | None:
    """Make one concatenation of nested ones along the same axis."""
    axis = value.attribute("axis")
    parts: list[Value] = []
    for x in value.operands:
        nested = x.op.name == "concatenate" and x.attribute("axis") == axis
        parts.extend(x.operands if nested else (x,))
    return concatenate(*parts, axis=axis) if len(parts) > len(value.operands) else None


@on("concatenate", exact=True)
def concatenate_slices(value: Value) -> Value | None:
    """Join neighbouring slices of one value into one slice."""
    axis = value.attribute("axis")
    parts = [value.operands[0]]
    for x in value.operands[1:]:
        joined = _join(parts[-1], x, axis)
        parts[-1:] = [parts[-1], x] if joined is None else [joined]
    if len(parts) == len(value.operands):
        return None
    return concatenate(*parts, axis=axis) if len(parts) > 1 else parts[0]


def _join(left: Value, right: Value, axis: int) -> Value | None:
    """Return the slice that two slices side by side make."""
    if left.op.name != "slice" or right.op.name != "slice":
        return None
    steps = left.attribute("steps")
    if left.operands[0] is not right.operands[0] or steps != right.attribute("steps"):
        return None
    (first, length), (second, more) = _regions(left), _regions(right)
    end = sizes.add(first[axis], sizes.multiply(steps[axis], length[axis]))
    starts = (*first[:axis], end, *first[axis + 1 :])
    if not _same_shape(starts, second):
        return None
    full = (*length[:axis], sizes.add(length[axis], more[axis]), *length[axis + 1 :])
    numbers = [left.context.size_value(s) for s in (*first, *full)]
    return slice_(left.operands[0], *numbers, steps=steps)
