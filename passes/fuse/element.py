"""One element of a Value at given indices, written as scalars of a stage."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from symc.compiler.kernel.record import Affine, Index, Picked, SizeName
from symc.compiler.module import walk_by
from symc.compiler.sizes import is_one
from symc.compiler.types import Size
from symc.compiler.value import Value
from symc.passes.fuse.draft import Misaligned, StageDraft, checked_ones, scale, shift, shorten
from symc.passes.fuse.roots import HOST, RESHAPED, SOURCES

Indices = tuple[Index, ...]
ZERO = Affine()
Held = Callable[[StageDraft, Value, Indices | None, int | None], int | None]
Request = tuple[Value, Indices, int | None]
"""One element: of what, at which index, under which guard."""
Steps = Generator[Request, int, int]
"""Computes an element: yields the elements it needs, is sent their positions, returns its own."""


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
        self._plain: dict[Value, int] = {}

    def at(self, value: Value, index: Indices, guard: int | None = None) -> int:
        """Return the position of the scalar that is the Value's element at an index.

        Expressions are of any depth: what waits for operands is on a stack of its own.
        """
        request = _normal(value, index, guard)
        answer = self._find(request)
        running = [] if answer is not None else [(request, self._compute(*request))]
        while running:
            request, steps = running[-1]
            try:
                wanted = _normal(*steps.send(answer))  # type: ignore[arg-type]  # None starts it
            except StopIteration as done:
                answer = self._known[request] = done.value
                running.pop()
                continue
            answer = self._find(wanted)
            if answer is None:
                running.append((wanted, self._compute(*wanted)))
        assert answer is not None
        return answer

    def at_plain(self, value: Value, index: Indices, is_leaf: Callable[[Value], bool]) -> int:
        """Do as `at`, for a plain tree down to its leaves: each Value is one scalar."""
        known = self._plain
        for v in walk_by([value], lambda v: () if v in known or is_leaf(v) else v.operands):
            if v in known:
                continue
            if is_leaf(v):
                held = self._source(v, index, None)
                known[v] = self.load(v, index, None) if held is None else held
            else:
                operands = tuple([known[x] for x in v.operands])
                known[v] = self.stage.scalar(v.op.name, operands, v.type.dtype, v.attributes)
        return known[value]

    def _find(self, request: Request) -> int | None:
        """Return an element that is known or in memory; None for one that must be computed."""
        position = self._known.get(request)
        if position is None:
            position = self._source(*request)
            if position is None:
                position = self._held(self.stage, *request)
            if position is not None:
                self._known[request] = position
        return position

    def mark(self) -> int:
        """Return where the elements stand."""
        return len(self._known)

    def rewind(self, mark: int) -> None:
        """Forget the elements written since a mark."""
        shorten(self._known, mark)

    def _source(self, value: Value, index: Indices, guard: int | None) -> int | None:
        name = value.op.name
        if name in HOST:
            size = self.stage.kernel.size(value)
            return self.stage.scalar("size", (), "int64", size)
        if name == "constant" and value.data.size == 1 and not any(map(_is_checked, index)):
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

    def _compute(self, value: Value, index: Indices, guard: int | None) -> Steps:
        if value.op.family == "pointwise":
            return _pointwise(self, value, index, guard)
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

    def cast(self, x: int, dtype: str) -> int:
        """Return a scalar of another dtype."""
        return self.stage.scalar("cast", (x,), dtype, (("dtype", dtype),))

    def times(self, index: Index, factor: int) -> Index:
        """Return an index multiplied by a number."""
        if isinstance(index, Affine):
            return scale(index, factor)
        operands = (self.number(index), self.size(factor))
        return Picked(self.stage.scalar("multiply", operands, "int64", ()))


def _normal(value: Value, index: Indices, guard: int | None) -> Request:
    """Return a request with index 0 where the size is 1, unless the index is checked there."""
    if not any(map(is_one, value.type.shape)):
        return value, index, guard
    ones = zip(index, value.type.shape, strict=True)
    return value, tuple(ZERO if is_one(s) and not _is_checked(i) else i for i, s in ones), guard


def _is_checked(index: Index) -> bool:
    return isinstance(index, Picked) and index.check >= 0


def _pointwise(e: Elements, value: Value, index: Indices, guard: int | None) -> Steps:
    operands = []
    for x in value.operands:
        operands.append((yield x, index, guard))
    return e.stage.scalar(value.op.name, tuple(operands), value.type.dtype, value.attributes)


def _dimshuffle(e: Elements, value: Value, index: Indices, guard: int | None) -> Steps:
    (operand,) = value.operands
    places = {axis: index[k] for k, axis in enumerate(value.attribute("order")) if axis != "x"}
    inner = tuple(places.get(k, ZERO) for k in range(operand.type.ndim))
    return (yield operand, inner, guard)


def _broadcast(e: Elements, value: Value, index: Indices, guard: int | None) -> Steps:
    return (yield value.operands[0], index, guard)


def _slice(e: Elements, value: Value, index: Indices, guard: int | None) -> Steps:
    operand, *bounds = value.operands
    starts = bounds[: operand.type.ndim]
    steps = value.attribute("steps")
    inner = tuple(
        e.plus(e.times(i, step), e.stage.kernel.size(start.as_size()))
        for i, start, step in zip(index, starts, steps, strict=True)
    )
    return (yield operand, inner, guard)


def _place(e: Elements, value: Value, index: Indices, guard: int | None) -> Steps:
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
        return (yield operand, tuple(inner), guard)
    element = yield operand, tuple(inner), e.both(guard, inside)
    return _or_zero(e, inside, element, value.type.dtype)


def _undo_step(e: Elements, offset: Index, step: int) -> tuple[Index, int | None]:
    """Divide an offset by a step; the second result tells where it divides."""
    if abs(step) == 1:
        return e.times(offset, step), None
    number = e.number(offset)
    position = _divided(e, number, step)
    back = e.stage.scalar("multiply", (position, e.size(step)), "int64", ())
    return Picked(position), e.stage.scalar("equal", (back, number), "bool", ())


def _divided(e: Elements, number: int, step: int) -> int:
    """Return a quotient where a number is a multiple of a step; elsewhere any whole number.

    Processors divide no integers of 64 bits side by side. Places in arrays are far below 2**51, so
    that the nearest whole number to a product with 1 / step is right.
    """
    if abs(step) & (abs(step) - 1) == 0:
        return e.stage.scalar("floor_divide", (number, e.size(step)), "int64", ())
    part = e.stage.scalar("constant", (), "float64", 1.0 / step)
    product = e.stage.scalar("multiply", (e.cast(number, "float64"), part), "float64", ())
    return e.cast(e.stage.scalar("round_half_to_even", (product,), "float64", ()), "int64")


def _or_zero(e: Elements, inside: int, element: int, dtype: str) -> int:
    zero = e.stage.scalar("constant", (), dtype, False if dtype == "bool" else 0)
    return e.stage.scalar("switch", (inside, element, zero), dtype, ())


def _concatenate(e: Elements, value: Value, index: Indices, guard: int | None) -> Steps:
    axis = value.attribute("axis")
    rest = index[axis]
    chosen: list[tuple[int, int]] = []
    for operand in value.operands:
        below = e.compare("less", rest, operand.type.shape[axis])
        inside = e.both(e.compare("greater_equal", rest, 0), below)
        inner = (*index[:axis], rest, *index[axis + 1 :])
        chosen.append((below, (yield operand, inner, e.both(guard, inside))))
        rest = e.plus(rest, e.stage.kernel.size(operand.type.shape[axis]), -1)
    result = chosen[-1][1]
    for below, element in reversed(chosen[:-1]):
        result = e.stage.scalar("switch", (below, element, result), value.type.dtype, ())
    return result


def _interleave(e: Elements, value: Value, index: Indices, guard: int | None) -> Steps:
    *rest, last = index
    if isinstance(last, Affine) and not last.terms:
        return (yield value.operands[last.constant], tuple(rest), guard)
    parts = []
    for operand in value.operands:
        parts.append((yield operand, tuple(rest), guard))
    first = e.stage.scalar("equal", (e.number(last), e.size(0)), "bool", ())
    return e.stage.scalar("switch", (first, *parts), value.type.dtype, ())


def _arange(e: Elements, value: Value, index: Indices, guard: int | None) -> Steps:
    yield from ()  # nothing is needed
    return e.number(index[0])


def _gather(e: Elements, value: Value, index: Indices, guard: int | None) -> Steps:
    source, *arrays = value.operands
    front = arrays[0].type.ndim
    picked = []
    for array in arrays:
        check = e.stage.kernel.check(value.site)
        number = yield array, index[:front], guard
        picked.append(_as_index(e, array, number, check))
    return (yield source, (*picked, *index[front:]), guard)


def picked_index(
    e: Elements, array: Value, index: Indices, guard: int | None, check: int
) -> Picked:
    """Return the index that an integer array's element names."""
    return _as_index(e, array, e.at(array, index, guard), check)


def _as_index(e: Elements, array: Value, number: int, check: int) -> Picked:
    if array.type.dtype != "int64":
        number = e.cast(number, "int64")
    return Picked(number, check)


MOVERS: dict[str, Callable[[Elements, Value, Indices, int | None], Steps]] = {
    "dimshuffle": _dimshuffle,
    "broadcast": _broadcast,
    "slice": _slice,
    "place": _place,
    "concatenate": _concatenate,
    "interleave": _interleave,
    "arange": _arange,
    "gather": _gather,
}
