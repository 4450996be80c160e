"""Numbers that the host must know: sizes, starts and bounds, and how computed ones come to it.

The host knows, before the body of a call runs, the sizes of the arguments and what arithmetic makes
of these and of single elements of the arguments. Any other number is computed like all data, loaded
when it is there, and from then on known under the name of a `measured` leaf.
"""

from __future__ import annotations

from functools import reduce

from symc.compiler import sizes
from symc.compiler.module import walk_by
from symc.compiler.op import find
from symc.compiler.types import TensorType
from symc.compiler.value import Value

LEAVES = frozenset({"parameter", "dimension", "constant", "measured", "bounded"})
MOVES = frozenset({"dimshuffle", "broadcast", "slice"})
"""Operations of which the host can follow one element to an element of the operand."""

EXACT = frozenset({"int64", "bool"})
"""Dtypes in which the host's arithmetic is that of kernels, bit for bit."""

NUMBER = TensorType("int64")


def hosted(value: Value) -> Value:
    """Return a 0-d integer as a number of the host: itself, or over the measured leaves it needs.

    Arithmetic stays outside of the leaves, so that equal sizes are seen to be equal.
    """
    known = value.context.hosted
    for v in walk_by([value], lambda v: () if v in known else _followed(v)):
        if v not in known:
            known[v] = _form(v, known)
    form = known[value]
    if form is None:
        return value.context.measure(find("cast")(value, dtype="int64"))
    return form


def _followed(value: Value) -> tuple[Value, ...]:
    if value.op.family == "pointwise":
        return value.operands
    return value.operands[:1] if value.op.name in MOVES else ()


def _form(value: Value, known: dict[Value, Value | None]) -> Value | None:
    """Return what the host computes for a value; None where it has no way to."""
    if value.op.name in LEAVES:
        return value
    needs = _followed(value)
    forms = [known[x] for x in needs]
    if needs and all(form is x for form, x in zip(forms, needs, strict=True)):
        return value
    found = [form for form in forms if form is not None]
    if value.op.family == "pointwise" and len(found) == len(needs) and _is_exact(value):
        return _arithmetic(value, found)
    return value.context.measure(value) if value.type == NUMBER else None


def _is_exact(value: Value) -> bool:
    return value.type.ndim == 0 and all(x.type.dtype in EXACT for x in (value, *value.operands))


def _arithmetic(value: Value, operands: list[Value]) -> Value:
    context = value.context
    if value.op.name in sizes.ARITHMETIC and value.type == NUMBER:
        return context.size_value(
            reduce(sizes.ARITHMETIC[value.op.name], (x.as_size() for x in operands))
        )
    return context.make(value.op, tuple(operands), value.attributes)
