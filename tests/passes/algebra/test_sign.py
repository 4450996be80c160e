"""What is known not to be negative, and what roots become where nothing is known."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.build import build_module
from symc.passes.algebra.sign import is_not_negative

x, m = T.dvector("x"), T.dmatrix("m")


@pytest.mark.parametrize(
    "y",
    [
        *(abs(x), x**2, T.exp(x), T.sqrt(x), x * x, T.constant([0.0, 2.0]), T.nnet.sigmoid(x)),
        *((m**2).sum(axis=0), abs(x) + T.exp(x), abs(x)[::2], abs(m).T, abs(x).max() * 3.0),
    ],
)
def test_not_negative(y):
    assert is_not_negative(build_module([x, m], [y]).outputs[0])


@pytest.mark.parametrize(
    "y", [x, -abs(x), x**3, abs(x) + x, abs(x) - 1, T.constant([1.0, -1.0]), T.tanh(x), T.log(x)]
)
def test_nothing_known(y):
    assert not is_not_negative(build_module([x], [y]).outputs[0])


def test_long_expressions_end():
    total = abs(x)
    for k in range(300):
        total = total + abs(x * k)
    assert not is_not_negative(build_module([x], [total]).outputs[0])


ROOTS = {
    "square": lambda y: T.sqrt(y) ** 2,
    "product": lambda y: T.sqrt(y) * T.sqrt(y),
    "halves": lambda y: y**0.5 * 3.0 * y**0.5 / 3.0,
    "quotient": lambda y: y / (T.sqrt(y) * T.sqrt(y)) * y,
    "log": lambda y: T.exp(T.log(y)),
    "log1p": lambda y: T.expm1(T.log1p(y - 1)) + 1,
}


@pytest.mark.parametrize("name", ROOTS)
def test_roots_of_negative_numbers_stay_nan(name):
    f = symc.function([x], ROOTS[name](x), mode="FAST_RUN")
    np.testing.assert_allclose(f([-2.0, 4.0]), [np.nan, 4.0], rtol=1e-12)


@pytest.mark.parametrize("name", ["square", "product", "log"])
def test_roots_of_squares_vanish(name):
    f = symc.function([m], ROOTS[name]((m**2).sum(axis=0)), mode="FAST_RUN")
    text = symc.printing.debugprint(f, file="str")
    assert "sqrt" not in text
    assert "log" not in text
    np.testing.assert_allclose(f([[3.0], [4.0]]), [25.0])
