"""Operations on constants are computed once, at compile time, by their references."""

# What an operation gives is its layer's.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from math import prod

from symc.compiler.interpret import fold
from symc.compiler.value import Value
from symc.passes.rule import on

LARGEST = 512
"""Elements of an operand or result; beyond, the code to compute it is smaller than the constant."""

UNFOLDED = frozenset({"broadcast", "arange", "place", "block_gradient"})
"""Operations whose result is larger than what they are made of, or which mean more than it."""


@on("pointwise", "multilinear", "general", exact=True)
def fold_constants(value: Value) -> Value | None:
    """Compute an operation on constants."""
    if value.op.name in UNFOLDED or not all(x.is_constant for x in value.operands):
        return None
    fixed = [size for size in value.type.shape if isinstance(size, int)]
    if len(fixed) < value.type.ndim or prod(fixed) > LARGEST:
        return None
    return fold(value) if all(x.data.size <= LARGEST for x in value.operands) else None
