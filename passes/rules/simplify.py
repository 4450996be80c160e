"""Shorter forms of the same value."""

# Holes have no types of their own, and what an operation gives is its layer's.
# mypy: disable-error-code="no-untyped-def,no-any-return"
# ruff: noqa: ANN001, ANN201, D103

from __future__ import annotations

from symc.compiler.ops.arithmetic import power, square
from symc.passes.rule import rule


@rule(exact=True)
def power_zero(x):                  return power(x, 0), 1

@rule(exact=True)
def power_one(x):                   return power(x, 1), x

@rule(exact=False)
def power_two(x):                   return power(x, 2), square(x)
