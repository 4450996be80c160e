"""Gather and scatter: repeats, negative places, bounds, and what is refused."""

import numpy as np
import pytest
from calling import run

from symc.compiler.errors import ShapeMismatch, TypeMismatch

matrix = np.arange(6.0).reshape(3, 2)


def test_repeats_add_up():
    places = np.array([0, 2, 0, -1])
    got = run("scatter_add", np.zeros(3), np.array([1.0, 2.0, 3.0, 4.0]), places)
    np.testing.assert_array_equal(got, [4.0, 0.0, 6.0])


def test_one_row_is_added_everywhere():
    got = run("scatter_add", np.zeros((3, 2)), np.array([[1.0, 2.0]]), np.array([0, 0, 1]))
    np.testing.assert_array_equal(got, [[2.0, 4.0], [1.0, 2.0], [0.0, 0.0]])


@pytest.mark.parametrize("place", [3, -4])
def test_places_outside_are_errors(place):
    with pytest.raises(IndexError, match="out of bounds"):
        run("gather", matrix, np.array([place]))
    with pytest.raises(IndexError, match="out of bounds"):
        run("scatter_add", matrix, np.zeros((1, 2)), np.array([place]))


def test_what_is_added_does_not_stretch_the_places():
    with pytest.raises(ShapeMismatch, match="sizes of dimension 0 differ"):
        run("scatter_add", np.zeros(3), np.zeros(2), np.array([0]))


def test_operands_that_do_not_fit():
    with pytest.raises(TypeMismatch, match="index arrays are integers"):
        run("gather", matrix, np.array([0.0]))
    with pytest.raises(TypeMismatch, match="index arrays are of one rank"):
        run("gather", matrix, np.array([0]), np.array([[0]]))
    with pytest.raises(TypeMismatch, match="3 indices for"):
        run("gather", matrix, *[np.array([0])] * 3)
    with pytest.raises(TypeMismatch, match="does not fit"):
        run("scatter_add", matrix, np.zeros((1, 2), "float32"), np.array([0]))
