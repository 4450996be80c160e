"""One element of a Value at given indices, written as scalars of a stage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symc.compiler.kernel.record import Affine, Index, Picked, SizeName
from symc.compiler.sizes import is_one
from symc.compiler.types import Size
from symc.compiler.value import Value
from symc.passes.fuse.draft import Misaligned, StageDraft, checked_ones, scale, shift
from symc.passes.fuse.roots import HOST, RESHAPED, SOURCES

Indices = tuple[Index, ...]
ZERO = Affine()
Held = Callable[[StageDraft, Value, Indices | None, int | None], int | None]


class Elements:
    """Writes elements into one stage, recomputing what is not in memory.

    held(stage, value, index, guard) answers for Values that memory or an earlier stage holds: a
    scalar's position, or None to have the element computed here. The index None announces that the
    Value's memory is going to be read under another shape.
    """

    def __init__(self, stage: StageDraft, held: Held) -> None:
        self.stage = stage
        self._held = held
        self._known: dict[Any, int] = {}

    def at(self, value: Value, index: Indices, guard: int | None = None) -> int:
        """Return the position of the scalar that is the Value's element at an index."""
        index = tuple(
            ZERO if is_one(size) and not _is_checked(i) else i
            for i, size in zip(index, value.type.shape, strict=True)
        )
        key = (value, index, guard)
        if key not in self._known:
            position = self._source(value, index, guard)
            if position is None:
                position = self._held(self.stage, value, index, guard)
            if position is None:
                position = self._compute(value, index, guard)
            self._known[key] = position
        return self._known[key]

    def _source(self, value: Value, index: Indices, guard: int | None) -> int | None:
        name = value.op.name
        if name in HOST:
            size = self.stage.kernel.size(value)
            return self.stage.scalar("size", (), "int64", size)
        if name == "constant" and value.data.size == 1:
            return self.stage.scalar("constant", (), value.type.dtype, value.data.item())
        if name in SOURCES or name in RESHAPED:
            return self.load(value, index, guard)
        return None

    def load(self, value: Value, index: Indices, guard: int | None) -> int:
        """Read a Value that is in memory when the kernel starts."""
        if value.op.name in RESHAPED:
            self._held(self.stage, value.operands[0], None, guard)
        kept = checked_ones(value, index)
        buffer = self.stage.kernel.bind(value, "in", kept)
        sizes = enumerate(value.type.shape)
        long = tuple(index[k] for k, size in sizes if not is_one(size) or k in kept)
        return self.stage.read(buffer, long, guard, value.type.dtype)

    def _compute(self, value: Value, index: Indices, guard: int | None) -> int:
        if value.op.family == "pointwise":
            operands = tuple(self.at(x, index, guard) for x in value.operands)
            return self.stage.scalar(value.op.name, operands, value.type.dtype, value.attributes)
        return MOVERS[value.op.name](self, value, index, guard)

    def both(self, left: int | None, right: int) -> int:
        """Return the position of the conjunction of two guards."""
        return right if left is None else self.stage.scalar("bit_and", (left, right), "bool", ())

    def compare(self, op: str, index: Index, size: Size) -> int:
        """Return the position of a comparison of an index with a size."""
        operands = (self.number(index), self.size(self.stage.kernel.size(size)))
        return self.stage.scalar(op, operands, "bool", ())

    def number(self, index: Index) -> int:
        """Return the position of an index as an int64 scalar."""
        if isinstance(index, Affine):
            return self.stage.integer(index)
        if index.check >= 0:
            raise Misaligned("an index from data cannot be computed with before it is checked")
        return index.scalar

    def size(self, size: SizeName) -> int:
        """Return the position of a size as an int64 scalar."""
        kind = "constant" if isinstance(size, int) else "size"
        return self.stage.scalar(kind, (), "int64", size)

    def plus(self, index: Index, size: SizeName, sign: int = 1) -> Index:
        """Return an index with a size added, or subtracted."""
        if isinstance(index, Affine):
            return shift(index, size, sign)
        op = "add" if sign > 0 else "subtract"
        operands = (self.number(index), self.size(size))
        return Picked(self.stage.scalar(op, operands, "int64", ()))

    def times(self, index: Index, factor: int) -> Index:
        """Return an index multiplied by a number."""
        if isinstance(index, Affine):
            return scale(index, factor)
        operands = (self.number(index), self.size(factor))
        return Picked(self.stage.scalar("multiply", operands, "int64", ()))


def _is_checked(index: Index) -> bool:
    return isinstance(index, Picked) and index.check >= 0


def _dimshuffle(e: Elements, value: Value, index: Indices, guard: int | None) -> int:
    (operand,) = value.operands
    places = {axis: index[k] for k, axis in enumerate(value.attribute("order")) if axis != "x"}
    return e.at(operand, tuple(places.get(k, ZERO) for k in range(operand.type.ndim)), guard)


