"""Sums and products are read with coefficients and exponents, and written in the user's order."""

import numpy as np
import pytest

from symc.compiler.ops.arithmetic import reciprocal, sqrt, square
from symc.compiler.ops.shape import zeros_like
from symc.compiler.value import Context
from symc.passes.algebra import (
    Product,
    Reading,
    number_like,
    number_of,
    read_product,
    read_sum,
    write_product,
    write_sum,
)
from tests.passes.graphs import build

VECTOR = ("float64", 1)


def values(make, *specs):
    module = build(make, *specs)
    return [p.value for p in module.parameters], module.outputs


def test_a_sum_is_read_through_negations_and_multiples():
    (x, y), (total,) = values(lambda x, y: -(x - 3 * y) + 2 * (x + 1) - y / 2, VECTOR, VECTOR)
    read = read_sum(total)
    assert {k: t.coefficient for k, t in read.terms.items()} == {x: 1, y: 2.5}
    assert read.constant == 2


def test_a_product_is_read_through_quotients_and_roots():
    def make(x, y):
        return 6 * square(x) / (2 * y) * reciprocal(x) * -sqrt(y), (x * y) ** -2

    (x, y), (product, power) = values(make, VECTOR, VECTOR)
    read = read_product(product)
    assert (read.coefficient, read.factors) == (-3, {x: 1, y: -0.5})
    assert read_product(power).factors == {x: -2, y: -2}


def test_roots_are_not_distributed():
    _, (root,) = values(lambda x, y: sqrt(x * y), VECTOR, VECTOR)
    ((_, exponent),) = read_product(root).factors.items()
    assert exponent == 0.5


def test_terms_keep_the_users_order():
    _, (total,) = values(lambda x, y: y - x + x * y + 1 - x, VECTOR, VECTOR)
    assert write_sum(read_sum(total), total).op.name == "add"
    text = [v.op.name for v in write_sum(read_sum(total), total).operands]
    assert text == ["subtract", "multiply", "constant"]


@pytest.mark.parametrize("exponent", [1, 2, 3, 5, 16, 17, 0.5, 1.5, -1, -2.5])
def test_what_is_written_is_read_back(exponent):
    (x,), _ = values(lambda x: x, VECTOR)
    written = write_product(Product(1, {x: exponent}), x)
    read = read_product(written)
    assert read.factors == {x: exponent}
    assert read.measure == Product(1, {x: exponent}).written_measure


def test_numbers_that_overflow_or_vanish_stay_factors():
    _, (large, small) = values(lambda x: (1e200 * x * 1e200, 1e-200 * x * 1e-200), VECTOR)
    for product in (large, small):
        read = read_product(product)
        assert 0 < abs(read.coefficient) < float("inf")
        assert len(read.factors) == 2


def test_numbers_are_found_whatever_holds_them():
    context = Context()
    assert number_of(context.constant(np.full((2, 3), 1.5))) == 1.5
    assert number_of(context.constant(np.array([0.0, -0.0]))) is None
    assert number_of(context.constant(np.ones((100, 100)))) is None
    (x,), _ = values(lambda x: x, ("float32", 2))
    assert number_of(zeros_like(x)) == 0
    assert number_of(x) is None


@pytest.mark.parametrize(
    ("dtype", "number", "stored"),
    [("int8", 300, 44), ("int8", 200, -56), ("uint8", -1, 255), ("float32", 0.5, 0.5)],
)
def test_integers_wrap(dtype, number, stored):
    like = Context().constant([0], dtype)
    assert number_like(number, like).data.tolist() == [stored]


def test_what_occurs_whole_is_collected_whole():
    def make(x, y):
        s, p = x + y, x * y
        return s - (1 - s), 1 / p / p

    (x, y), (total, product) = values(make, VECTOR, VECTOR)
    _, part, whole = Reading(total).sums
    assert {t.coefficient for t in part.terms.values()} == {2}
    assert set(whole.terms) == {x, y}
    _, part, whole = Reading(product).products
    assert list(part.factors.values()) == [-2]
    assert whole.factors == {x: -2, y: -2}


def test_a_long_sum_is_read_in_part():
    def make(x):
        for _ in range(1000):
            x = x + x.context.constant([1.0]) * x
        return x

    _, (total,) = values(make, VECTOR)
    assert Reading(total).sums[-1].count < 40


def test_bools_are_neither_sums_nor_products():
    _, (either, both) = values(lambda x, y: (x + y, x * y), ("bool", 1), ("bool", 1))
    assert list(read_sum(either).terms) == [either]
    assert list(read_product(both).factors) == [both]
