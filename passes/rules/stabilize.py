"""Formulas that overflow or cancel become ones that do not."""

# Holes have no types of their own, and what an operation gives is its layer's.
# mypy: disable-error-code="no-untyped-def,no-any-return"
# ruff: noqa: ANN001, ANN201, D103

from __future__ import annotations

from math import log as natural_log
from math import pi, sqrt
from typing import Any

from symc.compiler.ops.arithmetic import maximum, minimum, reciprocal, square
from symc.compiler.ops.comparison import equal
from symc.compiler.ops.exponential import exp, expm1, log, log1p, sigmoid, softplus
from symc.compiler.ops.logic import switch
from symc.compiler.ops.network import log_softmax, logsumexp, softmax
from symc.compiler.ops.reduction import sum_
from symc.compiler.ops.shape import dimshuffle
from symc.compiler.ops.special import erfc
from symc.compiler.ops.trigonometric import tanh
from symc.compiler.types import FLOATS, Size
from symc.compiler.value import Value
from symc.passes.algebra import SUMS, number_of, read_sum, write_sum
from symc.passes.algebra.sign import is_not_negative
from symc.passes.rule import Float, on, rule

# --- logarithms and exponentials near 1


@rule(exact=False)
def log1p_of_sum(x):                return log(1 + x), log1p(x)

@rule(exact=False)
def expm1_of_difference(x: Float):  return exp(x) - 1, expm1(x)

@rule(exact=False)
def exp_of_expm1(x):                return expm1(x) + 1, exp(x)

@rule(exact=False)
def log1p_of_expm1(x):              return log1p(expm1(x)), x

@rule(exact=False, where=is_not_negative)
def expm1_of_log1p(x):              return expm1(log1p(x)), x

@rule(exact=False)
def log_of_exp(x):                  return log(exp(x)), x

@rule(exact=False)
def log_of_scaled_exp(x, y):        return log(exp(x) * y), x + log(y)

@rule(exact=False)
def log_of_two_exps(x, y):
    same = 0.5 * (x + y) + natural_log(2)  # where both are -inf, their difference is NaN
    return log(exp(x) + exp(y)), switch(equal(x, y), same, y + softplus(x - y))

@rule(exact=False)
def tanh_of_exps(x):
    return (exp(x) - exp(-x)) / (exp(x) + exp(-x)), tanh(x)

# --- the sigmoid and what is made of it


@rule(exact=False)
def sigmoid_of_ratio(x):            return exp(x) / (1 + exp(x)), sigmoid(x)

@rule(exact=False)  # after the ratio, whose denominator alone it would find
def sigmoid_of_exp(x):              return reciprocal(1 + exp(-x)), sigmoid(x)

@rule(exact=False)
def sigmoid_times_exp(x):           return exp(x) * sigmoid(-x), sigmoid(x)

@rule(exact=False)
def one_minus_sigmoid(x):           return 1 - sigmoid(x), sigmoid(-x)

@rule(exact=False)
def log_sigmoid(x):                 return log(sigmoid(x)), -softplus(-x)

@rule(exact=False)
def softplus_of_exp(x):             return log1p(exp(x)), softplus(x)

@rule(exact=False)
def log1p_of_minus_sigmoid(x):      return log1p(-sigmoid(x)), -softplus(x)

@rule(exact=False)
def log_of_scaled_sigmoid(x, y):    return log(sigmoid(x) * y), log(y) - softplus(-x)

# --- rows: softmax, its logarithm, and the logarithm of a sum of exponentials


def _keeps(order: Any, axes: Any, x: Value) -> bool:
    """Tell whether an order puts back, with size 1, the axes that a reduction of x removed."""
    left = iter(range(x.type.ndim - len(axes)))
    return order == tuple("x" if k in axes else next(left) for k in range(x.type.ndim))


def _keeps_one(order: Any, axes: Any, x: Value) -> bool:
    return len(axes) == 1 and _keeps(order, axes, x)


@rule(exact=False, where=_keeps_one)
def softmax_of_exp(x, axes, order, dtype, acc):
    total = dimshuffle(sum_(exp(x), axes=axes, dtype=dtype, acc_dtype=acc), order=order)
    return exp(x) / total, lambda x, axes: softmax(x, axis=axes[0])

@rule(exact=False)
def logsumexp_of_exp(x, axes, dtype, acc):
    return log(sum_(exp(x), axes=axes, dtype=dtype, acc_dtype=acc)), logsumexp(x, axes=axes)

@rule(exact=False)
def logsumexp_of_scaled(x, y, axes, dtype, acc):
    total = sum_(exp(x), axes=axes, dtype=dtype, acc_dtype=acc)
    return log(total * y), logsumexp(x, axes=axes) + log(y)

@rule(exact=False)
def log_of_softmax(x, axis):        return log(softmax(x, axis=axis)), log_softmax(x, axis=axis)

@rule(exact=False)
def exp_of_log_softmax(x, axis):    return exp(log_softmax(x, axis=axis)), softmax(x, axis=axis)

@rule(exact=False, where=_keeps_one)
def log_softmax_of_logsumexp(x, axes, order):
    right = lambda x, axes: log_softmax(x, axis=axes[0])  # noqa: E731
    return x - dimshuffle(logsumexp(x, axes=axes), order=order), right


def _is_one(size: Size) -> bool:
    return isinstance(size, int) and size == 1


