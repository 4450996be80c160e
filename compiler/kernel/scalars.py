"""Lowers scalars: operations on registers, and bodies of combines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import KIND, Register
from symc.compiler.errors import InternalError
from symc.compiler.kernel.record import Body, Scalar
from symc.compiler.op import find

WITH_BITS = frozenset({"absolute", "cast"})
"""Operations that read and give storage-only dtypes as they are."""


def number(b: KernelBuilder, dtype: str, value: Any, lanes: int = 0) -> Register:
    """Return a constant; those of storage-only dtypes are spelled as words."""
    if KIND[dtype] != "narrow":
        return b.constant(dtype, value, lanes)
    return b.bitcast(b.constant("uint16", narrow_word(dtype, value), lanes), dtype)


def narrow_word(dtype: str, value: float) -> int:
    """Return the bits of a number as a storage-only float."""
    if dtype == "float16":
        return int(np.float16(value).view("uint16"))
    bits = int(np.float32(value).view("uint32"))
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16


class Twin(Struct, frozen=True):
    """An operation that is one of two results of an elementary function, and the other."""

    function: str
    place: int
    other: str


TWINS = {"sin": Twin("sin_and_cos", 0, "cos"), "cos": Twin("sin_and_cos", 1, "sin")}


def twin_of(scalar: Scalar, scalars: Iterable[Scalar]) -> Twin | None:
    """Return how a scalar is computed together with another one of its stage, if there is one."""
    twin = TWINS.get(scalar.op)
    if twin and any(x.op == twin.other and x.operands == scalar.operands for x in scalars):
        return twin
    return None


def apply_operation(
    b: KernelBuilder, op: str, dtype: str, attribute: Any, operands: Sequence[Register]
) -> Register:
    """Apply a pointwise operation; one of storage-only dtypes is computed in float32."""
    body = find(op).body
    if body is None:
        raise InternalError(f"operation {op} has no scalar body")
    if op not in WITH_BITS:
        operands = [b.cast(x, "float32") if x.kind == "narrow" else x for x in operands]
    result: Register = body(b, *operands, **dict(attribute))
    return b.cast(result, dtype) if KIND[dtype] == "narrow" else result


def run_body(
    b: KernelBuilder, body: Body, arguments: Sequence[Register], lanes: int
) -> list[Register]:
    """Return a body's results; at lanes > 0 it runs in each lane."""
    values: list[Register] = []
    for scalar in body.scalars:
        if scalar.op == "parameter":
            values.append(arguments[scalar.attribute])
        elif scalar.op == "constant":
            values.append(number(b, scalar.dtype, scalar.attribute, lanes))
        else:
            operands = [values[k] for k in scalar.operands]
            values.append(apply_operation(b, scalar.op, scalar.dtype, scalar.attribute, operands))
    return [values[k] for k in body.results]
