"""The gamma functions against the C library, their own laws, and at their poles."""

import math

import numpy as np
import pytest
from calling import run

from symc.compiler.errors import NotSupported
from symc.compiler.op import find

inf, nan = math.inf, math.nan
POINTS = np.concatenate([np.linspace(-8.3, 30, 117), [1e-300, 1e-5, 100.5, 170.6, -120.4]])
LARGE = np.array([1e3, 1e10, 1e300, inf])


def test_gammaln_is_the_c_librarys():
    points = np.concatenate([POINTS, LARGE])
    expected = np.array([math.lgamma(x) for x in points])
    np.testing.assert_allclose(run("gammaln", points), expected, rtol=1e-14, atol=1e-14)
    np.testing.assert_array_equal(run("gammaln", [0.0, -1.0, -7.0, -inf, nan]), [inf] * 4 + [nan])


def test_gamma_is_the_c_librarys():
    expected = np.array([math.gamma(x) for x in POINTS])
    np.testing.assert_allclose(run("gamma", POINTS), expected, rtol=2e-14)
    ends = [0.0, -0.0, -1.0, -2.0, 172.0, 1e300, inf, -inf, nan]
    np.testing.assert_array_equal(
        run("gamma", ends), [inf, -inf, nan, nan, inf, inf, inf, nan, nan]
    )


def test_psi():
    euler = 0.5772156649015329
    known = [-euler, 1 - euler, -euler - 2 * math.log(2), 2.251752589066721, inf]
    np.testing.assert_allclose(run("psi", [1.0, 2.0, 0.5, 10.0, inf]), known, rtol=1e-14)
    np.testing.assert_array_equal(run("psi", [0.0, -0.0, -1.0, nan]), [-inf, inf, nan, nan])
    points = POINTS[np.abs(POINTS) > 1e-3]
    left, right = run("psi", points + 1), run("psi", points) + 1 / points
    np.testing.assert_allclose(left, right, rtol=1e-11, atol=1e-11)


def test_trigamma():
    known = [math.pi**2 / 6, math.pi**2 / 2, math.pi**2 / 6 - 1, 0.0]
    np.testing.assert_allclose(run("tri_gamma", [1.0, 0.5, 2.0, inf]), known, rtol=1e-14)
    points = POINTS[np.abs(POINTS) > 1e-3]
    left, right = run("tri_gamma", points + 1), run("tri_gamma", points) - 1 / points**2
    np.testing.assert_allclose(left, right, rtol=1e-11, atol=1e-11)


def test_narrow_floats_are_computed_in_wide_ones():
    points = np.array([0.3, 5.5], "float32")
    expected = np.float32([math.lgamma(float(x)) for x in points])
    np.testing.assert_array_equal(run("gammaln", points), expected)


def test_there_is_no_derivative_of_trigamma_yet():
    with pytest.raises(NotSupported, match="polygamma"):
        find("tri_gamma").partials(None, None)
