"""A left side for every rule: made from its equation, or given here where it has none."""

from dataclasses import dataclass
from typing import Any

from symc.compiler.module import Module, make_parameter
from symc.compiler.op import find
from symc.compiler.ops.arithmetic import absolute, add, multiply, sqrt, square
from symc.compiler.ops.comparison import equal, isfinite, less
from symc.compiler.ops.exponential import exp, log, log1p, sigmoid
from symc.compiler.ops.index import gather, scatter_add
from symc.compiler.ops.logic import bit_and, bit_not, cast, switch
from symc.compiler.ops.network import logsumexp, softmax
from symc.compiler.ops.product import dot
from symc.compiler.ops.reduction import max_
from symc.compiler.ops.rounding import ceil, floor
from symc.compiler.ops.shape import (
    arange,
    broadcast,
    broadcast_like,
    concatenate,
    dimshuffle,
    keep,
    place,
    reshape,
    slice_,
    zeros_like,
)
from symc.compiler.value import Context, Value
from symc.passes.pattern import Hole, Pattern, fill
from symc.passes.rule import Rule
from symc.passes.rules import ALL
from tests.passes.graphs import NAMES, build, kept_total, total
from tests.passes.rules.matrices import MATRICES

F, INT, B = "float64", "int64", "bool"


@dataclass(frozen=True)
class Example:
    """A module whose output is a rule's left side, and the name of the rule."""

    name: str
    module: Module
    rule: Rule


ROWS = {"axes": (1,), "order": (0, "x"), "dtype": F, "acc": F, "axis": 1}
CONSTANTS = {"c": 2.0, "d": 3.0, "m": 2, "n": 3}
BOOLS = {name: (B, (None,)) for name in "c"}

# What to put in the holes of an equation, as (dtype, shape of None and 1); the defaults are float64
# vectors, and matrices where the equation has attributes, which are then those of their rows.
HOLES: dict[str, dict[str, Any]] = {
    "clip_twice": {"c": (F, (1,)), "d": (F, (1,))},
    "switch_same": BOOLS,
    "switch_not": BOOLS,
    "switch_first": BOOLS,
    "switch_second": BOOLS,
    "not_twice": {"x": (B, (None,))},
    "and_same": {"x": (B, (None,))},
    "or_same": {"x": (B, (None,))},
    "xor_same": {"x": (B, (None,))},
    "add_zero": {"x": (INT, (None,))},
    "equal_same": {"x": (INT, (None,))},
    "not_equal_same": {"x": (INT, (None,))},
    "log_of_det": {"x": (F, (None, None))},
    "log_of_absolute_det": {"x": (F, (None, None))},
    "logsumexp_of_scaled": {"x": (F, (None, None)), "y": (F, (None,))},
}

BY_CAST = {
    "not_equal_zero": lambda x: find("not_equal")(cast(x, dtype=F), 0),
    "equal_one": lambda x: equal(cast(x, dtype=F), 1),
    "equal_zero": lambda x: equal(cast(x, dtype=F), 0),
}
"""Equations that hold of more dtypes than one, or ask more of a hole than their pattern says."""

NOT_NEGATIVE = {
    "square_sqrt": lambda x: square(sqrt(absolute(x))),
    "exp_of_log": lambda x: exp(log(absolute(x))),
    "exp2_of_log2": lambda x: find("exp2")(find("log2")(absolute(x))),
    "expm1_of_log1p": lambda x: find("expm1")(find("log1p")(absolute(x))),
}
"""Equations that hold where a hole is not negative."""


def size(x: Value, axis: int) -> Value:
    return x.context.size_value(x.type.shape[axis])


def number(x: Value, value: int) -> Value:
    return x.context.constant(value, INT)


def rows(x: Value, start: int, length: int, step: int = 1) -> Value:
    """Slice a vector."""
    return slice_(x, number(x, start), number(x, length), steps=(step,))


def stretched(x: Value, like: Value) -> Value:
    """Broadcast the rows of a matrix from a vector."""
    return broadcast_like(dimshuffle(x, order=("x", 0)), like)


def constant(x: Value, value: Any, dtype: str = F) -> Value:
    return x.context.constant(value, dtype)


V, M, VI, VB = (F, 1), (F, 2), (INT, 1), (B, 1)
FIXED = (F, (True,))
COLUMN = (F, (False, True))

