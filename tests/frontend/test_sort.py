"""Sorting by functions and methods: axes, dtypes, layouts, derivatives, refusals."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.errors import TypeMismatch

rng = np.random.default_rng(5)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3, None])
def test_every_axis(axis):
    x = T.tensor3(dtype="float32")
    f = symc.function([x], [T.sort(x, axis), x.argsort(axis), x.sort(axis), T.argsort(x + 1, axis)])
    value = rng.integers(0, 4, (3, 5, 2)).astype("float32")
    for given in (value, value.transpose(2, 0, 1), value[::-1, ::2], value[:, :0]):
        values, positions, again, shifted = f(given)
        np.testing.assert_array_equal(values, np.sort(given, axis))
        np.testing.assert_array_equal(positions, np.argsort(given, axis, kind="stable"))
        np.testing.assert_array_equal(again, values)
        np.testing.assert_array_equal(shifted, positions)
    assert positions.dtype == np.int64


def test_types_keep_their_pattern():
    x = T.TensorType("int8", (False, True))("x")
    assert T.sort(x, 0).type == x.type
    assert T.argsort(x, 0).broadcastable == (False, True)
    assert T.sort(x, None).broadcastable == (False,)


def test_a_sorted_state():
    s = symc.shared(np.array([3.0, 1.0, 2.0]))
    f = symc.function([], T.argsort(s), updates=[(s, T.sort(s))])
    assert f().tolist() == [1, 2, 0]
    assert s.get_value().tolist() == [1, 2, 3]
    assert f().tolist() == [0, 1, 2]


@pytest.mark.parametrize("axis", [0, 1, None])
def test_derivatives(axis):
    point = rng.permutation(np.arange(12.0)).reshape(3, 4)
    symc.gradient.verify_grad(lambda x: T.sort(x, axis), [point], rng=rng)
    x, v = T.dmatrices("x", "v")
    push = symc.function([x, v], symc.Rop(T.sort(x, 1), x, v))
    order = np.argsort(point, 1)
    given = rng.standard_normal((3, 4))
    np.testing.assert_array_equal(push(point, given), np.take_along_axis(given, order, 1))


def test_positions_have_a_derivative_of_zero():
    x = T.dvector()
    g = symc.grad((T.argsort(x) * x).sum(), x)
    np.testing.assert_array_equal(g.eval({x: [3.0, 1.0, 2.0]}), [1, 2, 0])


def test_what_is_refused():
    x = T.dmatrix()
    with pytest.raises(ValueError, match="kind='bubble' is none of"):
        T.sort(x, kind="bubble")
    with pytest.raises(ValueError, match="no fields"):
        T.argsort(x, order="name")
    with pytest.raises(ValueError, match="axis"):
        T.sort(x, 2)
    with pytest.raises(TypeMismatch, match="no order"):
        T.sort(T.zvector())
    with pytest.raises(ValueError, match="axis"):
        T.argsort(T.dscalar())


@pytest.mark.parametrize("axis", [0, -1])
def test_the_largest_few(axis):
    x, k = T.fmatrix(), T.lscalar()
    value = rng.permutation(np.arange(28)).reshape(4, 7).astype("float32")
    size = value.shape[axis]
    both = symc.function([x, k], T.topk_and_argtopk(x, k, axis, idx_dtype="int32"))
    for kth in (1, 3, -2, 4, -size):
        places = range(kth) if kth > 0 else range(size + kth, size)
        expected = np.take(-np.sort(-value, axis), places, axis)
        values, positions = both(value, kth)
        np.testing.assert_array_equal(values, expected)
        np.testing.assert_array_equal(np.take_along_axis(value, positions, axis), expected)
        np.testing.assert_array_equal(T.topk(x, kth, axis).eval({x: value}), expected)
        np.testing.assert_array_equal(T.argtopk(x, kth, axis).eval({x: value}), positions)
        assert positions.dtype == np.int32
    for wrong in (0, size + 1, -size - 1):
        with pytest.raises(IndexError):
            both(value, wrong)


def test_the_largest_few_have_derivatives_and_refusals():
    point = rng.permutation(np.arange(12.0)).reshape(3, 4)
    symc.gradient.verify_grad(lambda x: T.topk(x, 2), [point], rng=rng)
    symc.gradient.verify_grad(lambda x: T.topk_and_argtopk(x, 2, None)[0], [point], rng=rng)
    x = T.dmatrix()
    with pytest.raises(ValueError, match="kth is 0"):
        T.topk(x, 0)
    with pytest.raises(TypeMismatch, match="an integer scalar"):
        T.topk(x, 1.5)
    with pytest.raises(TypeMismatch, match="integers, not float32"):
        T.topk(x, 1, idx_dtype="float32")
