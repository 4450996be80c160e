"""The error function, and its inverses at both ends of their domains."""

import math

import numpy as np
from calling import run

inf, nan = math.inf, math.nan


def test_erf_is_the_c_librarys():
    points = np.linspace(-6, 6, 121)
    np.testing.assert_array_equal(run("erf", points), [math.erf(x) for x in points])
    np.testing.assert_array_equal(run("erfc", points), [math.erfc(x) for x in points])
    assert run("erf", np.zeros((0, 3))).shape == (0, 3)


def test_erfinv_turns_erf_round():
    y = np.concatenate([np.linspace(-0.99, 0.99, 199), [1e-300, -1e-20, 1 - 2.0**-53]])
    np.testing.assert_allclose(run("erf", run("erfinv", y)), y, rtol=1e-15)
    ends = [0.0, 1.0, -1.0, 1.5, -2.0, nan]
    np.testing.assert_array_equal(run("erfinv", ends), [0.0, inf, -inf, nan, nan, nan])


def test_erfcinv_turns_erfc_round():
    y = np.concatenate([np.linspace(0.01, 1.99, 199), 10.0 ** -np.arange(1, 300, 13)])
    # A step of x by its last bit moves erfc(x) by 2 x x of the last bits.
    x = run("erfcinv", y)
    assert np.all(np.abs(run("erfc", x) / y - 1) < 1e-15 * (1 + 2 * x * x))
    ends = [0.0, 2.0, 1.0, -0.5, 2.5, nan]
    np.testing.assert_array_equal(run("erfcinv", ends), [inf, -inf, 0.0, nan, nan, nan])


def test_scaled_complement():
    known = {
        0.0: 1.0,
        1.0: 0.427583576155807,
        10.0: 0.05614099274382259,
        1e300: 5.641895835477563e-301,
    }
    points, values = (np.array(column) for column in zip(*known.items(), strict=True))
    np.testing.assert_allclose(run("erfcx", points), values, rtol=1e-15)
    near = np.linspace(-26, 26, 105)
    product = run("erfcx", near) * np.exp(-near * near)
    np.testing.assert_allclose(product, [math.erfc(x) for x in near], rtol=2e-13)
    sides = run("erfcx", np.array([20.0, np.nextafter(20.0, 30)]))
    np.testing.assert_allclose(sides[0], sides[1], rtol=1e-14)
    ends = run("erfcx", np.array([np.inf, -np.inf, -27.0, np.nan]))
    np.testing.assert_array_equal(ends, [0, np.inf, np.inf, np.nan])
