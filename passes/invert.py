"""Invert: divide rows by a root of their own once, and multiply what lies along them.

A pass of its own after simplification, which reads an inverse and writes a division. The inverse of
a root is never too large or too small for its dtype, so quotients differ by roundings alone; of any
other number it may be.
"""

# What an operation gives is its layer's.
# mypy: disable-error-code="no-any-return"
from __future__ import annotations

from symc.compiler.ops.arithmetic import reciprocal
from symc.compiler.sizes import is_one
from symc.compiler.value import Value
from symc.passes.algebra.number import MOVED
from symc.passes.rewrite import Rewriting
from symc.passes.rule import on


@on("true_divide", exact=False)
def divide_by_root(value: Value) -> Value | None:
    """Multiply by the inverse of a root that many elements are divided by."""
    x, y = value.operands
    if not (_is_root(y) and _is_spread(y, value) and y.type.dtype == value.type.dtype):
        return None
    return x * reciprocal(y)


def _is_root(value: Value) -> bool:
    while value.op.name in MOVED:
        value = value.operands[0]
    return value.op.name == "sqrt"


def _is_spread(small: Value, large: Value) -> bool:
    """Tell whether an operand is known to be repeated along a dimension of the result."""
    return any(
        is_one(one) and not is_one(many)
        for one, many in zip(small.type.shape, large.type.shape, strict=True)
    )


invert = Rewriting("invert", (divide_by_root,))
"""Leave one division a row."""
