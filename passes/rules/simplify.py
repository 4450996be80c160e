"""Shorter forms of powers, bounds, signs and roundings."""

# Holes have no types of their own, and what an operation gives is its layer's.
# mypy: disable-error-code="no-untyped-def,no-any-return"
# ruff: noqa: ANN001, ANN201, D103
from __future__ import annotations

from symc.compiler.ops.arithmetic import (
    absolute,
    maximum,
    minimum,
    power,
    reciprocal,
    sign,
    sqrt,
    square,
)
from symc.compiler.ops.exponential import exp, exp2, log, log2
from symc.compiler.ops.logic import clip
from symc.compiler.types import FLOATS
from symc.compiler.value import Value
from symc.passes.algebra import Product, write_product
from symc.passes.algebra.product import CHAIN
from symc.passes.algebra.sign import is_not_negative
from symc.passes.rule import Constant, Float, Integer, on, rule

# --- powers


def _is_chain(x: Value, n: int) -> bool:
    """Tell whether a power is better written as products."""
    return 2 < abs(n) <= CHAIN and (n > 0 or x.type.dtype in FLOATS)


@rule(exact=True)
def power_zero(x):                          return power(x, 0), 1

@rule(exact=True)
def power_one(x):                           return power(x, 1), x

@rule(exact=True)
def power_of_one(x):                        return power(1, x), 1

@rule(exact=False)
def power_two(x):                           return power(x, 2), square(x)

@rule(exact=False)
def power_half(x: Float):                   return power(x, 0.5), sqrt(x)

@rule(exact=False)
def power_minus_one(x: Float):              return power(x, -1), reciprocal(x)

@rule(exact=False)
def power_minus_two(x: Float):              return power(x, -2), reciprocal(square(x))

@rule(exact=False)
def power_minus_half(x: Float):             return power(x, -0.5), reciprocal(sqrt(x))

@rule(exact=False, where=_is_chain)
def power_by_products(x, n: Integer):
    return power(x, n), lambda x, n: write_product(Product(1, {x: n}), x)

@rule(exact=True)
def square_negated(x):                      return square(-x), square(x)

@rule(exact=True)
def square_absolute(x: Float):              return square(absolute(x)), square(x)

@rule(exact=False, where=is_not_negative)
def square_sqrt(x: Float):                  return square(sqrt(x)), x

@rule(exact=False)
def sqrt_square(x: Float):                  return sqrt(square(x)), absolute(x)

@rule(exact=False, where=is_not_negative)
def exp_of_log(x: Float):                   return exp(log(x)), x

@rule(exact=False, where=is_not_negative)
def exp2_of_log2(x: Float):                 return exp2(log2(x)), x

@rule(exact=False)
def log2_of_exp2(x: Float):                 return log2(exp2(x)), x

# --- signs


@rule(exact=True)
def absolute_negated(x: Float):             return absolute(-x), absolute(x)

@rule(exact=True)
def absolute_twice(x: Float):               return absolute(absolute(x)), absolute(x)

@rule(exact=True)
def absolute_square(x: Float):              return absolute(square(x)), square(x)

@rule(exact=True)
def sign_twice(x):                          return sign(sign(x)), sign(x)

# --- bounds


@rule(exact=True)
def maximum_same(x):                        return maximum(x, x), x

@rule(exact=True)
def minimum_same(x):                        return minimum(x, x), x

@rule(exact=True)
def maximum_again(x, y):                    return maximum(maximum(x, y), y), maximum(x, y)

@rule(exact=True)
def minimum_again(x, y):                    return minimum(minimum(x, y), y), minimum(x, y)

def _ordered(c: float, d: float) -> bool:
    return c == c and d == d


@rule(exact=True, where=_ordered)
def maximum_numbers(x, c: Constant, d: Constant):
    return maximum(maximum(x, c), d), lambda x, c, d: maximum(x, max(c, d))

@rule(exact=True, where=_ordered)
def minimum_numbers(x, c: Constant, d: Constant):
    return minimum(minimum(x, c), d), lambda x, c, d: minimum(x, min(c, d))

@rule(exact=True)
def clip_twice(x, c, d):                    return clip(clip(x, c, d), c, d), clip(x, c, d)

# --- roundings

ROUNDINGS = ("floor", "ceil", "trunc", "round_half_to_even", "round_half_away_from_zero")


@on(*ROUNDINGS, exact=True)
def round_twice(value: Value) -> Value | None:
    """Round once: what is whole stays."""
    return value.operands[0] if value.operands[0].op.name in ROUNDINGS else None
