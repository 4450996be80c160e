"""Roundings at halves, at the edge of a half, and beyond all fractions."""

import numpy as np
import pytest
from calling import run

from symc.compiler.errors import TypeMismatch

x = np.array([0.5, 1.5, 2.5, -0.5, -2.5, 0.49999999999999994, 4503599627370497.5, np.inf, -0.2])


def test_halves_to_even():
    expected = [0.0, 2.0, 2.0, -0.0, -2.0, 0.0, 4503599627370498.0, np.inf, -0.0]
    np.testing.assert_array_equal(run("round_half_to_even", x), expected)


def test_halves_away_from_zero():
    expected = [1.0, 2.0, 3.0, -1.0, -3.0, 0.0, 4503599627370498.0, np.inf, -0.0]
    got = run("round_half_away_from_zero", x)
    np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(np.signbit(got), np.signbit(expected))


@pytest.mark.parametrize("name", ["round_half_to_even", "round_half_away_from_zero"])
def test_integers_are_not_rounded(name):
    with pytest.raises(TypeMismatch, match="needs floats"):
        run(name, np.array([1]))
