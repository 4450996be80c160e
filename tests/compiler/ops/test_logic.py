"""Shifts, casts, choices and bounds where they are special."""

import numpy as np
import pytest
from calling import partial, run

from symc.compiler.errors import TypeMismatch
from symc.compiler.types import INTEGERS


@pytest.mark.parametrize("dtype", INTEGERS)
def test_floats_are_kept_in_the_range_of_integers(dtype):
    ends = np.iinfo(dtype)
    x = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 2.9, -0.9, float(ends.max) + 1])
    expected = [0, ends.max, ends.min, ends.max, ends.min, 2, 0, ends.max]
    np.testing.assert_array_equal(run("cast", x, dtype=dtype), np.array(expected, dtype))
    np.testing.assert_array_equal(
        run("cast", x.astype("float32"), dtype=dtype), np.array(expected, dtype)
    )


def test_negative_floats_to_unsigned():
    np.testing.assert_array_equal(run("cast", [-3.0, -0.5], dtype="uint8"), [0, 0])


def test_integers_wrap_into_smaller_ones():
    np.testing.assert_array_equal(run("cast", np.array([300, -1]), dtype="uint8"), [44, 255])


def test_everything_but_zero_is_true():
    x = np.array([0.0, -0.0, 1e-300, np.nan, np.inf])
    np.testing.assert_array_equal(run("cast", x, dtype="bool"), [False, False, True, True, True])


@pytest.mark.parametrize(("dtype", "words"), [("float64", "lose a part"), ("float12", "no dtype")])
def test_casts_that_there_are_not(dtype, words):
    with pytest.raises(TypeMismatch, match=words):
        run("cast", np.array([1j]), dtype=dtype)


def test_partials_of_cast():
    assert partial("cast", 0, [0.5], dtype="float32") == 1
    assert partial("cast", 0, [0.5], dtype="int8") == 0
    assert partial("cast", 0, np.array([1]), dtype="float32") == 0


def test_shifts_out_of_range():
    x = np.array([5, -5, 5, -5], "int32")
    by = np.array([40, 40, -1, 31], "int32")
    np.testing.assert_array_equal(run("shift_left", x, by), [0, 0, 0, -(2**31)])
    np.testing.assert_array_equal(run("shift_right", x, by), [0, -1, 0, -1])


def test_clip_at_its_bounds():
    x, low, high = [-2.0, -1.0, 0.0, 1.0, 2.0, np.nan], [-1.0], [1.0]
    np.testing.assert_array_equal(run("clip", x, low, high), [-1, -1, 0, 1, 1, np.nan])
    np.testing.assert_array_equal(partial("clip", 0, x, low, high), [0, 1, 1, 1, 0, 0])
    np.testing.assert_array_equal(partial("clip", 1, x, low, high), [1, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(partial("clip", 2, x, low, high), [0, 0, 0, 0, 1, 0])


def test_clip_between_crossed_bounds_is_the_upper_one():
    x, low, high = [0.0, 2.0, 4.0], [3.0], [1.0]
    np.testing.assert_array_equal(run("clip", x, low, high), [1.0, 1.0, 1.0])
    for number, expected in enumerate((0.0, 0.0, 1.0)):
        np.testing.assert_array_equal(partial("clip", number, x, low, high), [expected] * 3)


def test_switch_takes_no_complex_condition():
    with pytest.raises(TypeMismatch, match="no condition"):
        run("switch", np.array([1j]), [1.0], [2.0])


def test_bits_of_floats():
    with pytest.raises(TypeMismatch, match="bool or integer"):
        run("bit_and", [1.0], [1.0])
    with pytest.raises(TypeMismatch, match="bool operands"):
        run("shift_left", np.array([True]), np.array([True]))
