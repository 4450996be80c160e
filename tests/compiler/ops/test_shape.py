"""What operations that move elements refuse, and the checks that they ask for."""

import numpy as np
import pytest
from calling import call, run

from symc.compiler.errors import ShapeMismatch, TypeMismatch
from symc.compiler.op import find
from symc.compiler.ops.shape import check_index


def numbers(context, *values):
    return [context.constant(v, "int64") for v in values]


@pytest.mark.parametrize("order", [(0, 0), (2,), (0, "y"), (-1, 0)])
def test_dimshuffle_names_axes_once(order):
    with pytest.raises(TypeMismatch, match="does not name the axes"):
        run("dimshuffle", np.zeros((2, 3)), order=order)


def test_only_axes_of_size_1_are_dropped():
    with pytest.raises(ShapeMismatch, match="dropped dimension 1 is not of size 1"):
        run("dimshuffle", np.zeros((2, 3)), order=(0,))


def test_broadcast_stretches_only_known_ones():
    with pytest.raises(ShapeMismatch, match="size of dimension 0"):
        call(lambda c, x: find("broadcast")(x, *numbers(c, 4)), np.zeros(2))
    with pytest.raises(TypeMismatch, match="has not the 2 dimensions"):
        call(lambda c, x: find("broadcast")(x, *numbers(c, 4, 4)), np.zeros(2))


def test_sizes_are_whole_numbers():
    with pytest.raises(TypeMismatch, match="a size is a 0-d integer"):
        call(lambda c, x: find("reshape")(x, c.constant(2.0)), np.zeros(2))
    with pytest.raises(TypeMismatch, match="a size is a 0-d integer"):
        call(lambda c, x: find("arange")(x), np.zeros(2, "int64"))


def test_reshape_keeps_the_number_of_elements():
    def build(context, x):
        return find("reshape")(x, *numbers(context, 2, 3))

    assert call(build, np.zeros((3, 2))).shape == (2, 3)
    with pytest.raises(ShapeMismatch, match="number of elements differs: 4 is not 6"):
        call(build, np.zeros((2, 2)))


def test_joined_arrays_agree_but_for_the_axis():
    with pytest.raises(ShapeMismatch, match="sizes of dimension 0 differ"):
        run("concatenate", np.zeros((2, 3)), np.zeros((3, 3)), axis=1)
    with pytest.raises(TypeMismatch, match="differ in rank or dtype"):
        run("concatenate", np.zeros(2), np.zeros(2, "float32"), axis=0)
    with pytest.raises(TypeMismatch, match="has no axis 1"):
        run("concatenate", np.zeros(2), np.zeros(2), axis=1)


@pytest.mark.parametrize(
    ("start", "length", "step"), [(0, 3, 2), (-1, 1, 1), (3, 5, -1), (4, 1, 1)]
)
def test_regions_stay_inside(start, length, step):
    with pytest.raises(IndexError, match="leaves the size 4"):
        call(lambda c, x: find("slice")(x, *numbers(c, start, length), steps=(step,)), np.zeros(4))


def test_place_is_the_inverse_of_slice():
    def build(context, x):
        part = find("slice")(x, *numbers(context, 4, 2), steps=(-2,))
        return find("place")(part, *numbers(context, 4, 5), steps=(-2,))

    np.testing.assert_array_equal(call(build, np.arange(1.0, 6.0)), [0, 0, 3, 0, 5])


def test_slice_takes_two_bounds_a_dimension():
    with pytest.raises(TypeMismatch, match="3 bounds"):
        call(lambda c, x: find("slice")(x, *numbers(c, 0, 0, 1), steps=(1,)), np.zeros(2))


@pytest.mark.parametrize(("index", "place"), [(0, 0), (2, 2), (-1, 2), (-3, 0)])
def test_bounded_counts_from_the_front(index, place):
    length = np.zeros(3)
    assert call(lambda c, i, x: check_index(i, x.type.shape[0]), np.array(index), length) == place


@pytest.mark.parametrize("index", [3, -4])
def test_bounded_fails_outside(index):
    with pytest.raises(IndexError, match=f"index {index} is out of bounds for size 3"):
        call(lambda c, i, x: check_index(i, x.type.shape[0]), np.array(index), np.zeros(3))
