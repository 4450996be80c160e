"""Computes expressions for many values of one leaf at once, along a new first axis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler import sizes
from symc.compiler.errors import NotSupported
from symc.compiler.module import walk
from symc.compiler.op import Op
from symc.compiler.ops.comparison import equal
from symc.compiler.ops.loop import loop, loop_result
from symc.compiler.ops.product import batched_dot, dot
from symc.compiler.ops.shape import arange, dimshuffle, reshape
from symc.compiler.types import Size
from symc.compiler.value import Value
from symc.passes.algebra import cast
from symc.passes.differentiate import gradient
from symc.passes.forward import cotangent_of
from symc.passes.loops.batch import Batched, batched_loop, repeated


def jacobian(y: Value, wrt: Sequence[Value]) -> tuple[Value | None, ...]:
    """Return the derivatives of each element of a vector of floats: one row for each element.

    They are one reverse sweep, done for all cotangents that are 1 at one element at once. A result
    is None where the vector does not depend on the wrt.
    """
    seed = cotangent_of(y)
    found = gradient(None, wrt, {y: seed}).values
    some = [g for g in found if g is not None]
    rows = iter(batched(some, seed, one_hot(y)))
    return tuple(None if g is None else next(rows) for g in found)


def one_hot(like: Value) -> Value:
    """Return the matrix whose rows are 1 at one element of a vector and 0 elsewhere."""
    count = arange(like.context.size_value(like.type.shape[0]))
    same = equal(dimshuffle(count, order=(0, "x")), dimshuffle(count, order=("x", 0)))
    return cast(same, like.type.dtype)


def batched(values: Iterable[Value], leaf: Value, rows: Value) -> tuple[Value, ...]:
    """Return values for each row that a leaf may be, along a first axis as long as rows.

    Raises NotSupported for an operation that has no rule for it.
    """
    return batched_over(values, {leaf: rows}, rows.type.shape[0])


def batched_over(
    values: Iterable[Value], rows: Mapping[Value, Value], batch: Size
) -> tuple[Value, ...]:
    """Do as `batched` for several leaves at once, all with as many rows."""
    many = _Many(dict(rows), batch)
    return tuple(map(many.of, many.computed(tuple(values))))


class _Many:
    """Values for many rows at once.

    made   those that differ from row to row, with the new axis
    same   what takes the place of others, which are the same in all rows
    """

    def __init__(self, made: dict[Value, Value], batch: Size) -> None:
        self.made = made
        self.same: dict[Value, Value] = {}
        self.batch = batch
        self._loops: dict[Value, Batched] = {}

    def computed(self, values: tuple[Value, ...]) -> tuple[Value, ...]:
        """Return the values, after computing them and all that they need."""
        for value in walk(values):
            if value not in self.made:
                with value.context.at(value.site):
                    self._compute(value)
        return values

    def of(self, value: Value) -> Value:
        """Return a value with the new axis."""
        made = self.made.get(value)
        return repeated(self.same.get(value, value), self.batch) if made is None else made

    def _compute(self, value: Value) -> None:
        if value.op is loop_result and value.operands[0] in self._loops:
            found = self._loops[value.operands[0]]
            index = value.attribute("index")
            if index in found.moving:
                self.made[value] = found.moving[index]
            else:
                self.same[value] = found.same[index]
        elif any(x in self.made for x in value.operands):
            if value.op is loop:
                given = [self.made.get(x) for x in value.operands]
                self._loops[value] = batched_loop(self._rebuilt(value), given, self.batch)
            else:
                self.made[value] = self._applied(value)
        elif any(x in self.same for x in value.operands):
            self.same[value] = self._rebuilt(value)

    def _rebuilt(self, value: Value) -> Value:
        operands = tuple(self.same.get(x, x) for x in value.operands)
        return value.context.make(value.op, operands, value.attributes)

    def _applied(self, value: Value) -> Value:
        op = value.op
        rule = _alike if op.family == "pointwise" else RULES.get(op.name)
        if rule is None:
            raise NotSupported(f"jacobian: {op.name} has no derivative for many cotangents at once")
        operands = tuple(self.made.get(x, self.same.get(x, x)) for x in value.operands)
        moving = tuple(x in self.made for x in value.operands)
        return rule(_Call(op, operands, moving, dict(value.attributes), self.batch))


class _Call(Struct, frozen=True):
    """One application: its operands, those that have the new axis, and the axis' size."""

    op: Op
    operands: tuple[Value, ...]
    moving: tuple[bool, ...]
    attributes: dict[str, Any]
    batch: Size


