"""Sums, products, quotients, powers and their relatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler import promotion
from symc.compiler.families import pointwise
from symc.compiler.op import Promotion, find
from symc.compiler.ops.logic import indicator
from symc.compiler.types import COMPLEX, DISCRETE


def _fold(method: str) -> Any:
    def body(b: Any, first: Any, *rest: Any) -> Any:
        for register in rest:
            first = getattr(b, method)(first, register)
        return first

    return body


def _add_reference(first: Any, *rest: Any) -> Any:
    for x in rest:
        first = np.add(first, x)
    return first


def _multiply_reference(first: Any, *rest: Any) -> Any:
    for x in rest:
        first = np.multiply(first, x)
    return first


def _multiply_partials(y: Any, *xs: Any) -> tuple[Any, ...]:
    def others(k: int) -> Any:
        rest = xs[:k] + xs[k + 1 :]
        return multiply(*rest) if len(rest) > 1 else rest[0]

    return tuple(others(k) for k in range(len(xs))) if len(xs) > 1 else (1,)


add = pointwise(
    "add",
    _add_reference,
    _fold("add"),
    lambda y, *xs: (1,) * len(xs),
    promotion.same,
    commutative=True,
    doc="Add any number of operands.",
)
subtract = pointwise(
    "subtract",
    np.subtract,
    lambda b, x, y: b.subtract(x, y),
    lambda z, x, y: (1, -1),
    promotion.same_not_bool,
    doc="Subtract the second operand from the first.",
)
multiply = pointwise(
    "multiply",
    _multiply_reference,
    _fold("multiply"),
    _multiply_partials,
    promotion.same,
    commutative=True,
    doc="Multiply any number of operands.",
)


def _true_divide_promote(dtypes: tuple[str, ...], attributes: dict[str, Any]) -> Promotion:
    """Divide integers in `dtype`, the attribute that the user's layer sets to floatX."""
    if all(d in DISCRETE for d in dtypes):
        dtype = attributes.get("dtype", "float64")
        return (dtype, dtype), dtype
    return promotion.same(dtypes, attributes)


def _true_divide_reference(x: Any, y: Any, dtype: str = "") -> Any:
    return np.true_divide(x, y)


true_divide = pointwise(
    "true_divide",
    _true_divide_reference,
    lambda b, x, y, **_: b.divide(x, y),
    lambda z, x, y, **_: (1 / y, -z / y),
    _true_divide_promote,
    doc="Divide the first operand by the second, as real numbers.",
)


def _total(function: Any) -> Any:
    """Give an integer division the value 0 where the divisor is 0, as all targets do."""

    def reference(x: Any, y: Any) -> Any:
        value = function(x, y)
        discrete = np.asarray(value).dtype.kind in "iub"
        return np.where(np.asarray(y) == 0, np.zeros_like(value), value) if discrete else value

    return reference


floor_divide = pointwise(
    "floor_divide",
    _total(np.floor_divide),
    lambda b, x, y: b.floor_divide(x, y),
    lambda z, x, y: (0, 0),
    promotion.real_not_bool,
    doc="Divide and round towards minus infinity.",
)
remainder = pointwise(
    "remainder",
    _total(np.remainder),
    lambda b, x, y: b.remainder(x, y),
    lambda z, x, y: (1, -floor_divide(x, y)),
    promotion.real_not_bool,
    doc="Return what floor division leaves; it has the divisor's sign.",
)
negate = pointwise(
    "negate",
    np.negative,
    lambda b, x: b.negate(x),
    lambda y, x: (-1,),
    promotion.same_not_bool,
    doc="Change the sign.",
)


def _absolute_partials(y: Any, x: Any) -> tuple[Any]:
    if x.type.dtype not in COMPLEX:
        return (sign(x),)
    size = find("cast")(y, dtype=x.type.dtype)
    return (find("switch")(find("equal")(y, 0), 0, x / size),)


absolute = pointwise(
    "absolute",
    np.absolute,
    lambda b, x: b.absolute(x),
    _absolute_partials,
    promotion.magnitude,
    doc="Return the magnitude.",
)


