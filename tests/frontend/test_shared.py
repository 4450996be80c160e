"""Shared variables: values in and out, what they take, and what shares a container."""

import copy
import pickle

import numpy as np
import pytest

import symc
import symc.tensor as T


def test_types_of_values():
    assert symc.shared(3.0).type == T.dscalar
    assert symc.shared(3).type == T.lscalar
    assert symc.shared(True).type == T.TensorType("bool", ())
    assert symc.shared(np.float32(3)).type == T.fscalar
    assert symc.shared(np.zeros((1, 3))).type == T.dmatrix
    made = symc.shared(np.zeros((1, 3)), broadcastable=(True, False))
    assert made.type == T.drow


def test_get_value_copies():
    w = symc.shared(np.ones(3), "w")
    w.get_value()[:] = 7
    assert w.get_value().tolist() == [1, 1, 1]
    w.get_value(borrow=True)[:] = 7
    assert w.get_value().tolist() == [7, 7, 7]


def test_set_value_copies_unless_borrowed():
    array = np.ones(3)
    w = symc.shared(array)
    array[:] = 5
    assert w.get_value().tolist() == [1, 1, 1]
    w.set_value(array)
    array[:] = 6
    assert w.get_value().tolist() == [5, 5, 5]
    w.set_value(array, borrow=True)
    array[:] = 7
    assert w.get_value().tolist() == [7, 7, 7]


def test_a_borrowed_first_value():
    array = np.ones(3)
    w = symc.shared(array, borrow=True)
    array[0] = 9
    assert w.get_value().tolist() == [9, 1, 1]


def test_arrays_of_another_order_are_copied():
    array = np.arange(6.0).reshape(2, 3).T
    w = symc.shared(array, borrow=True)
    assert np.array_equal(w.get_value(), array)
    w.set_value(array[::-1], borrow=True)
    assert np.array_equal(w.get_value(), array[::-1])


def test_a_read_only_array_is_copied():
    array = np.ones(2)
    array.setflags(write=False)
    w = symc.shared(array, borrow=True)
    symc.function([], updates={w: w + 1})()
    assert w.get_value().tolist() == [2, 2]
    assert array.tolist() == [1, 1]


def test_sizes_are_free():
    w = symc.shared(np.zeros(2))
    total = symc.function([], w.sum())
    w.set_value(np.ones(5))
    assert total() == 5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.zeros((2, 2), "float32"), "it has 2 dimensions, not 1"),
        (np.zeros(2), "float64 to float32 could lose precision"),
        (["a"], "no array of numbers"),
        (T.fvector(), "it is symbolic"),
    ],
)
def test_what_does_not_fit(value, text):
    w = symc.shared(np.zeros(2, "float32"), "w")
    with pytest.raises(TypeError, match=text) as caught:
        w.set_value(value)
    assert "does not fit w" in str(caught.value)
    assert "expected: float32 vector" in str(caught.value)
    assert w.get_value().tolist() == [0, 0]


def test_a_broadcast_dimension_stays_1():
    w = symc.shared(np.zeros((1, 3)), broadcastable=(True, False))
    with pytest.raises(TypeError, match="dimension 0 broadcasts, so its size is 1, not 2"):
        w.set_value(np.zeros((2, 3)))


def test_strict_and_downcast():
    strict = symc.shared(np.zeros(2, "float32"), strict=True)
    with pytest.raises(TypeError, match="strict"):
        strict.set_value(np.zeros(2, "float64"))
    loose = symc.shared(np.zeros(2, "float32"), allow_downcast=True)
    loose.set_value(np.full(2, 0.1))
    assert loose.get_value()[0] == np.float32(0.1)


@pytest.mark.parametrize("value", [[1, 2], T.dvector(), "text"])
def test_values_that_are_refused(value):
    with pytest.raises(TypeError):
        symc.shared(value)


def test_other_targets_are_refused():
    with pytest.raises(NotImplementedError, match="target"):
        symc.shared(1.0, target="cuda")


def test_clones_share_the_state():
    w = symc.shared(1.0, "w")
    other = w.clone()
    assert other is not w
    other.set_value(5.0)
    assert w.get_value() == 5
    f = symc.function([], w + other, updates={other: other + 1})
    assert f() == 10
    assert w.get_value() == 6
    assert len(f.get_shared()) == 1


def test_copies_have_a_state_of_their_own_and_share_it_among_them():
    w = symc.shared(np.ones(2), "w")
    total, twin = copy.deepcopy((w.sum(), w))
    twin.set_value(np.full(2, 5.0))
    assert total.eval() == 10
    assert w.get_value().tolist() == [1, 1]


def test_pickles_share_the_state():
    w = symc.shared(np.ones(2), "w")
    again, total, twin = pickle.loads(pickle.dumps((w, w.sum(), w.clone())))
    again.set_value(np.full(2, 4.0))
    assert total.eval() == 8
    assert twin.get_value().tolist() == [4, 4]
    assert again.name == "w"


def test_zero():
    w = symc.shared(np.ones(2))
    w.zero()
    assert w.get_value().tolist() == [0, 0]


def test_a_state_of_no_elements():
    w = symc.shared(np.zeros((0, 3)))
    assert symc.function([], w.sum(), updates={w: w + 1})() == 0
    assert w.get_value().shape == (0, 3)