MADE: dict[str, list[tuple[Any, ...]]] = {
    "fold_constants": [
        (lambda x: x * exp(constant(x, [2.0, 3.0, 4.0, 5.0])), V),
        (lambda x: x + constant(x, [1.0]) * constant(x, [3.0]), V),
    ],
    "cast_nothing": [(lambda x: cast(x, dtype=F), V)],
    "cast_twice": [
        (lambda x: cast(cast(x, dtype="float64"), dtype="float32"), ("float32", 1)),
        (lambda x: cast(cast(x, dtype="int16"), dtype="float64"), ("int8", 1)),
    ],
    "cast_of_choice": [
        (lambda c: cast(switch(c, constant(c, [2.0]), constant(c, [3.0])), dtype="int32"), VB)
    ],
    "dimshuffle_nothing": [(lambda x: dimshuffle(x, order=(0, 1)), M)],
    "dimshuffle_twice": [(lambda x: dimshuffle(dimshuffle(x, order=(1, 0)), order=(1, "x", 0)), M)],
    "dimshuffle_negated": [(lambda x: dimshuffle(-x, order=(1, 0)), M)],
    "dimshuffle_broadcast": [(lambda x, y: dimshuffle(stretched(x, y), order=(1, "x", 0)), V, M)],
    "dimshuffle_dot": [(lambda x, y: dimshuffle(dot(x, y), order=(1, 0)), M, M)],
    "pointwise_dimshuffle": [
        (lambda x: exp(dimshuffle(x, order=(1, 0))), M),
        (lambda x: dimshuffle(x, order=(0, "x")) + 1, V),
    ],
    "broadcast_nothing": [(lambda x: broadcast_like(x, x), M)],
    "broadcast_twice": [
        (
            lambda x, y: broadcast_like(broadcast(x, number(x, 1), size(y, 1)), y),
            (F, (True, True)),
            M,
        )
    ],
    "pointwise_broadcast": [
        (lambda x, y: stretched(x, y) * y, V, M),
        (lambda x, y: exp(stretched(x, y)), V, M),
    ],
    "reshape_nothing": [(lambda x: reshape(x, size(x, 0), size(x, 1)), M)],
    "reshape_twice": [(lambda x: reshape(reshape(x, number(x, 2), number(x, 2)), number(x, 4)), V)],
    "reshape_ones": [
        (lambda x: reshape(x, size(x, 0), number(x, 1), size(x, 1)), M),
        (lambda x: reshape(x, size(x, 0)), COLUMN),
    ],
    "slice_all": [(lambda x: slice_(x, number(x, 0), size(x, 0), steps=(1,)), V)],
    "slice_twice": [
        (lambda x: rows(rows(x, 3, 3, -1), 1, 2), V),
        (lambda x: rows(rows(x, 0, 2, 2), 1, 2, -1), V),
    ],
    "slice_of_place": [
        (
            lambda x: slice_(
                place(x, number(x, 1), number(x, 9), steps=(2,)),
                number(x, 1),
                size(x, 0),
                steps=(2,),
            ),
            V,
        )
    ],
    "slice_of_broadcast": [
        (
            lambda x, y: slice_(
                stretched(x, y), number(x, 1), number(x, 0), number(x, 2), size(x, 0), steps=(1, 1)
            ),
            V,
            M,
        )
    ],
    "slice_of_concatenate": [
        (lambda x, y: rows(concatenate(rows(x, 0, 3), y, axis=0), 1, 2), V, V),
        (lambda x, y: slice_(concatenate(x, y, axis=0), size(x, 0), size(y, 0), steps=(1,)), V, V),
    ],
    "concatenate_one": [(lambda x: concatenate(x, axis=0), V)],
    "concatenate_twice": [(lambda x, y: concatenate(concatenate(x, y, axis=0), x, axis=0), V, V)],
    "concatenate_slices": [
        (lambda x: concatenate(rows(x, 1, 2), rows(x, 3, 1), axis=0), V),
        (lambda x: concatenate(x, rows(x, 1, 1), rows(x, 2, 1), axis=0), V),
    ],
    "single_operand": [(lambda x: add(x), V), (lambda x: multiply(x), V)],
    "collect_sum": [
        (lambda x: x + x, V),
        (lambda x, y: (x + y) + (x + y), V, V),
        (lambda x, y: (x + y) - y, V, V),
        (lambda x, y: 3 * (x + 1) - 2 * y - x / 2 + y, V, V),
        (lambda x, y: x * y - y * x, V, V),
        (lambda x: 1 + x - 1, V),
        (lambda x, y: -(x - y), V, V),
        (lambda x, y: x - y + y - x, VI, VI),
    ],
    "collect_product": [
        (lambda x: x * x * x, V),
        (lambda x: x / x, V),
        (lambda x, y: x * y * y / x, V, V),
        (lambda x: 2 * x * 3 / 4, V),
        (lambda x, y: 1 / x * y, V, V),
        (lambda x: sqrt(x * x + 1) * sqrt(x * x + 1), V),
        (lambda x: x * 0, V),
        (lambda x, y: x * y * x, VI, VI),
    ],
    "sum_ones": [(lambda x: total(x, 1), COLUMN), (lambda x: total(x), V)],
    "reduce_ones": [
        (lambda x: find("prod")(x, axes=(0, 1), dtype=F, acc_dtype=F), COLUMN),
        (lambda x: max_(x, axes=(0, 1)), COLUMN),
        (lambda x: find("argmax")(x, axes=(1,)), COLUMN),
    ],
    "total_moved": [(lambda x: total(dimshuffle(x, order=(1, "x", 0)), 0), M)],
    "extreme_moved": [(lambda x: max_(dimshuffle(x, order=(1, "x", 0)), axes=(2,)), M)],
    "total_twice": [(lambda x: total(total(x, 1), 0), (F, 3))],
    "extreme_twice": [(lambda x: max_(max_(x, axes=(0,)), axes=(1,)), (F, 3))],
    "sum_of_broadcast": [
        (lambda x, y: total(stretched(x, y), 0), V, M),
        (lambda x, y: total(stretched(x, y), 0, 1), V, M),
    ],
    "sum_of_scaled": [
        (lambda x: total(3 * x, 0), V),
        (lambda x: total(-x, 0, 1), M),
        (lambda x, y: total(x / dimshuffle(y, order=(0, "x")), 1), M, V),
    ],
    "dot_of_scaled": [
        (lambda x, y, c: dot(x * c, y), M, M, (F, (True, True))),
        (lambda x, y: dot(x, dimshuffle(y * 0.5, order=(1, 0))), M, M),
        (lambda x, y: dot(-x, y), V, M),
        (lambda x, y, c: dot(x, y / c), M, V, FIXED),
        (lambda x, y, c: dot(x / c, y), V, V, FIXED),
        (lambda x, y, c: dot(x * dimshuffle(c, order=(0, "x")), y), M, V, V),
        (lambda x, y, c: dot(x, y * dimshuffle(c, order=("x", 0))), V, M, V),
        (lambda x, y: find("batched_dot")(x * 2, y), (F, 3), (F, 3)),
    ],
    "widened_dot": [
        (lambda x, y: cast(dot(x, y), dtype="float32"), ("bfloat16", 2), ("bfloat16", 2)),
        (lambda x, y: cast(dot(x, y), dtype="float64"), ("float16", 2), ("float16", 1)),
    ],
    "dot_of_broadcast": [
        (lambda x, y: dot(broadcast_like(dimshuffle(y, order=(0, "x")), x), x), M, V),
        (lambda x, y: dot(x, broadcast_like(dimshuffle(y, order=("x", 0)), x)), M, V),
        (lambda x, y: dot(broadcast_like(x, y), y), FIXED, V),
        (lambda x, y: dot(broadcast_like(x, y), y), (F, (True, True)), M),
        (lambda x, y: dot(y, broadcast(x, size(y, 1))), FIXED, M),
        (lambda x, y: dot(broadcast(x, size(y, 0)), y), FIXED, M),
    ],
    "dimshuffle_of_scaled_dot": [
        (lambda x, y: dimshuffle(2.0 * dot(x, y), order=(1, 0)), M, M),
    ],
    **MATRICES,
    "switch_known": [(lambda x, y: switch(constant(x, [True], B), x, y), V, V)],
    "test_of_discrete": [(lambda x: isfinite(x), VI)],
    "not_of_comparison": [
        (lambda x, y: bit_not(equal(x, y)), V, V),
        (lambda x, y: bit_not(less(x, y)), VI, VI),
    ],
    "logic_of_known": [
        (lambda c: bit_and(c, constant(c, [True], B)), VB),
        (lambda c: bit_and(constant(c, [False], B), c), VB),
        (lambda c: find("bit_xor")(c, constant(c, [True], B)), VB),
        (lambda c: find("bit_or")(c, constant(c, [True], B)), VB),
    ],
    "round_twice": [(lambda x: floor(ceil(x)), V)],
    "softmax_of_shifted": [
        (lambda x: softmax(x - keep(max_(x, axes=(1,)), (1,)), axis=1), M),
        (lambda x: softmax(x + 3, axis=1), M),
    ],
    "logsumexp_of_shifted": [
        (lambda x: logsumexp(x - keep(max_(x, axes=(1,)), (1,)), axes=(1,)), M)
    ],
    "product_of_choice": [
        (lambda x, y: switch(x < y, x, 0) * y, V, V),
        (lambda x, y: switch(x < y, 0, y) / x, V, V),
    ],
    "log_of_moved": [
        (lambda x: log(rows_of(softmax(x, axis=1))), M),
        (lambda x, i: log(gather(softmax(x, axis=1), arange(size(x, 0)), i)), M, VI),
    ],
    "gather_all": [(lambda x: gather(x, arange(size(x, 0))), M)],
    "scatter_all": [(lambda x, y: scatter_add(x, y, arange(size(x, 0))), M, M)],
    "total_of_chosen": [
        (lambda x, g, i: chosen_rows(x, g, i) - x * kept_total(chosen_rows(x, g, i), 1), M, V, VI),
        (lambda x, g, i: few_rows(x, g, i) - x * kept_total(few_rows(x, g, i), 1), M, V, VI),
    ],
    "add_scattered": [
        (lambda w, g, i: w - 0.1 * scatter_add(zeros_like(w), g, i), M, M, VI),
        (lambda w, g, i, r: w - r * scatter_add(zeros_like(w), g, i), M, M, VI, (F, (True, True))),
        (lambda w, g, i: scatter_add(zeros_like(w), g, i) + 2 * w, V, V, VI),
        (lambda w, g, h, i, j: w - 0.1 * scatter_add(rows_added(w, g, i), h, j), M, M, M, VI, VI),
    ],
    "sigmoid_of_moved": [(lambda x: rows(sigmoid(x), 1, 2), V)],
    "log_of_widened": [
        (lambda x: log(cast(sigmoid(x), dtype=F)), ("float32", 1)),
        (lambda x, y: log1p(cast(x * y, dtype=F)), ("float32", 1), ("float32", 1)),
    ],
}