Rule = Callable[[_Call], Value]


def _raised(x: Value) -> Value:
    """Give a Value that is the same in all rows the new axis, with size 1."""
    return _ordered(x, "x", *range(x.type.ndim))


def _ordered(x: Value, *order: int | str) -> Value:
    shuffled: Value = dimshuffle(x, order=order)
    return shuffled


def _shaped(x: Value, *shape: Size) -> Value:
    result: Value = reshape(x, *(x.context.size_value(s) for s in shape))
    return result


def _moved(x: Value, source: int, target: int) -> Value:
    """Put one axis at another place."""
    order = [axis for axis in range(x.type.ndim) if axis != source]
    order.insert(target, source)
    return _ordered(x, *order)


# --- rules


def _alike(call: _Call) -> Value:
    """Apply to operands that all have the axis."""
    operands = (x if m else _raised(x) for x, m in zip(call.operands, call.moving, strict=True))
    result: Value = call.op(*operands, **call.attributes)
    return result


def _over_axes(call: _Call) -> Value:
    """Apply where attributes name axes."""
    given = call.attributes
    axes = {"axes": tuple(a + 1 for a in given["axes"])} if "axes" in given else {}
    axis = {"axis": given["axis"] + 1} if "axis" in given else {}
    result: Value = call.op(*call.operands, **{**given, **axes, **axis})
    return result


def _dimshuffle(call: _Call) -> Value:
    order = (a if isinstance(a, str) else a + 1 for a in call.attributes["order"])
    return _ordered(call.operands[0], 0, *order)


def _to_shape(call: _Call) -> Value:
    x, *shape = call.operands
    result: Value = call.op(x, x.context.size_value(call.batch), *shape)
    return result


def _region(call: _Call) -> Value:
    x, *bounds = call.operands
    value, half = x.context.size_value, len(bounds) // 2
    steps = (1, *call.attributes["steps"])
    starts, lengths = (value(0), *bounds[:half]), (value(call.batch), *bounds[half:])
    result: Value = call.op(x, *starts, *lengths, steps=steps)
    return result


def _join(call: _Call) -> Value:
    """Apply to operands that must be of one shape."""
    return _over_axes(replace(call, operands=tuple(_all_raised(call))))


def _all_raised(call: _Call) -> Iterator[Value]:
    """Yield the operands with the axis, in its full size."""
    for x, moves in zip(call.operands, call.moving, strict=True):
        yield x if moves else repeated(x, call.batch)


def _dot(call: _Call) -> Value:
    x, y = call.operands
    if call.moving == (True, True):
        return _pairs(x, y)
    if call.moving[0]:
        return _left_dot(x, y)
    # x @ y is the transpose of y.T @ x.T.
    product = _left_dot(_moved(y, 1, y.type.ndim - 1), _turned(x))
    return _moved(product, 1, 2) if product.type.ndim == 3 else product


def _pairs(x: Value, y: Value) -> Value:
    """Multiply each of many vectors or matrices with its own."""
    first = x if x.type.ndim == 3 else _ordered(x, 0, "x", 1)
    second = y if y.type.ndim == 3 else _ordered(y, 0, 1, "x")
    product = batched_dot(first, second)
    shown = [0, *([1] if x.type.ndim == 3 else []), *([2] if y.type.ndim == 3 else [])]
    return _ordered(product, *shown) if len(shown) < 3 else product