def _without_shift(x: Value, axes: tuple[int, ...]) -> tuple[Value, Value] | None:
    """Split a sum into what varies along some axes and what does not; None if nothing stays."""
    if x.op.name not in SUMS:
        return None
    near = read_sum(x, 0)
    moving, still = read_sum(x, 0), read_sum(x, 0)
    fixed = {
        key
        for key, term in near.terms.items()
        if all(_is_one(term.whole.type.shape[axis]) for axis in axes)
    }
    if not near.constant and (not fixed or len(fixed) == len(near.terms)):
        return None
    moving.terms = {key: t for key, t in moving.terms.items() if key not in fixed}
    still.terms = {key: t for key, t in still.terms.items() if key in fixed}
    moving.constant = 0
    if not moving.terms:
        return None
    rest = write_sum(moving, x)
    return (rest, write_sum(still, x)) if rest.type.shape == x.type.shape else None


@on("softmax", "log_softmax", exact=False)
def softmax_of_shifted(value: Value) -> Value | None:
    """Drop what is added to all of a row: softmax(x - max(x)) is softmax(x)."""
    axis = value.attribute("axis")
    parts = _without_shift(value.operands[0], (axis,))
    return None if parts is None else value.op(parts[0], axis=axis)


@on("logsumexp", exact=False)
def logsumexp_of_shifted(value: Value) -> Value | None:
    """Add what is added to all of a row afterwards: logsumexp(x - m) is logsumexp(x) - m."""
    axes = value.attribute("axes")
    parts = _without_shift(value.operands[0], axes)
    if parts is None:
        return None
    moving, still = parts
    order = tuple(k for k in range(still.type.ndim) if k not in axes)
    return logsumexp(moving, axes=axes) + dimshuffle(still, order=order)


# --- the tail of the error function

TAIL = {"float16": 3.0, "bfloat16": 9.0, "float32": 9.0, "float64": 26.0}
"""Where erfc comes near the smallest numbers of its dtype."""


def _is_open(x: Value) -> bool:
    """Tell whether a value is not known to be below the start of the tail."""
    if x.op.name not in ("minimum", "clip"):
        return True
    bound = number_of(x.operands[-1])
    return not isinstance(bound, int | float) or not bound <= TAIL[x.type.dtype]


def _log_erfc(x: Value) -> Value:
    """Continue log(erfc(x)) by its asymptotic series; each side is kept to its own domain."""
    start = TAIL[x.type.dtype]
    far = maximum(x, start)
    q = reciprocal(square(far))
    series = 1 - q * (0.5 - q * (0.75 - q * (1.875 - q * 6.5625)))
    tail = log(series) - square(far) - log(far * sqrt(pi))
    return switch(x < start, log(erfc(minimum(x, start))), tail)


@rule(exact=False, where=_is_open)
def log_of_erfc(x):                 return log(erfc(x)), lambda x: _log_erfc(x)

# --- choices against 0, whose other side may be infinite where it is not chosen


@on("multiply", "true_divide", "negate", exact=False)
def product_of_choice(value: Value) -> Value | None:
    """Choose after multiplying: switch(x > 0, g, 0) / x is 0, not NaN, where x is 0."""
    for position, factor in enumerate(value.operands):
        if factor.op.name != "switch" or (position and value.op.name == "true_divide"):
            continue
        sides = [_with_factor(value, position, side) for side in factor.operands[1:]]
        if sum(isinstance(side, Value) for side in sides) == 1:
            return switch(factor.operands[0], *sides)
    return None


def _with_factor(value: Value, position: int, side: Value) -> Value | int:
    """Return a product with one side of a choice for the choice; a side of 0 leaves 0."""
    if number_of(side) == 0:
        return 0
    operands = (*value.operands[:position], side, *value.operands[position + 1 :])
    return value.context.make(value.op, operands, value.attributes)


# --- through operations that only move elements

MOVES = frozenset({"dimshuffle", "broadcast", "reshape", "slice", "gather"})
LOGARITHMS = frozenset({"softmax", "sigmoid", "exp"})
"""What is worth taking the logarithm of before elements are picked from it."""


@on("log", exact=False)
def log_of_moved(value: Value) -> Value | None:
    """Take the logarithm of softmax before picking from it: log(softmax(x)[i, y])."""
    path: list[Value] = []
    source = value.operands[0]
    while source.op.name in MOVES:
        path.append(source)
        source = source.operands[0]
    if not path or source.op.name not in LOGARITHMS:
        return None
    result = log(source)
    for move in reversed(path):
        result = value.context.make(move.op, (result, *move.operands[1:]), move.attributes)
    return result


@on("slice", "gather", "reshape", exact=True)
def sigmoid_of_moved(value: Value) -> Value | None:
    """Pick before computing a sigmoid, so that logarithms and 1 - sigmoid see it."""
    inner = value.operands[0]
    if inner.op.name != "sigmoid":
        return None
    moved = (inner.operands[0], *value.operands[1:])
    return inner.op(value.context.make(value.op, moved, value.attributes))


# --- in a wider dtype

WIDENED = frozenset({"sigmoid", "softmax", "exp", "add", "subtract", "multiply", "true_divide"})


@on("log", "log1p", exact=False)
def log_of_widened(value: Value) -> Value | None:
    """Convert to a wider float before a formula whose logarithm is taken, not between the two."""
    outer = value.operands[0]
    if outer.op.name != "cast":
        return None
    inner = outer.operands[0]
    if inner.op.name not in WIDENED or inner.type.dtype not in FLOATS:
        return None
    wide = [outer.op(x, dtype=outer.type.dtype) for x in inner.operands]
    return value.op(value.context.make(inner.op, tuple(wide), inner.attributes))


