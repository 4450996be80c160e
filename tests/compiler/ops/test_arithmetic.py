"""Arithmetic where it is special: zeros, ends of integers, ties, NaN."""

import numpy as np
import pytest
from calling import partial, run

from symc.compiler.errors import TypeMismatch
from symc.compiler.types import INTEGERS

nan, inf = np.nan, np.inf


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_division_is_total(dtype):
    least, greatest = np.iinfo(dtype).min, np.iinfo(dtype).max
    x = np.array([7, least, greatest, 0, 5], dtype)
    zero = np.zeros(5, dtype)
    np.testing.assert_array_equal(run("floor_divide", x, zero), zero)
    np.testing.assert_array_equal(run("remainder", x, zero), zero)
    if least < 0:
        minus = np.full(5, -1, dtype)
        assert run("floor_divide", x, minus)[1] == least
        assert not run("remainder", x, minus).any()


def test_floats_divide_as_ieee():
    np.testing.assert_array_equal(
        run("true_divide", [1.0, -1.0, 0.0], [0.0, 0.0, 0.0]), [inf, -inf, nan]
    )
    np.testing.assert_array_equal(
        run("remainder", [-5.0, 5.0, 1.0], [3.0, -3.0, 0.0]), [1.0, -1.0, nan]
    )


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_powers(dtype):
    base, exponent = np.array([2, 3, 0, 0, 1], dtype), np.array([5, 4, 0, 3, 100], dtype)
    np.testing.assert_array_equal(run("power", base, exponent), np.array([32, 81, 1, 0, 1], dtype))
    if np.iinfo(dtype).min < 0:
        base, exponent = np.array([2, -1, -1, 1, 0], dtype), np.array([-1, -3, -4, -2, -1], dtype)
        np.testing.assert_array_equal(run("power", base, exponent), [0, -1, 1, 1, 0])


def test_integer_powers_wrap():
    expected = [(3**k) % 256 for k in range(20)]
    got = run("power", np.full(20, 3, "uint8"), np.arange(20, dtype="uint8"))
    np.testing.assert_array_equal(got, expected)


def test_partials_of_power_at_zero():
    at = [0.0, 0.0, 0.0, 2.0], [2.0, 1.0, 0.0, 0.0]
    np.testing.assert_array_equal(partial("power", 0, *at), [0.0, 1.0, 0.0, 0.0])
    np.testing.assert_allclose(
        partial("power", 1, *at)[[0, 1, 3]], [0.0, 0.0, np.log(2)], rtol=1e-15
    )


def test_a_tie_goes_to_the_first_operand():
    x, y = [1.0, 2.0, 3.0], [2.0, 2.0, 2.0]
    for name, expected in (("maximum", [0.0, 1.0, 1.0]), ("minimum", [1.0, 1.0, 0.0])):
        np.testing.assert_array_equal(partial(name, 0, x, y), expected)
        np.testing.assert_array_equal(partial(name, 1, x, y), 1 - np.array(expected))


def test_extremes_keep_nan():
    for name in ("maximum", "minimum"):
        np.testing.assert_array_equal(run(name, [nan, 1.0], [1.0, nan]), [nan, nan])


def test_signs():
    np.testing.assert_array_equal(run("sign", [-2.0, -0.0, 3.0, nan, -inf]), [-1, 0, 1, nan, -1])
    np.testing.assert_array_equal(run("sign", np.array([0, 7], "uint8")), [0, 1])


def test_magnitudes_of_complex_numbers_are_real():
    result = run("absolute", np.array([3 + 4j], "complex64"))
    assert result.dtype == "float32"
    assert result == 5


@pytest.mark.parametrize("name", ["subtract", "negate", "floor_divide", "remainder", "sign"])
def test_bool_is_no_number(name):
    x = np.array([True])
    operands = [x] if name in ("negate", "sign") else [x, x]
    with pytest.raises(TypeMismatch, match=f"{name}: bool operands"):
        run(name, *operands)


@pytest.mark.parametrize("name", ["maximum", "minimum", "floor_divide", "remainder", "less"])
def test_complex_numbers_have_no_order(name):
    x = np.array([1j])
    with pytest.raises(TypeMismatch, match=f"{name}: complex"):
        run(name, x, x)


def test_integers_divide_in_the_dtype_asked_for():
    from symc.compiler.op import find

    promote = find("true_divide").promote
    assert promote(("int8", "bool"), {}) == (("float64", "float64"), "float64")
    assert promote(("int8", "int8"), {"dtype": "float32"})[1] == "float32"
    assert promote(("float32", "float32"), {})[1] == "float32"
