"""Rules in reals for what moves, sums and multiplies arrays of complex numbers."""

from __future__ import annotations

from typing import Any

from symc.compiler.op import find
from symc.compiler.ops.comparison import not_equal
from symc.compiler.ops.complex import prod_imag, prod_real
from symc.compiler.ops.reduction import sum_
from symc.compiler.types import PART
from symc.compiler.value import Value
from symc.passes.split.arithmetic import Rule
from symc.passes.split.parts import Parts


def _attributes(value: Value) -> dict[str, Any]:
    return dict(value.attributes)


def dimshuffled(value: Value, x: Parts) -> Parts:
    """Move axes; the parts stay along the last one."""
    order, last = value.attribute("order"), value.operands[0].type.ndim
    return x.moved(
        lambda v: value.op(v, order=order),
        lambda v: value.op(v, order=(*order, last)),
    )


def resized(value: Value, x: Parts, *shape: Value) -> Parts:
    """Broadcast or reshape."""
    two = value.context.size_value(2)
    return x.moved(lambda v: value.op(v, *shape), lambda v: value.op(v, *shape, two))


def sliced(value: Value, x: Parts, *bounds: Value) -> Parts:
    """Read a region."""
    steps, together = value.attribute("steps"), _with_both_parts(value, bounds)
    return x.moved(
        lambda v: value.op(v, *bounds, steps=steps),
        lambda v: value.op(v, *together, steps=(*steps, 1)),
    )


def placed(value: Value, x: Parts, *bounds: Value) -> Parts:
    """Put into zeros: both forms at once, as it is mostly added to a state that lies."""
    steps, together = value.attribute("steps"), _with_both_parts(value, bounds)
    re, im = (value.op(v, *bounds, steps=steps) for v in x.pair)
    return Parts((re, im), value.op(x.pairs, *together, steps=(*steps, 1)))


def _with_both_parts(value: Value, bounds: tuple[Value, ...]) -> tuple[Value, ...]:
    """Extend starts, and sizes, to the dimension of the parts."""
    middle, number = len(bounds) // 2, value.context.size_value
    return *bounds[:middle], number(0), *bounds[middle:], number(2)


def joined(value: Value, *xs: Parts) -> Parts:
    """Join along an axis."""
    axis = value.attribute("axis")
    if all(x.lies for x in xs):
        return Parts(None, value.op(*(x.pairs for x in xs), axis=axis))
    return Parts(
        (value.op(*(x.re for x in xs), axis=axis), value.op(*(x.im for x in xs), axis=axis))
    )


def gathered(value: Value, x: Parts, *indices: Value) -> Parts:
    """Read at index arrays; what lies in memory is not taken apart for it."""
    return x.moved(*(lambda v: value.op(v, *indices),) * 2)


def scattered(value: Value, x: Parts, y: Parts, *indices: Value) -> Parts:
    """Add to, or replace, what index arrays name."""
    if x.lies:
        return Parts(None, value.op(x.pairs, y.pairs, *indices))
    return Parts((value.op(x.re, y.re, *indices), value.op(x.im, y.im, *indices)))


def summed(value: Value, x: Parts) -> Parts:
    """Sum each part."""
    attributes = _in_parts(value)
    return Parts((sum_(x.re, **attributes), sum_(x.im, **attributes)), is_real=x.is_real)


def added_up(value: Value, x: Parts) -> Parts:
    """Add up along an axis, forwards or backwards."""
    return x.moved(*(lambda v: value.op(v, **_attributes(value)),) * 2)


def multiplied_over(value: Value, x: Parts) -> Parts:
    """Multiply over axes: each part of a product needs both of what it is made of."""
    attributes = _in_parts(value)
    return Parts((prod_real(*x.pair, **attributes), prod_imag(*x.pair, **attributes)))


def _in_parts(value: Value) -> dict[str, Any]:
    attributes = _attributes(value)
    return {k: PART[v] if k in ("dtype", "acc_dtype") else v for k, v in attributes.items()}


def contracted(value: Value, x: Parts, y: Parts) -> Parts:
    """Multiply matrices: by four real products, or two where one side is real."""
    dot = value.op
    if x.is_real:
        return Parts((dot(x.re, y.re), dot(x.re, y.im)))
    if y.is_real:
        return Parts((dot(x.re, y.re), dot(x.im, y.re)))
    return Parts((dot(x.re, y.re) - dot(x.im, y.im), dot(x.re, y.im) + dot(x.im, y.re)))


def truth(value: Value, x: Parts) -> Value:
    """Ask whether elements differ from 0."""
    some = find("bit_or")(not_equal(x.re, 0), not_equal(x.im, 0))
    return value.op(some, **_attributes(value))  # type: ignore[no-any-return]


RULES: dict[str, Rule] = {
    "dimshuffle": dimshuffled,
    "broadcast": resized,
    "reshape": resized,
    "slice": sliced,
    "place": placed,
    "concatenate": joined,
    "gather": gathered,
    "scatter_add": scattered,
    "scatter_set": scattered,
    "sum": summed,
    "cumsum": added_up,
    "prod": multiplied_over,
    "dot": contracted,
    "batched_dot": contracted,
    "all": truth,
    "any": truth,
    "block_gradient": lambda value, x: x,
    # What is split already stays as it is.
    "parts": lambda value, x: x.pairs,
    "whole": lambda value, pairs: Parts(None, pairs),
}