def chosen_rows(x: Value, g: Value, i: Value) -> Value:
    """Put one number a row into zeros."""
    return scatter_add(zeros_like(x), g, arange(size(x, 0)), i)


def few_rows(x: Value, g: Value, i: Value) -> Value:
    """Put one number into each of some rows of zeros."""
    return scatter_add(zeros_like(x), g, arange(size(i, 0)), i)


def rows_added(x: Value, g: Value, i: Value) -> Value:
    """Add to some rows of zeros."""
    return scatter_add(zeros_like(x), g, i)


def rows_of(x: Value) -> Value:
    """Slice the rows of a matrix."""
    n = x.context.constant
    bounds = [n(1, INT), n(0, INT), n(2, INT), size(x, 1)]
    return slice_(x, *bounds, steps=(1, 1))


def examples() -> list[Example]:
    """Return at least one example for every rule."""
    return [
        Example(f"{r.name}{k or ''}", module, r)
        for r in ALL
        for k, module in enumerate(_modules(r))
    ]


def _modules(r: Rule) -> list[Module]:
    if r.name in BY_CAST:
        return [build(BY_CAST[r.name], VB)]
    if r.name in NOT_NEGATIVE:
        return [build(NOT_NEGATIVE[r.name], V)]
    if r.left is None:
        return [build(make, *specs) for make, *specs in MADE[r.name]]
    return [_equation(r)]


