"""Matrix products: factors taken out, to where the product is finished, and less to multiply."""

# What an operation gives is its layer's.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from symc.compiler import sizes
from symc.compiler.ops.arithmetic import multiply
from symc.compiler.ops.logic import cast
from symc.compiler.ops.reduction import sum_
from symc.compiler.ops.shape import broadcast, dimshuffle
from symc.compiler.types import HALVES, Size
from symc.compiler.value import Value
from symc.passes.algebra import Factors, Number, Product, read_product, write_product
from symc.passes.rule import on

WIDE = ("float32", "float64")
"""The dtypes that have room for a product before it is scaled; float16 overflows at 65504."""


SWAP = (1, 0)


def _is_one(size: Size) -> bool:
    return isinstance(size, int) and size == 1


def _inner(value: Value, side: int) -> int:
    """Return the axis of an operand that is summed over."""
    rank = value.operands[side].type.ndim
    return rank - 1 if side == 0 else max(rank - 2, 0)


def _beside(value: Value, side: int, factor: Value) -> Value:
    """Give what varies along the outer axes of an operand the axes of the product."""
    other = value.operands[1 - side]
    if value.operands[side].type.ndim == other.type.ndim == 2 or value.op.name != "dot":
        return factor
    axis = _inner(value, side)
    kept = [k for k in range(factor.type.ndim) if k != axis]
    return dimshuffle(factor, order=tuple(kept) or ("x",) * value.type.ndim)


@on("dot", "batched_dot", exact=False)
def dot_of_scaled(value: Value) -> Value | None:
    """Scale the product instead of a factor: dot(c * x, y) is c * dot(x, y)."""
    if value.type.dtype not in WIDE:
        return None
    for side in (0, 1):
        found = _scaled(value, side)
        if found is not None:
            return found
    return None


def _scaled(value: Value, side: int) -> Value | None:
    x, axis = value.operands[side], _inner(value, side)
    coefficient, factors = _factors(x)
    still = {v: e for v, e in factors.items() if _is_one(v.type.shape[axis])}
    moving = {v: e for v, e in factors.items() if v not in still}
    if not moving or (not still and coefficient == 1):
        return None
    inside = write_product(Product(1, moving), x)
    if not all(sizes.same(a, b) for a, b in zip(inside.type.shape, x.type.shape, strict=True)):
        return None
    operands = [inside if k == side else v for k, v in enumerate(value.operands)]
    made = value.op(*operands)
    if not still:
        return write_product(Product(coefficient, {made: 1}), made)
    factor = write_product(Product(coefficient, still), x)
    return multiply(_beside(value, side, factor), made)


def _factors(x: Value) -> tuple[Number, Factors]:
    """Read an operand, or what it is the transpose of, as a product."""
    order = x.attribute("order") if x.op.name == "dimshuffle" else None
    if order is None or "x" in order or len(order) != x.operands[0].type.ndim:
        product = read_product(x)
        return product.coefficient, product.factors
    product = read_product(x.operands[0])
    return product.coefficient, {
        dimshuffle(base, order=order): exponent for base, exponent in product.factors.items()
    }


@on("cast", exact=False)
def widened_dot(value: Value) -> Value | None:
    """Round no product of narrow floats that is widened next: it is summed in float32."""
    product = value.operands[0]
    if product.op.name not in ("dot", "batched_dot") or product.type.dtype not in HALVES:
        return None
    if value.type.dtype not in WIDE:
        return None
    made = product.op(*(cast(x, dtype="float32") for x in product.operands))
    return made if value.type.dtype == "float32" else cast(made, dtype=value.type.dtype)


@on("dot", exact=False)
def dot_of_broadcast(value: Value) -> Value | None:
    """Sum instead of multiplying with equal numbers: the gradient of a sum of a product."""
    if value.type.dtype not in WIDE:
        return None
    for side in (0, 1):
        x, axis = value.operands[side], _inner(value, side)
        if x.op.name != "broadcast" or _is_one(x.type.shape[axis]):
            continue
        if _is_one(x.operands[0].type.shape[axis]):
            return _total(value, side, x.operands[0])
    return None


def _total(value: Value, side: int, source: Value) -> Value:
    """Multiply what does not vary along the inner axis with the other operand's sum over it."""
    other, dtype = value.operands[1 - side], value.type.dtype
    total = sum_(other, axes=(_inner(value, 1 - side),), dtype=dtype, acc_dtype=dtype)
    if value.type.ndim > total.type.ndim:
        order: tuple[int | str, ...] = ("x", 0) if side == 0 else (0, "x")
        total = dimshuffle(total, order=order[-value.type.ndim :] if total.type.ndim else ("x",))
    factor = _beside(value, side, source)
    shape = (value.context.size_value(size) for size in value.type.shape)
    return broadcast(multiply(factor, total), *shape) if value.type.ndim else factor * total


@on("dimshuffle", exact=True)
def dimshuffle_of_scaled_dot(value: Value) -> Value | None:
    """Transpose a product before it is scaled by numbers, so that both are one call.

    Nothing else is turned: it would be computed twice where it is read both ways.
    """
    (inner,) = value.operands
    if value.attribute("order") != SWAP or inner.op.name != "multiply":
        return None
    return _turned(inner)


def _turned(value: Value) -> Value | None:
    """Return the transpose of a product with scales around it."""
    if value.op.name == "dot":
        x, y = value.operands
        turned: Value = value.op(dimshuffle(y, order=SWAP), dimshuffle(x, order=SWAP))
        return turned
    large = [x for x in value.operands if not all(map(_is_one, x.type.shape))]
    made = _turned(large[0]) if value.op.name == "multiply" and len(large) == 1 else None
    if made is None:
        return None
    operands = tuple(made if x is large[0] else x for x in value.operands)
    return value.context.make(value.op, operands, value.attributes)
