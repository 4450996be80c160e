"""Applies one operation of the user's graph to Values: casts explicit, sizes in canonical form."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from symc.compiler import sizes
from symc.compiler.bfloat import refer
from symc.compiler.op import Op, find
from symc.compiler.value import Value
from symc.tensor.user_ops import UserOp, rebroadcast_op


def cast(value: Value, dtype: str) -> Value:
    """Convert a Value, constants at once."""
    if value.type.dtype == dtype:
        return value
    op = find("cast")
    if value.is_constant:
        return value.context.constant(refer(op, (value.data,), {"dtype": dtype}), dtype)
    return value.context.make(op, (value,), (("dtype", dtype),))


def lower_application(op: Op, operands: Sequence[Value], attributes: dict[str, Any]) -> Value:
    """Return the Value of an operation of either layer applied to Values."""
    if op.family == "pointwise":
        return _pointwise(op, operands, attributes)
    if op.sized is not None:
        first = op.sized
        operands = [*operands[:first], *(cast(x, "int64") for x in operands[first:])]
    if op.name == "broadcast":
        for size in operands[1:]:
            sizes.require_natural(size.as_size(), "broadcast")
    if isinstance(op, UserOp) or op.name == "size":
        assert op.lower is not None
        lowered: Value = op.lower(*operands, **attributes)
        return lowered
    if op.name == "dimshuffle" and operands[0].is_constant and operands[0].data.size == 1:
        array = op.reference(operands[0].data, **attributes)
        return operands[0].context.constant(array, operands[0].type.dtype)
    if op.family == "multilinear" and op.name in ("dot", "batched_dot"):
        operands = _common(operands)
    return _make(op, operands, attributes)


def _make(op: Op, operands: Sequence[Value], attributes: dict[str, Any]) -> Value:
    context = operands[0].context
    return context.make(op, tuple(operands), tuple(sorted(attributes.items())))


def _common(operands: Sequence[Value]) -> list[Value]:
    from symc.compiler.promotion import upcast

    dtype = upcast(*(x.type.dtype for x in operands))
    return [cast(x, dtype) for x in operands]


def _pointwise(op: Op, operands: Sequence[Value], attributes: dict[str, Any]) -> Value:
    assert op.promote is not None
    takes, _ = op.promote(tuple(x.type.dtype for x in operands), attributes)
    values = [cast(x, dtype) for x, dtype in zip(operands, takes, strict=True)]
    if op.name == "cast":
        return cast(values[0], attributes["dtype"])
    if op.name == "true_divide":
        attributes = {}  # the dtype to divide integers in is that of the operands now
    if op.name in sizes.ARITHMETIC and all(_is_size(x) for x in values):
        return _size_arithmetic(op, values)
    return _make(op, values, attributes)


def _is_size(value: Value) -> bool:
    return value.type.ndim == 0 and value.type.dtype == "int64"


def _size_arithmetic(op: Op, values: list[Value]) -> Value:
    context = values[0].context
    try:
        return context.size_value(reduce(sizes.ARITHMETIC[op.name], (x.as_size() for x in values)))
    except OverflowError:
        return _make(op, values, {})  # beyond 64 bits, where it wraps


def rebroadcast(value: Value, pattern: tuple[bool, ...]) -> Value:
    """State that dimensions have size 1, checking it when the function runs."""
    assert rebroadcast_op.lower is not None
    stated: Value = rebroadcast_op.lower(value, pattern=pattern)
    return stated