def _equation(r: Rule) -> Module:
    """Fill the holes of an equation with parameters."""
    context = Context()
    given = HOLES.get(r.name, {})
    attributes = _attribute_holes(r.left)
    values, parameters = {}, []
    for hole in _holes(r.left):
        spec = given.get(hole.name, (F, (None, None) if attributes else (None,)))
        if hole.numeric:
            values[hole.name] = context.constant([CONSTANTS[hole.name]], F)
            continue
        if (
            hole.accepts is not None
            and hole.name not in given
            and not hole.accepts(context.constant([1.0]))
        ):
            spec = (INT, spec[1])
        flags = tuple(size == 1 for size in spec[1])
        parameters.append(
            make_parameter(context, len(parameters), spec[0], flags, NAMES[len(parameters)])
        )
        values[hole.name] = parameters[-1].value
    values.update({name: ROWS[name] for name in attributes})
    left = fill(r.left, values, context)
    return Module("f", context, tuple(parameters), (left,), (), tuple(context.checks))


def _holes(pattern: Any) -> list[Hole]:
    """Return the holes for values, in the order in which a pattern names them."""
    if isinstance(pattern, Hole):
        return [pattern]
    if not isinstance(pattern, Pattern):
        return []
    found = {h.name: h for x in pattern.operands for h in _holes(x)}
    return list(found.values())


def _attribute_holes(pattern: Any) -> set[str]:
    if not isinstance(pattern, Pattern):
        return set()
    own = {a.name for _, a in pattern.attributes if isinstance(a, Hole)}
    return own.union(*(_attribute_holes(x) for x in pattern.operands))
