"""Numbers in Values: constants that are one number, and numbers of a Value's type."""

from __future__ import annotations

import numpy as np

from symc.compiler.bfloat import convert
from symc.compiler.op import find
from symc.compiler.types import COMPLEX, FLOATS, ITEM_SIZE, UNSIGNED
from symc.compiler.value import Value

Number = int | float | complex

MOVED = frozenset({"broadcast", "dimshuffle", "reshape"})
"""Operations whose result holds the operand's numbers and no other."""

UNIFORM = 64
"""Elements of a constant that are compared to see whether they are one number."""


def number_of(value: Value) -> Number | None:
    """Return the one number that all elements of a value are known to be, or None."""
    name = value.op.name
    while name in MOVED:
        value = value.operands[0]
        name = value.op.name
    if name != "constant" or not 0 < value.data.size <= UNIFORM:
        return None
    array = value.data
    if array.size > 1:
        first = array.reshape(-1)[:1]
        if array.tobytes() != first.tobytes() * array.size:
            return None
        array = first
    number: Number = array.item()
    return number


def number_like(number: Number, like: Value) -> Value:
    """Return a constant of a value's dtype and rank, wrapped if its integers are too narrow."""
    dtype, ndim = like.type.dtype, like.type.ndim
    if isinstance(number, int) and dtype not in (*FLOATS, *COMPLEX, "bool"):
        bits = 8 * ITEM_SIZE[dtype]
        number %= 1 << bits
        if dtype not in UNSIGNED and number >> (bits - 1):
            number -= 1 << bits
    return like.context.constant(number, dtype, ndim)


def cast(value: Value, dtype: str) -> Value:
    """Return a value in a dtype, itself if it has it."""
    result: Value = value if value.type.dtype == dtype else find("cast")(value, dtype=dtype)
    return result


def representable(number: Number, like: Value, allow_zero: bool) -> bool:
    """Tell whether collecting numbers neither overflows nor underflows the dtype."""
    if isinstance(number, int) or 1e-4 < abs(number) < 1e4:
        return True  # in any float
    with np.errstate(all="ignore"):
        stored = convert(np.asarray(number), like.type.dtype)
    return bool(np.isfinite(stored)) and (allow_zero or bool(stored != 0))
