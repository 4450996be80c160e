"""Choices, comparisons and bools: branches never taken, and conditions known or turned over."""

# Holes have no types of their own, and what an operation gives is its layer's.
# mypy: disable-error-code="no-untyped-def,no-any-return"
# ruff: noqa: ANN001, ANN201, D103
from __future__ import annotations

from symc.compiler.op import find
from symc.compiler.ops.comparison import equal, greater, less, not_equal
from symc.compiler.ops.logic import bit_and, bit_not, bit_or, bit_xor, switch
from symc.compiler.types import DISCRETE
from symc.compiler.value import Value
from symc.passes.algebra import number_of
from symc.passes.rule import Discrete, on, rule

# --- switch


@rule(exact=True)
def switch_same(c, x):              return switch(c, x, x), x

@rule(exact=True)
def switch_not(c, x, y):            return switch(bit_not(c), x, y), switch(c, y, x)

@rule(exact=True)
def switch_first(c, x, y, z):       return switch(c, switch(c, x, y), z), switch(c, x, z)

@rule(exact=True)
def switch_second(c, x, y, z):      return switch(c, x, switch(c, y, z)), switch(c, x, z)


@on("switch", exact=True)
def switch_known(value: Value) -> Value | None:
    """Take the branch of a condition that is a constant."""
    c, x, y = value.operands
    known = number_of(c)
    return None if known is None else x if known else y


# --- comparisons


@rule(exact=True)
def equal_same(x: Discrete):        return equal(x, x), 1

@rule(exact=True)
def not_equal_same(x: Discrete):    return not_equal(x, x), 0

@rule(exact=True)
def less_same(x):                   return less(x, x), 0

@rule(exact=True)
def greater_same(x):                return greater(x, x), 0

@rule(exact=True)
def not_equal_zero(x):              return not_equal(x, 0), lambda x: _bool(x)

@rule(exact=True)
def equal_one(x):                   return equal(x, 1), lambda x: _bool(x)

@rule(exact=True)
def equal_zero(x):                  return equal(x, 0), lambda x: _turned(_bool(x))


def _bool(x: Value) -> Value | None:
    """Return the bool that a number was cast from."""
    inner = x.operands[0] if x.op.name == "cast" else x
    return inner if inner.type.dtype == "bool" else None


def _turned(x: Value | None) -> Value | None:
    return None if x is None else bit_not(x)


@on("isnan", "isinf", "isfinite", exact=True)
def test_of_discrete(value: Value) -> Value | None:
    """Answer for integers and bools, which are finite."""
    x = value.operands[0]
    if x.type.dtype not in DISCRETE:
        return None
    return value.context.constant(value.op.name == "isfinite", "bool", x.type.ndim)


# --- bools

OPPOSITE = {"equal": "not_equal", "not_equal": "equal"}
"""Comparisons that are each other's negation, even of NaN."""

OF_DISCRETE = {
    "less": "greater_equal",
    "less_equal": "greater",
    "greater": "less_equal",
    "greater_equal": "less",
}
"""Comparisons that are each other's negation where there is no NaN."""


@rule(exact=True)
def not_twice(x):                   return bit_not(bit_not(x)), x

@rule(exact=True)
def and_same(x):                    return bit_and(x, x), x

@rule(exact=True)
def or_same(x):                     return bit_or(x, x), x

@rule(exact=True)
def xor_same(x):                    return bit_xor(x, x), 0


@on("bit_not", exact=True)
def not_of_comparison(value: Value) -> Value | None:
    """Ask the opposite question."""
    inner = value.operands[0]
    opposite = OPPOSITE.get(inner.op.name)
    if opposite is None and inner.operands and inner.operands[0].type.dtype in DISCRETE:
        opposite = OF_DISCRETE.get(inner.op.name)
    if opposite is None:
        return None
    return find(opposite)(*inner.operands)


@on("bit_and", "bit_or", "bit_xor", exact=True)
def logic_of_known(value: Value) -> Value | None:
    """Drop a bool that is known."""
    if value.type.dtype != "bool":
        return None
    for known, other in (value.operands, value.operands[::-1]):
        truth = number_of(known)
        if truth is not None:
            return _decided(value.op.name, bool(truth), known, other)
    return None


def _decided(name: str, truth: bool, known: Value, other: Value) -> Value:
    if name == "bit_xor":
        return bit_not(other) if truth else other
    decides = truth is (name == "bit_or")  # true or x, false and x
    return known if decides else other
