"""A container holds the storage of a shared variable, and calls change it whole or not at all."""

import weakref

import numpy as np
import pytest
from entries import Library, Refused, descent, float64

from symc.runtime import Container


def read_only() -> np.ndarray:
    array = np.zeros(3)
    array.flags.writeable = False
    return array


def test_get_and_set_do_not_copy():
    first, second = np.zeros(3), np.ones(5)
    container = Container(first)
    assert container.get() is first
    container.set(second)
    assert container.get() is second
    copy = container.copy()
    assert copy.tolist() == second.tolist()
    assert not np.shares_memory(copy, second)


@pytest.mark.parametrize(
    "array",
    [
        [1.0],
        np.ones(4)[::2],
        np.ones((2, 2), order="F"),
        np.ones(2, ">f8"),
        np.array([None]),
        np.frombuffer(bytearray(17), "float64", 2, offset=1),
        np.ma.masked_array([1.0]),
        read_only(),
    ],
    ids=str,
)
def test_unusable_arrays(array: object):
    with pytest.raises(TypeError, match="a container holds"):
        Container(array)
    with pytest.raises(TypeError, match="a container holds"):
        Container(np.zeros(3)).set(array)


@pytest.mark.parametrize("array", [np.zeros((3, 1)), np.zeros(3, "float32")], ids=str)
def test_dtype_and_rank_stay(array: np.ndarray):
    with pytest.raises(TypeError, match="dtype and rank are float64 and 1, not"):
        Container(np.zeros(3)).set(array)


def test_containers_are_weakly_referable():
    container = Container(np.zeros(3))
    seen = weakref.ref(container)
    assert seen() is container
    del container
    assert seen() is None


@pytest.mark.parametrize("size", [0, 3, 100_000])
def test_update_in_place(library: Library, size: int):
    w = Container(np.full(size, 3.0))
    storage = w.get()
    step = descent(library, w)
    assert step(np.ones(size)).tolist() == [3.0] * size
    assert step(np.ones(size)).tolist() == [2.0] * size
    assert w.get() is storage
    assert storage.tolist() == [1.0] * size


def test_a_new_shape_is_seen(library: Library):
    w = Container(np.zeros(3))
    step = descent(library, w)
    w.set(np.zeros(2))
    assert step(np.ones(2)).tolist() == [0.0, 0.0]
    with pytest.raises(Refused) as caught:
        step(np.ones(3))
    assert caught.value.args == (-4, 0, 0, 2, 3, 7, ((3,),), ((2,),))
    assert w.get().tolist() == [-1.0, -1.0]


@pytest.mark.parametrize("view", [slice(None), slice(0, 4), slice(2, 6)], ids=str)
def test_overlapping_arguments_are_copied(library: Library, view: slice):
    storage = np.arange(6.0)
    w = Container(storage[:4])
    x = storage[view]
    expected = x[:4][::-1].copy()
    reverse = library.bind("reverse", inputs=[(float64, 1, 0)], containers=[w], written=[0])
    reverse(x)
    assert w.get().tolist() == expected.tolist()


def test_adjacent_arguments_are_not_copied(library: Library):
    """The entry sees the caller's memory: a copy would hide what is done to it."""
    storage = np.arange(8.0)
    w = Container(storage[:4])
    reverse = library.bind("reverse", inputs=[(float64, 1, 0)], containers=[w], written=[0])
    reverse(storage[4:])
    assert storage.tolist() == [7.0, 6.0, 5.0, 4.0, 4.0, 5.0, 6.0, 7.0]
