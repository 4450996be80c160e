"""Reductions: less to reduce, one instead of two, factors taken out."""

# What an operation gives is its layer's.
# mypy: disable-error-code="no-any-return"
from __future__ import annotations

from symc.compiler import sizes
from symc.compiler.ops.arithmetic import multiply
from symc.compiler.ops.logic import cast
from symc.compiler.ops.shape import broadcast, dimshuffle
from symc.compiler.types import FLOATS, Size
from symc.compiler.value import Value
from symc.passes.algebra import Factors, Product, read_product, write_product
from symc.passes.rule import on

TOTALS = ("sum", "prod")
EXTREMES = ("max", "min", "supremum", "all", "any")
POSITIONS = ("argmax", "argmin")

Axes = tuple[int, ...]


def _is_one(size: Size) -> bool:
    return isinstance(size, int) and size == 1


def _without(x: Value, axes: Axes) -> Value:
    """Drop axes of size 1."""
    return dimshuffle(x, order=tuple(k for k in range(x.type.ndim) if k not in axes))


def _after(axes: Axes, dropped: Axes) -> Axes:
    """Return the numbers that axes have once others are gone."""
    return tuple(a - sum(d < a for d in dropped) for a in axes if a not in dropped)


def _over(value: Value, x: Value, axes: Axes) -> Value:
    """Reduce x over axes as a reduction does; over none, only convert."""
    attributes = dict(value.attributes)
    if axes:
        return value.op(x, **{**attributes, "axes": axes})
    if value.op.name in POSITIONS:
        return broadcast_number(0, value, x)
    accumulated = cast(x, dtype=attributes.get("acc_dtype", value.type.dtype))
    return cast(accumulated, dtype=value.type.dtype)


def broadcast_number(number: int, value: Value, x: Value) -> Value:
    """Return a number of a value's dtype and another's rank."""
    return value.context.constant(number, value.type.dtype, x.type.ndim)


@on("sum", exact=False)  # a sum of -0.0 alone is 0.0
def sum_ones(value: Value) -> Value | None:
    """Sum over no axis of size 1."""
    return _reduce_ones(value)


@on("prod", *EXTREMES, *POSITIONS, exact=True)
def reduce_ones(value: Value) -> Value | None:
    """Reduce no axis of size 1."""
    return _reduce_ones(value)


def _reduce_ones(value: Value) -> Value | None:
    (x,), axes = value.operands, value.attribute("axes")
    ones = tuple(a for a in axes if _is_one(x.type.shape[a]))
    if axes and not ones:
        return None
    return _over(value, _without(x, ones), _after(axes, ones))


def _reduce_moved(value: Value) -> Value | None:
    (inner,), axes = value.operands, value.attribute("axes")
    if inner.op.name != "dimshuffle":
        return None
    order = inner.attribute("order")
    if any(order[a] == "x" for a in axes):
        return None
    before = tuple(sorted(order[a] for a in axes))
    kept = [order[k] for k in range(len(order)) if k not in axes]
    moved = tuple(k if k == "x" else k - sum(b < k for b in before) for k in kept)
    return dimshuffle(_over(value, inner.operands[0], before), order=moved)


@on(*TOTALS, exact=False)
def total_moved(value: Value) -> Value | None:
    """Sum before moving axes."""
    return _reduce_moved(value)


@on(*EXTREMES, exact=True)
def extreme_moved(value: Value) -> Value | None:
    """Find the extreme before moving axes."""
    return _reduce_moved(value)


def _reduce_twice(value: Value) -> Value | None:
    (inner,), axes = value.operands, value.attribute("axes")
    if inner.op is not value.op or inner.type.dtype != value.type.dtype:
        return None
    first = inner.attribute("axes")
    kept = [k for k in range(inner.operands[0].type.ndim) if k not in first]
    both = tuple(sorted((*first, *(kept[a] for a in axes))))
    return _over(value, inner.operands[0], both)


@on(*TOTALS, exact=False)
def total_twice(value: Value) -> Value | None:
    """Sum once over the axes of two sums."""
    inner = value.operands[0]
    if inner.op is value.op and inner.attribute("acc_dtype") != value.attribute("acc_dtype"):
        return None
    return _reduce_twice(value)


@on(*EXTREMES, exact=True)
def extreme_twice(value: Value) -> Value | None:
    """Find one extreme over the axes of two."""
    return _reduce_twice(value)


# --- what does not vary along the axes summed over


@on("sum", exact=False)
def sum_of_broadcast(value: Value) -> Value | None:
    """Multiply by the number of equal terms instead of adding them."""
    (inner,), axes = value.operands, value.attribute("axes")
    if inner.op.name != "broadcast":
        return None
    x = inner.operands[0]
    stretched = tuple(a for a in axes if _is_one(x.type.shape[a]))
    if not stretched:
        return None
    context, dtype = value.context, value.type.dtype
    count = sizes.product(tuple(inner.type.shape[a] for a in stretched))
    rest = _over(value, _without(x, stretched), _after(axes, stretched))
    number = cast(context.size_value(count), dtype=dtype)
    scaled = rest * dimshuffle(number, order=("x",) * rest.type.ndim)
    kept = (context.size_value(s) for k, s in enumerate(inner.type.shape) if k not in axes)
    return broadcast(scaled, *kept)


@on("sum", exact=False)
def sum_of_scaled(value: Value) -> Value | None:
    """Take what does not vary out of a sum: sum(c * x) is c * sum(x)."""
    (x,), axes = value.operands, value.attribute("axes")
    if x.type.dtype not in FLOATS or x.type.dtype != value.type.dtype:
        return None
    product = read_product(x)
    still, moving = _split(product.factors, axes)
    if not moving or (not still and product.coefficient == 1):
        return None
    inside = write_product(Product(1, moving), x)
    if not all(sizes.same(inside.type.shape[a], x.type.shape[a]) for a in axes):
        return None
    total = _over(value, inside, axes)
    if not still:
        return write_product(Product(product.coefficient, {total: 1}), total)
    outside = _without(write_product(Product(product.coefficient, still), x), axes)
    return multiply(outside, total)


def _split(factors: Factors, axes: Axes) -> tuple[Factors, Factors]:
    """Split factors into those that are of size 1 along all of some axes, and the others."""
    still: Factors = {}
    moving: Factors = {}
    for base, exponent in factors.items():
        fixed = all(_is_one(base.type.shape[a]) for a in axes)
        (still if fixed else moving)[base] = exponent
    return still, moving


