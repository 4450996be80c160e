"""Sizes: one canonical form for equal expressions, and checks for what must be equal."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symc.compiler import sizes
from symc.compiler.errors import ShapeMismatch
from symc.compiler.interpret import interpret
from symc.compiler.module import Module, make_parameter
from symc.compiler.value import Context, Value


@pytest.fixture
def abc():
    """Return three open sizes of one context."""
    x = make_parameter(Context(), 0, "float64", (False,) * 3).value
    return x.type.shape


def test_sums_are_linear_forms(abc):
    a, b, c = abc
    assert sizes.add(a, b) is sizes.add(b, a)
    assert sizes.add(sizes.add(a, b), c) is sizes.add(a, sizes.add(c, b))
    assert sizes.subtract(sizes.add(a, b), b) is a
    assert sizes.subtract(a, a) == 0
    assert sizes.add(sizes.subtract(a, 3), 3) is a
    assert sizes.add(a, a) is sizes.multiply(2, a)
    assert sizes.subtract(sizes.multiply(a, 3), sizes.multiply(2, a)) is a


def test_what_is_equal_inside_of_products_is_known(abc):
    a, b, c = abc
    wide = sizes.add(sizes.multiply(a, sizes.maximum(b, 1)), 2)
    a.context.equate(b, c, "as wide")
    other = sizes.add(2, sizes.multiply(sizes.maximum(c, 1), a))
    assert sizes.implied(wide, other)
    assert not sizes.implied(wide, sizes.multiply(a, c))
    known = len(a.context.checks)
    sizes.agree(wide, other, "the same")
    assert len(a.context.checks) == known
    a.context.equate(c, 3, "known")
    assert sizes.implied(
        sizes.floor_divide(sizes.multiply(a, b), 2), sizes.floor_divide(sizes.multiply(a, 3), 2)
    )


def test_products_do_not_depend_on_their_order(abc):
    a, b, c = abc
    ways = [sizes.product(order) for order in itertools.permutations((a, b, c, 2, 3))]
    ways.append(sizes.multiply(sizes.multiply(a, 6), sizes.multiply(b, c)))
    assert len(set(ways)) == 1
    assert sizes.product(()) == 1
    assert sizes.multiply(a, 0) == 0
    assert sizes.multiply(a, 1) is a


def test_numbers_stay_numbers():
    assert sizes.add(2, 3) == 5
    assert sizes.maximum(2, 3) == 3
    assert sizes.minimum(2, 3) == 2
    assert sizes.floor_divide(-7, 2) == -4
    assert sizes.floor_divide(7, 0) == 0
    assert sizes.ceil_divide(7, 2) == 4


def test_unknown_sizes_stay_unknown():
    for function in (sizes.add, sizes.subtract, sizes.multiply, sizes.maximum, sizes.floor_divide):
        assert function(None, 3) is None
        assert function(3, None) is None
    assert not sizes.same(None, None)
    assert sizes.agree(None, 3, "") == sizes.agree(3, None, "") == 3
    assert sizes.agree(None, None, "") is None


def test_extremes_of_one_size(abc):
    a = abc[0]
    assert sizes.maximum(a, a) is a
    assert sizes.minimum(a, a) is a
    assert sizes.floor_divide(a, 1) is a


def test_equal_sizes_become_one_by_a_check(abc):
    a, b, c = abc
    context = a.context
    assert sizes.agree(a, b, "why") is a
    assert [(k.left, k.right, k.what) for k in context.checks] == [(a, b, "why")]
    assert sizes.same(a, b)
    assert not sizes.same(a, c)
    assert sizes.agree(b, a, "again") is a
    assert sizes.agree(c, 4, "number") == 4
    assert sizes.same(c, 4)
    assert len(context.checks) == 2
    assert sizes.add(b, c) is sizes.add(a, 4)


def test_what_is_known_reaches_into_sums(abc):
    a, b, c = abc
    left, right = sizes.add(sizes.multiply(a, 2), c), sizes.add(sizes.multiply(b, 2), c)
    assert not sizes.same(left, right)
    sizes.agree(a, b, "")
    assert sizes.same(left, right)
    sizes.agree(c, 5, "")
    assert sizes.same(left, sizes.add(sizes.multiply(b, 2), 5))
    assert sizes.multiply(c, a) is sizes.multiply(5, b)


def test_numbers_that_differ_are_an_error_at_once(abc):
    with pytest.raises(ShapeMismatch, match="why: 2 is not 3"):
        sizes.agree(2, 3, "why")
    sizes.agree(abc[0], 2, "")
    with pytest.raises(ShapeMismatch, match="why: 2 is not 3"):
        sizes.agree(abc[0], 3, "why")


LEAVES = st.integers(0, 5) | st.sampled_from(["a", "b", "c"])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.tuples(
        st.sampled_from(["add", "subtract", "multiply", "maximum", "minimum", "floor_divide"]),
        inner,
        inner,
    ),
    max_leaves=8,
)


@given(TREES, st.tuples(*[st.integers(0, 6)] * 3))
def test_arithmetic_is_that_of_numbers(tree, shape):
    parameter = make_parameter(Context(), 0, "float64", (False,) * 3)
    context = parameter.value.context
    symbols = dict(zip("abc", parameter.value.type.shape, strict=True))
    numbers = dict(zip("abc", shape, strict=True))

    def evaluate(node, names):
        if isinstance(node, tuple):
            return getattr(sizes, node[0])(*(evaluate(x, names) for x in node[1:]))
        return names.get(node, node)

    size = evaluate(tree, symbols)
    assert isinstance(size, int | Value)
    module = Module("f", context, (parameter,), (context.size_value(size),))
    (found,), _ = interpret(module, [np.zeros(shape)])
    assert found == evaluate(tree, numbers)
