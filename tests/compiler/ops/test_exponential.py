"""Sigmoids at both ends, where careless forms overflow or cancel."""

import numpy as np
import pytest
from calling import partial, run

x = np.array([-np.inf, -800.0, -40.0, 0.0, 40.0, 800.0, np.inf])


def test_sigmoid_neither_overflows_nor_cancels():
    with np.errstate(under="ignore"):
        expected = [0.0, 0.0, np.exp(-40.0), 0.5, 1.0, 1.0, 1.0]
    np.testing.assert_allclose(run("sigmoid", x), expected, rtol=1e-15, atol=0)


def test_softplus_neither_overflows_nor_cancels():
    expected = [0.0, 0.0, np.exp(-40.0), np.log(2), 40.0, 800.0, np.inf]
    np.testing.assert_allclose(run("softplus", x), expected, rtol=1e-15, atol=0)


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "hard_sigmoid", "ultra_fast_sigmoid"])
def test_nan_stays(name):
    assert np.isnan(run(name, [np.nan]))


@pytest.mark.parametrize(("name", "error"), [("hard_sigmoid", 0.09), ("ultra_fast_sigmoid", 0.03)])
def test_cheap_sigmoids_are_near(name, error):
    points = np.linspace(-10, 10, 1001)
    difference = np.abs(run(name, points) - run("sigmoid", points))
    assert error / 3 < difference.max() < error


def test_ultra_fast_sigmoid_is_even_about_its_middle():
    points = np.linspace(0, 10, 101)
    up, down = run("ultra_fast_sigmoid", points), run("ultra_fast_sigmoid", -points)
    np.testing.assert_allclose(up + down, 1.0, rtol=1e-15)


def test_partials_at_the_ends():
    np.testing.assert_array_equal(partial("sigmoid", 0, x)[[0, 1, 5, 6]], [0.0] * 4)
    np.testing.assert_array_equal(partial("softplus", 0, x)[[0, 3, 6]], [0.0, 0.5, 1.0])
    assert partial("expm1", 0, [-50.0]) == np.exp(-50.0)