def _left_dot(x: Value, y: Value) -> Value:
    """Multiply each of many vectors or matrices with one."""
    if x.type.ndim == 2:
        vectors: Value = dot(x, y)
        return vectors
    batch, rows, inner = x.type.shape
    product = dot(_shaped(x, sizes.product((batch, rows)), inner), y)
    return _shaped(product, batch, rows, *y.type.shape[1:])


def _turned(x: Value) -> Value:
    return _ordered(x, 1, 0) if x.type.ndim == 2 else x


def _batched_dot(call: _Call) -> Value:
    x, y = call.operands
    if call.moving == (True, True):
        raise NotSupported("jacobian: batched_dot of two operands that both change is not linear")
    if call.moving[0]:
        return _left_batched_dot(x, y)
    product = _left_batched_dot(_moved(y, 2, 3), _moved(x, 1, 2))
    return _moved(product, 2, 3)


def _left_batched_dot(x: Value, y: Value) -> Value:
    batch, count, rows, inner = x.type.shape
    merged = _shaped(_moved(x, 0, 1), count, sizes.product((batch, rows)), inner)
    product = _shaped(batched_dot(merged, y), count, batch, rows, y.type.shape[2])
    return _moved(product, 1, 0)


def _fixed(call: _Call, first: int) -> tuple[Value, ...]:
    """Return the index arrays, which must be the same in all rows."""
    if any(call.moving[first:]):
        raise NotSupported(f"jacobian: {call.op.name} at indices that change, for all rows")
    return call.operands[first:]


def _gather(call: _Call) -> Value:
    indices = _fixed(call, 1)
    behind = _moved(call.operands[0], 0, len(indices))
    return _moved(call.op(behind, *indices), indices[0].type.ndim, 0)


def _scatter(call: _Call) -> Value:
    indices = _fixed(call, 2)
    target, source = call.operands[:2]
    target = target if call.moving[0] else repeated(target, call.batch)
    source = source if call.moving[1] else _raised(source)
    places = _moved(target, 0, len(indices))
    result = call.op(places, _moved(source, 0, indices[0].type.ndim), *indices)
    return _moved(result, len(indices), 0)


def _solve(call: _Call) -> Value:
    """Solve one system for all columns of all rows at once."""
    matrix, right = call.operands
    if call.moving[0]:
        raise NotSupported(f"jacobian: {call.op.name} with matrices that change, for all rows")
    batch, n, m = right.type.shape
    columns = _shaped(_moved(right, 0, 1), n, sizes.product((batch, m)))
    made = call.op(matrix, columns, **call.attributes)
    return _moved(_shaped(made, n, batch, m), 1, 0)


_EXTREMES = ("max", "min", "supremum", "argmax", "argmin")
_REDUCTIONS = ("sum", "prod", *_EXTREMES, "all", "any", "logsumexp")
RULES: dict[str, Rule] = {
    **dict.fromkeys((*_REDUCTIONS, "softmax", "log_softmax"), _over_axes),
    **dict.fromkeys(("broadcast", "reshape"), _to_shape),
    **dict.fromkeys(("slice", "place"), _region),
    **dict.fromkeys(("scatter_add", "scatter_set"), _scatter),
    **dict.fromkeys(("block_gradient", "clip_gradient", "scale_gradient"), _alike),
    **dict.fromkeys(("sort", "argsort"), _alike),
    **dict.fromkeys(("cumsum", "cumprod", "recurrence"), _join),
    "dimshuffle": _dimshuffle,
    **dict.fromkeys(("concatenate", "interleave", "prod_real", "prod_imag"), _join),
    **dict.fromkeys(("parts", "whole"), _alike),
    **dict.fromkeys(("solve", "solve_triangular", "solve_lu"), _solve),
    "dot": _dot,
    "batched_dot": _batched_dot,
    "gather": _gather,
}
"""The operations that have a rule, beside all pointwise ones."""
