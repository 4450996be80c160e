"""Reductions: which axes, ties, NaN, zeros in products, nothing to reduce."""

import numpy as np
import pytest
from calling import call, run

from symc.compiler.errors import TypeMismatch
from symc.compiler.op import find


@pytest.mark.parametrize("axes", [(1, 0), (0, 0), (2,), (-1,)])
def test_axes_are_in_order_and_there(axes):
    with pytest.raises(TypeMismatch, match="axes"):
        run("max", np.zeros((2, 2)), axes=axes)


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_complex_numbers_have_no_order(name):
    with pytest.raises(TypeMismatch, match="no order"):
        run(name, np.array([1j]), axes=(0,))


def test_sums_are_carried_in_the_wider_dtype():
    x = np.array([1e8, 1.0, -1e8], "float32")
    wide = run("sum", x, axes=(0,), dtype="float32", acc_dtype="float64")
    assert wide.dtype == "float32"
    assert wide == 1.0


@pytest.mark.parametrize("acc_dtype", ["float64", "int64"])
def test_sums_become_integers_as_casts_do(acc_dtype):
    largest = np.iinfo("int64").max
    for number, total in ((np.nan, 0), (1e30, largest), (2.7, 5 if acc_dtype == "float64" else 4)):
        x = np.array([number, number], "float32") if number < 9 else np.array([number, 0.0])
        assert run("sum", x, axes=(0,), dtype="int64", acc_dtype=acc_dtype) == total


def test_positions_count_over_axes_in_order():
    x = np.array([[[1, 9], [9, 2]], [[0, 3], [4, 9]]])
    np.testing.assert_array_equal(run("argmax", x, axes=(1, 2)), [1, 3])
    np.testing.assert_array_equal(run("argmin", x, axes=(0, 2)), [2, 1])
    assert run("argmax", x, axes=(0, 1, 2)) == 1


def test_nan_is_the_extreme():
    x = np.array([1.0, np.nan, 3.0, np.nan])
    for name in ("max", "min"):
        assert np.isnan(run(name, x, axes=(0,)))
    for name in ("argmax", "argmin"):
        assert run(name, x, axes=(0,)) == 1


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_nothing_has_no_extreme(name):
    with pytest.raises(ValueError, match=r"zero-size|empty sequence"):
        run(name, np.zeros((3, 0)), axes=(1,))


def test_nothing_has_a_supremum():
    np.testing.assert_array_equal(run("supremum", np.zeros((2, 0)), axes=(1,)), [-np.inf] * 2)
    assert run("supremum", np.zeros((0, 0)), axes=(1,)).shape == (0,)


def test_nothing_sums_to_zero_and_multiplies_to_one():
    attributes = {"axes": (1,), "dtype": "float64", "acc_dtype": "float64"}
    np.testing.assert_array_equal(run("sum", np.zeros((2, 0)), **attributes), [0, 0])
    np.testing.assert_array_equal(run("prod", np.zeros((2, 0)), **attributes), [1, 1])
    assert run("all", np.zeros((0,), bool), axes=(0,))
    assert not run("any", np.zeros((0,), bool), axes=(0,))


def gradient(name, array, **attributes):
    """Return the cotangent of a reduction's operand for ones."""

    def build(context, x):
        y = find(name)(x, **attributes)
        g = context.constant(np.ones(()), y.type.dtype, y.type.ndim)
        return y.op.vjp(g, y, x, **attributes)[0]

    return call(build, array)


def test_gradient_of_a_product_with_zeros():
    attributes = {"axes": (1,), "dtype": "float64", "acc_dtype": "float64"}
    x = np.array([[2.0, 3.0, 4.0], [2.0, 0.0, 4.0], [0.0, 0.0, 4.0]])
    expected = [[12.0, 8.0, 6.0], [0.0, 8.0, 0.0], [0.0, 0.0, 0.0]]
    np.testing.assert_array_equal(gradient("prod", x, **attributes), expected)


def test_gradient_of_a_product_in_a_wider_dtype():
    attributes = {"axes": (1,), "dtype": "float64", "acc_dtype": "float64"}
    found = gradient("prod", np.array([[2.0, 3.0]], "float32"), **attributes)
    assert found.dtype == "float32"
    np.testing.assert_array_equal(found, [[3.0, 2.0]])


def test_every_tie_of_an_extreme_has_the_gradient():
    x = np.array([[1.0, 3.0, 3.0]])
    np.testing.assert_array_equal(gradient("max", x, axes=(1,)), [[0.0, 1.0, 1.0]])
    np.testing.assert_array_equal(gradient("argmax", x, axes=(1,)), np.zeros((1, 3)))