def _sign_body(b: Any, x: Any) -> Any:
    zero = b.constant(x.dtype, 0, x.lanes)
    one = b.constant(x.dtype, 1, x.lanes)
    positive = b.select(b.greater(x, zero), one, b.select(b.equal(x, x), zero, x))
    if x.dtype.startswith("uint"):
        return positive
    return b.select(b.less(x, zero), b.negate(one), positive)


sign = pointwise(
    "sign",
    np.sign,
    _sign_body,
    lambda y, x: (0,),
    promotion.real_not_bool,
    doc="Return -1, 0 or 1 by the sign; NaN stays NaN.",
)
reciprocal = pointwise(
    "reciprocal",
    lambda x: 1 / x,
    lambda b, x: b.divide(b.constant(x.dtype, 1, x.lanes), x),
    lambda y, x: (-y * y,),
    promotion.to_float,
    doc="Return 1 divided by the operand.",
)
square = pointwise(
    "square",
    lambda x: np.multiply(x, x),
    lambda b, x: b.multiply(x, x),
    lambda y, x: (2 * x,),
    promotion.same,
    doc="Multiply the operand by itself.",
)
sqrt = pointwise(
    "sqrt",
    np.sqrt,
    lambda b, x: b.sqrt(x),
    lambda y, x: (0.5 / y,),
    promotion.to_float,
    doc="Return the square root; NaN below zero.",
)


def _power_partials(z: Any, x: Any, y: Any) -> tuple[Any, ...]:
    switch, equal = find("switch"), find("equal")
    log = switch(equal(x, 0), 0, find("log")(x))
    return switch(equal(y, 0), 0, y * x ** (y - 1)), z * log


def _power_reference(x: Any, y: Any) -> Any:
    if np.asarray(x).dtype.kind in "iu":
        return _integer_power(np.asarray(x), np.asarray(y))
    return np.power(x, y)


def _integer_power(x: Any, y: Any) -> Any:
    """Raise integers by squaring, wrapping; a negative exponent gives 1/x rounded to zero.

    1/x of -1 has its exponent's sign, and 1/0 is 0, as all integer division by zero.
    """
    x, y = np.broadcast_arrays(x, y)
    result = np.ones_like(x)
    base, rest = x.copy(), np.where(y < 0, 0, y)
    for _ in range(8 * x.dtype.itemsize):
        result = np.where(rest & 1 == 1, result * base, result)
        base, rest = base * base, rest >> 1
    of_minus = np.where(y & 1 == 1, x, -x)
    tiny = np.where(x == 1, x, np.where((x < 0) & (x + 1 == 0), of_minus, 0))
    return np.where(y < 0, tiny, result).astype(x.dtype)


def _power_body(b: Any, x: Any, y: Any) -> Any:
    if x.dtype.startswith("float"):
        return b.math("pow", x, y)
    return _integer_power_body(b, x, y)


def _integer_power_body(b: Any, x: Any, y: Any) -> Any:
    zero, one = (b.constant(x.dtype, k, x.lanes) for k in (0, 1))
    negative = b.less(y, zero)
    rest, base, result = b.select(negative, zero, y), x, one
    odd = b.equal(b.bit_and(y, one), one)
    for _ in range(8 * int(np.dtype(x.dtype).itemsize)):
        result = b.select(b.equal(b.bit_and(rest, one), one), b.multiply(result, base), result)
        base, rest = b.multiply(base, base), b.shift_right(rest, one)
    minus = b.negate(one)
    of_minus = b.select(b.equal(x, minus), b.select(odd, minus, one), zero)
    tiny = b.select(b.equal(x, one), one, of_minus)
    return b.select(negative, tiny, result)


power = pointwise(
    "power",
    _power_reference,
    _power_body,
    _power_partials,
    promotion.arithmetic,
    doc="Raise the first operand to the power of the second.",
)


def _extreme_partials(z: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Give a tie to the first operand, as Theano does."""
    equal = find("equal")(z, x)
    return indicator(equal, z), indicator(find("bit_not")(equal), z)


maximum = pointwise(
    "maximum",
    np.maximum,
    lambda b, x, y: b.maximum(x, y),
    _extreme_partials,
    promotion.real,
    doc="Return the larger operand; NaN if either is.",
)
minimum = pointwise(
    "minimum",
    np.minimum,
    lambda b, x, y: b.minimum(x, y),
    _extreme_partials,
    promotion.real,
    doc="Return the smaller operand; NaN if either is.",
)
