"""Fills the holes of forms with values that fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Formatter

from operations import attributes_of

import symc.tensor as T
from symc.compiler.errors import TypeMismatch
from symc.compiler.families import operand_count
from symc.compiler.op import Op
from symc.compiler.types import DTYPES

from .forms import FITS, INSIDE, MORE, OWN, POINTWISE
from .grow import Grower

REAL = [d for d in DTYPES if not d.startswith("complex")]


def filled(g: Grower, form: str) -> str | None:
    """Return a form with values in its holes; None where nothing fits."""
    known: dict[str, str | int] = {}
    for hole in _holes(form):
        if hole in known:
            continue
        value = _fitting(g, re.sub(r"\d", "", hole), str(next(iter(known.values()), "")))
        if value is None:
            return None
        known[hole] = value
    return form.format(**known)


def _holes(form: str) -> Iterator[str]:
    for _, hole, _, _ in Formatter().parse(form):
        if hole:
            yield re.split(r"\W", hole)[0]


def _fitting(g: Grower, kind: str, first: str) -> str | int | None:
    """Return what fits a hole; some holes depend on the value in the form's first hole."""
    if kind == "mate":
        return g.mate(first) if first else g.pick()
    if kind == "alike":
        shape = g.arrays[first].shape
        return g.pick(lambda a: a.shape == shape and a.dtype.kind != "b")
    if kind == "axis":
        return g.random.randrange(g.arrays[first].ndim or 1)
    if kind == "one":
        return g.random.randrange(2)
    return g.pick(FITS[kind])


def form(g: Grower) -> str | None:
    """Return any form, filled."""
    return filled(g, g.choice(g.choice((MORE, MORE, *OWN.values()))))


def spelled(op: Op) -> str:
    """Return how a user calls an operation."""
    return f"T.{op.name}" if callable(getattr(T, op.name, None)) else f"find({op.name!r})"


def takes(op: Op, dtype: str, count: int) -> bool:
    """Tell whether an operation has a meaning for operands of one dtype."""
    try:
        op.promote((dtype,) * count, attributes_of(op))
    except TypeMismatch:
        return False
    return True


def applied(g: Grower, op: Op) -> str | None:
    """Return a pointwise operation of values that broadcast."""
    count = operand_count(op.body) or g.choice((2, 2, 3))
    x = g.pick(lambda a: takes(op, str(a.dtype), count))
    if x is None:
        return None
    if op.name == "cast":
        return f"T.cast({x}, {g.choice(REAL)!r})"
    operands = [x, *(g.mate(x) for _ in range(count - 1))]
    g.random.shuffle(operands)
    known = [f"{name}={value!r}" for name, value in attributes_of(op).items()]
    return f"{spelled(op)}({', '.join(operands + known)})"


def named(g: Grower, name: str, turn: int = 0) -> str | None:
    """Return a line that makes an operation, the plain way first and others in turn."""
    forms = OWN.get(name) or ((INSIDE[name],) if name in INSIDE else ())
    if forms and not (name in INSIDE and turn == 2):
        return filled(g, forms[turn % len(forms)])
    return applied(g, next(op for op in POINTWISE if op.name == name))
