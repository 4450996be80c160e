"""What a program demands of its values: conditions that must hold, a step that is not 0."""

from __future__ import annotations

from typing import Any

from symc.compiler import sizes
from symc.compiler.op import find
from symc.compiler.types import Size, TensorType
from symc.tensor import application
from symc.tensor.user_ops import define_user_op

ASSERTED = "assert: "
"""What the checks of `Assert` begin with; the user's message follows."""

STEPS = "arange: the step is 0"
COUNTS = "arange: the bounds are not finite"
"""What the checks of a range say."""


def require(condition: Any, what: str) -> None:
    """Note the check that a 0-d Value is true, unless that is known."""
    context = condition.context
    if condition.is_constant:
        if not condition.data:  # it is to fail when the function runs, not when it is made
            context.equate(context.measure(context.constant(0, "int64")), 1, what)
        return
    pair = _sides(condition)
    if pair is not None and condition.op.name == "equal":
        sizes.agree(*pair, what)  # from then on the two are one size
    elif pair is None or not _always(condition.op.name, *pair):
        truth = condition if condition.type.dtype == "bool" else find("not_equal")(condition, 0)
        context.equate(find("cast")(truth, dtype="int64"), 1, what)


def _sides(condition: Any) -> tuple[Size, Size] | None:
    """Return the two sizes that a condition compares, None where it is something else."""
    if condition.op.name not in ("equal", *_BOUNDS):
        return None
    number = TensorType("int64")
    if any(x.type != number for x in condition.operands):
        return None
    left, right = condition.operands
    return left.as_size(), right.as_size()


_BOUNDS = {"greater_equal": 0, "greater": 1, "less_equal": 0, "less": 1}


def _always(relation: str, left: Size, right: Size) -> bool:
    """Tell whether sizes have a relation whatever the arguments are."""
    first, second = (right, left) if relation.startswith("less") else (left, right)
    spare = sizes.subtract(sizes.subtract(first, second), _BOUNDS[relation])
    return sizes.is_natural(spare)


def _lower_demand(x: Any, condition: Any, *, what: str) -> Any:
    require(condition, what)
    return x


_demand = define_user_op(
    "demand",
    lambda x, condition, *, what: x.type,
    _lower_demand,
    "Give the operand, if a condition holds when the function runs; an error otherwise.",
)


def demand(value: Any, condition: Any, what: str) -> Any:
    """Return a value whose check fails, saying what, where a condition does not hold."""
    return application.apply(_demand, (value, condition), {"what": what})
