"""Which Values are never below zero, whatever the arguments are."""

from __future__ import annotations

from symc.compiler.types import FLOATS
from symc.compiler.value import Value
from symc.passes.algebra.number import MOVED, number_of

STEPS = 64
"""Values looked at before nothing is known."""

NEVER = frozenset(
    {
        *("absolute", "square", "sqrt", "exp", "exp2", "sigmoid", "softplus", "softmax"),
        *("erfc", "cosh"),
    }
)
"""Operations of floats whose results are not negative, NaN aside."""

KEEPS = MOVED | {"add", "multiply", "sum", "prod", "max", "min", "slice", "gather", "concatenate"}
"""Operations whose results are not negative where their operands are not."""


def is_not_negative(x: Value) -> bool:
    """Tell whether all elements are known to be 0, more or NaN; False where it is not seen soon."""
    stack, seen = [x], set[Value]()
    while stack:
        current = stack.pop()
        if current in seen or _is_safe(current):
            continue
        seen.add(current)
        if current.op.name not in KEEPS or len(seen) > STEPS:
            return False
        moves = current.op.name in MOVED or current.op.name in ("slice", "gather")
        stack.extend(current.operands[:1] if moves else current.operands)
    return True


def _is_safe(value: Value) -> bool:
    name = value.op.name
    if name == "constant":
        return bool(value.type.dtype in FLOATS and (value.data >= 0).all())
    if value.type.dtype not in FLOATS:
        return False
    if name == "multiply" and len(value.operands) == 2:
        return value.operands[0] is value.operands[1]
    if name == "power":
        exponent = number_of(value.operands[1])
        return isinstance(exponent, int | float) and exponent % 2 == 0
    return name in NEVER
