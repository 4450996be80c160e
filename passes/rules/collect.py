"""Like terms and factors become one, numbers meet: x + x, 2 * x * 3, x / x, (x + y) - y."""

# Holes have no types of their own, and what an operation gives is its layer's.
# mypy: disable-error-code="no-untyped-def,no-any-return"
# ruff: noqa: ANN001, ANN201, D103

from __future__ import annotations

from math import frexp

from symc.compiler.ops.arithmetic import negate, true_divide
from symc.compiler.value import Value
from symc.passes.algebra import Number, Product, Reading, Sum, write_product, write_sum
from symc.passes.rule import Constant, Discrete, Float, on, on_reading, rule

# What is exact matches as written; it holds in the pipelines that keep NumPy's bits, too.


@rule(exact=True)
def negate_negate(x):               return negate(negate(x)), x

@rule(exact=True)
def add_negated(x, y):              return x + -y, x - y

@rule(exact=True)
def subtract_negated(x, y):         return x - -y, x + y

@rule(exact=True)
def multiply_negated(x, y):         return -x * y, -(x * y)

@rule(exact=True)
def divide_negated(x: Float, y):    return true_divide(-x, y), -true_divide(x, y)

@rule(exact=True)
def divide_by_negated(x: Float, y): return true_divide(x, -y), -true_divide(x, y)

@rule(exact=True)
def multiply_by_one(x):             return x * 1, x

@rule(exact=True)
def multiply_by_minus_one(x):       return x * -1, -x

@rule(exact=True)
def divide_by_one(x: Float):        return true_divide(x, 1), x

@rule(exact=True, where=lambda c: abs(frexp(c)[0]) == 0.5 and 1e-4 < abs(c) < 1e4)
def divide_by_power_of_two(x: Float, c: Constant):
    return true_divide(x, c), lambda x, c: x * (1 / c)

@rule(exact=True)
def subtract_zero(x):               return x - 0, x

@rule(exact=True)
def add_zero(x: Discrete):          return x + 0, x

@rule(exact=True)
def add_minus_zero(x):              return x + -0.0, x


@on("add", "multiply", exact=True)
def single_operand(value: Value) -> Value | None:
    """Drop a sum or product of one value."""
    return value.operands[0] if len(value.operands) == 1 else None


@on_reading("add", "subtract", "negate", exact=False)
def collect_sum(reading: Reading) -> Value | None:
    """Add up the coefficients of like terms, and the numbers."""
    value = reading.value
    if value.type.dtype == "bool":
        return None
    for total in reading.sums:  # (x + y) + (x + y) is 2 * (x + y) rather than 2 * x + 2 * y
        if total.written_measure < total.measure and _is_finite(total):
            return write_sum(total, value)
    return None


def _is_finite(total: Sum) -> bool:
    numbers: list[Number] = [total.constant, *(t.coefficient for t in total.terms.values())]
    return all(abs(number) < float("inf") for number in numbers)


@on_reading("multiply", "true_divide", "reciprocal", "square", "sqrt", "power", exact=False)
def collect_product(reading: Reading) -> Value | None:
    """Add up the exponents of equal factors, and multiply the numbers."""
    value = reading.value
    if value.type.dtype == "bool":
        return None
    for product in reading.products:
        if product.written_measure < product.measure:
            return _write(product, value)
    return None


def _write(product: Product, like: Value) -> Value:
    """Write a product; a factor 0 makes all of it 0, as Theano has it."""
    if product.coefficient == 0:
        return write_product(Product(0), like)
    return write_product(product, like)
