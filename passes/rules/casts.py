"""Conversions: none that does nothing, and none on the way to a wider dtype and back."""

# What an operation gives is its layer's.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import numpy as np

from symc.compiler.ops.logic import cast
from symc.compiler.types import COMPLEX, DISCRETE, FLOATS
from symc.compiler.value import Value
from symc.passes.rule import on

FLOAT_DIGITS = {
    **{"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53},
    **{"complex64": 24, "complex128": 53},
}
"""The digits of a float, in bits."""


def holds(wide: str, narrow: str) -> bool:
    """Tell whether every value of one dtype is a value of another."""
    if wide == narrow or narrow == "bool":
        return True
    if wide == "bool":
        return False
    if narrow in DISCRETE:
        bits = np.iinfo(narrow).bits - (np.iinfo(narrow).min < 0)
        if wide in DISCRETE:
            ends = np.iinfo(wide)
            return bool(ends.min <= np.iinfo(narrow).min and np.iinfo(narrow).max <= ends.max)
        return FLOAT_DIGITS[wide] >= bits
    if wide in DISCRETE or (narrow in COMPLEX and wide in FLOATS):
        return False
    if (wide, narrow) == ("float16", "bfloat16"):
        return False  # more digits, fewer exponents
    return FLOAT_DIGITS[wide] >= FLOAT_DIGITS[narrow]


@on("cast", exact=True)
def cast_nothing(value: Value) -> Value | None:
    """Drop a cast to the dtype that is there."""
    x = value.operands[0]
    return x if x.type.dtype == value.type.dtype else None


@on("cast", exact=True)
def cast_twice(value: Value) -> Value | None:
    """Convert once where the first conversion loses nothing."""
    inner = value.operands[0]
    if inner.op.name != "cast" or not holds(inner.type.dtype, inner.operands[0].type.dtype):
        return None
    return cast(inner.operands[0], dtype=value.type.dtype)


@on("cast", exact=True)
def cast_of_choice(value: Value) -> Value | None:
    """Convert the two numbers of a choice instead of its result."""
    inner = value.operands[0]
    if inner.op.name != "switch" or not all(x.is_constant for x in inner.operands[1:]):
        return None
    c, x, y = inner.operands
    dtype = value.type.dtype
    return inner.op(c, cast(x, dtype=dtype), cast(y, dtype=dtype))
