"""Arrays that do not lie in C order are copied, with every element where it belongs."""

import numpy as np
import pytest
from entries import Library
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

SIZES = ["int8", "float16", "float32", "complex64", "complex128"]
LONG = (1, 7, 64, 65, 130)


def copied(library: Library, array: np.ndarray) -> None:
    assert not array.flags.c_contiguous or array.size < 2
    found = library.pointwise("copy", rank=array.ndim, number=array.dtype.num)(array)
    assert found.flags.c_contiguous
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("rows", LONG)
@pytest.mark.parametrize("columns", LONG)
def test_transposed(library: Library, name: str, rows: int, columns: int):
    values = np.arange(rows * columns) % 119
    plain = values.astype(name).reshape(rows, columns)
    if min(rows, columns) > 1:
        copied(library, plain.T)
        copied(library, plain[::-1].T)
        copied(library, plain[:, ::-1].T)
        copied(library, plain.T[::2, 1:])


@pytest.mark.parametrize("order", [(0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_planes(library: Library, order: tuple[int, ...]):
    plain = np.arange(66.0 * 5 * 67).reshape(66, 5, 67)
    copied(library, plain.transpose(order))
    copied(library, plain.transpose(order)[1:, ::-2, ::3])


@given(shape=array_shapes(min_dims=1, max_dims=5, max_side=5), data=st.data())
def test_any_strides(library: Library, shape: tuple[int, ...], data: st.DataObject):
    order = data.draw(st.permutations(range(len(shape))))
    steps = [data.draw(st.sampled_from((1, 2, -1, -2))) for _ in shape]
    plain = np.arange(np.prod(shape), dtype="float64").reshape(shape)
    array = plain.transpose(order)[tuple(slice(None, None, step) for step in steps)]
    found = library.pointwise("copy", rank=array.ndim, number=array.dtype.num)(array)
    np.testing.assert_array_equal(found, array)


def test_one_element_in_many_places(library: Library):
    copied(library, np.broadcast_to(np.arange(3.0)[:, None], (3, 70)))
    copied(library, np.broadcast_to(np.arange(70.0), (3, 70)))


def test_no_elements(library: Library):
    array = np.empty((0, 4, 3)).transpose(2, 1, 0)[:, ::2]
    found = library.pointwise("copy", rank=3, number=array.dtype.num)(array)
    assert found.shape == array.shape


def test_out_of_alignment(library: Library):
    memory = np.zeros(8 * 6 + 1, "uint8")
    array = memory[1:].view("float64")
    array[:] = np.arange(6.0)
    found = library.pointwise("copy", rank=1, number=array.dtype.num)(array)
    assert not array.flags.aligned
    np.testing.assert_array_equal(found, array)


def test_what_is_given_stays(library: Library):
    array = np.arange(12.0).reshape(3, 4).T
    before = array.copy()
    library.pointwise("add_one", rank=2)(array)
    np.testing.assert_array_equal(array, before)