def _broadcast(e: Elements, value: Value, index: Indices, guard: int | None) -> int:
    return e.at(value.operands[0], index, guard)


def _slice(e: Elements, value: Value, index: Indices, guard: int | None) -> int:
    operand, *bounds = value.operands
    starts = bounds[: operand.type.ndim]
    steps = value.attribute("steps")
    inner = tuple(
        e.plus(e.times(i, step), e.stage.kernel.size(start.as_size()))
        for i, start, step in zip(index, starts, steps, strict=True)
    )
    return e.at(operand, inner, guard)


def _place(e: Elements, value: Value, index: Indices, guard: int | None) -> int:
    operand, *bounds = value.operands
    starts, steps = bounds[: operand.type.ndim], value.attribute("steps")
    inner: list[Index] = []
    inside: int | None = None
    for axis, (i, start, step) in enumerate(zip(index, starts, steps, strict=True)):
        offset = e.plus(i, e.stage.kernel.size(start.as_size()), -1)
        length = operand.type.shape[axis]
        whole = start.as_size() == 0 and step == 1 and length is value.type.shape[axis]
        if whole:
            inner.append(i)
            continue
        position, fits = _undo_step(e, offset, step)
        inside = fits if inside is None else inside if fits is None else e.both(inside, fits)
        for op, bound in (("greater_equal", 0), ("less", length)):
            inside = e.both(inside, e.compare(op, position, bound))
        inner.append(position)
    if inside is None:
        return e.at(operand, tuple(inner), guard)
    element = e.at(operand, tuple(inner), e.both(guard, inside))
    return _or_zero(e, inside, element, value.type.dtype)


def _undo_step(e: Elements, offset: Index, step: int) -> tuple[Index, int | None]:
    """Divide an offset by a step; the second result tells where it divides."""
    if step == 1:
        return offset, None
    operands = (e.number(offset), e.size(step))
    position = e.stage.scalar("floor_divide", operands, "int64", ())
    rest = e.stage.scalar("remainder", operands, "int64", ())
    return Picked(position), e.stage.scalar("equal", (rest, e.size(0)), "bool", ())


def _or_zero(e: Elements, inside: int, element: int, dtype: str) -> int:
    zero = e.stage.scalar("constant", (), dtype, False if dtype == "bool" else 0)
    return e.stage.scalar("switch", (inside, element, zero), dtype, ())


def _concatenate(e: Elements, value: Value, index: Indices, guard: int | None) -> int:
    axis = value.attribute("axis")
    rest = index[axis]
    chosen: list[tuple[int, int]] = []
    for operand in value.operands:
        below = e.compare("less", rest, operand.type.shape[axis])
        inside = e.both(e.compare("greater_equal", rest, 0), below)
        inner = (*index[:axis], rest, *index[axis + 1 :])
        chosen.append((below, e.at(operand, inner, e.both(guard, inside))))
        rest = e.plus(rest, e.stage.kernel.size(operand.type.shape[axis]), -1)
    result = chosen[-1][1]
    for below, element in reversed(chosen[:-1]):
        result = e.stage.scalar("switch", (below, element, result), value.type.dtype, ())
    return result


def _interleave(e: Elements, value: Value, index: Indices, guard: int | None) -> int:
    *rest, last = index
    if isinstance(last, Affine) and not last.terms:
        return e.at(value.operands[last.constant], tuple(rest), guard)
    re, im = (e.at(operand, tuple(rest), guard) for operand in value.operands)
    first = e.stage.scalar("equal", (e.number(last), e.size(0)), "bool", ())
    return e.stage.scalar("switch", (first, re, im), value.type.dtype, ())


def _arange(e: Elements, value: Value, index: Indices, guard: int | None) -> int:
    return e.number(index[0])


def _gather(e: Elements, value: Value, index: Indices, guard: int | None) -> int:
    source, *arrays = value.operands
    front = arrays[0].type.ndim
    picked = tuple(
        picked_index(e, array, index[:front], guard, e.stage.kernel.check(value.site))
        for array in arrays
    )
    return e.at(source, picked + index[front:], guard)


def picked_index(
    e: Elements, array: Value, index: Indices, guard: int | None, check: int
) -> Picked:
    """Return the index that an integer array's element names."""
    number = e.at(array, index, guard)
    if array.type.dtype != "int64":
        number = e.stage.scalar("cast", (number,), "int64", (("dtype", "int64"),))
    return Picked(number, check)


MOVERS: dict[str, Callable[[Elements, Value, Indices, int | None], int]] = {
    "dimshuffle": _dimshuffle,
    "broadcast": _broadcast,
    "slice": _slice,
    "place": _place,
    "concatenate": _concatenate,
    "interleave": _interleave,
    "arange": _arange,
    "gather": _gather,
}
