"""Programs that random search found wrong once, in every mode."""

import numpy as np
import pytest

import symc
import symc.tensor as T


def test_column_that_a_product_makes_one_number(floatX):
    """The column's rows equal its columns, one: some sizes are known to be 1 only by that."""
    x, y = T.col("x"), T.matrix("y")
    p = T.nnet.softmax(x)
    picked = T.nnet.categorical_crossentropy(p, T.cast(y[:, 0], "int64") % 1)
    f = symc.function([x, y], [T.dot(T.dot(x % 3, y).T, y), T.jacobian(picked, x), p])
    one, row = np.full((1, 1), 4, floatX), np.arange(5, dtype=floatX).reshape(1, 5)
    product, slope, probability = f(one, row)
    np.testing.assert_allclose(product, row.T @ row)
    assert slope.tolist() == [[[0.0]]]
    assert probability.tolist() == [[1.0]]


def test_index_made_of_what_it_reads(mode):
    y = T.lmatrix("y")
    array = np.arange(6).reshape(2, 3)
    f = symc.function([y], T.take(y, y % 2, axis=0))
    np.testing.assert_array_equal(f(array), array[array % 2])


@pytest.mark.parametrize("name", ["softmax", "logsoftmax"])
def test_softmax_of_nothing_is_empty(floatX, name):
    x = T.matrix("x")
    f = symc.function([x], getattr(T.nnet, name)(x))
    for shape in ((0, 3), (3, 0)):
        assert f(np.zeros(shape, floatX)).shape == shape


def test_logsumexp_of_nothing(floatX):
    x = T.matrix("x")
    f = symc.function([x], T.logsumexp(x, axis=1))
    np.testing.assert_array_equal(f(np.zeros((2, 0), floatX)), [-np.inf, -np.inf])


def test_column_of_a_costly_value_beside_its_rows(floatX):
    """What runs once a row computes one element of it; the others are not kept for later."""
    x, k = T.matrix("x"), T.lscalar("k")
    logarithm = T.log(T.nnet.softmax(x))
    later = T.ge(logarithm, T.exp(logarithm))
    f = symc.function([x, k], [logarithm[..., k], T.prod(later, axis=-1, keepdims=True)])
    column, holds = f(np.log(np.array([[1, 1, 2], [5, 3, 2]], floatX)), 1)
    np.testing.assert_allclose(column, np.log([0.25, 0.3]), rtol=1e-6)
    assert holds.tolist() == [[0], [0]]


def test_mask_of_one_element(floatX):
    """The walk that counts true elements has one step, and no axis."""
    x, r = T.vector("x"), T.row("r")
    f = symc.function([x, r], [x[T.gt(r[:, 0], 0)], T.gt(r, 0).nonzero()[0]])
    taken, places = f(np.array([7], floatX), np.ones((1, 2), floatX))
    assert taken.tolist() == [7]
    assert places.tolist() == [0, 0]


def test_mask_of_no_element(floatX):
    """What counts its true elements holds the count alone, and has an index all the same."""
    x, k = T.col("x"), T.lscalar("k")
    none = x[:, k:k:2]
    f = symc.function([x, k], T.set_subtensor(none[none > -1], none[none > -1] + 1))
    assert f(np.ones((3, 1), floatX), 0).shape == (3, 0)


def test_several_classes_of_one_row(floatX):
    """The row's number is stretched along the classes, which the sum over them takes all."""
    x, classes = T.row("x"), T.lvector("classes")
    cost = T.nnet.categorical_crossentropy(T.nnet.softmax(x), classes).sum()
    f = symc.function([x, classes], T.grad(cost, x))
    slope = f(np.zeros((1, 4), floatX), np.array([1, 1, 3]))
    np.testing.assert_allclose(slope, [[0.75, -1.25, 0.75, -0.25]], rtol=1e-6)


def test_first_of_equal_elements_that_are_made_from_the_last_on(floatX):
    """The derivative of a running product runs backwards, and the search for the least with it."""
    x = T.vector("x")
    slope = T.grad(T.sum(T.cumprod(x) * x), x)
    f = symc.function([x], [T.argmin(slope), T.argmax(slope)])
    assert f(np.zeros(17, floatX)) == [0, 0]
    g = symc.function([x], [T.argmin(T.cumsum(x[::-1])[::-1]), T.argmax(T.cumsum(x[::-1])[::-1])])
    assert g(np.array([9, -9, 9, 0], floatX)) == [1, 0]


def test_classes_of_no_rows_of_nothing(floatX):
    x, classes = T.matrix("x"), T.lvector("classes")
    f = symc.function([x, classes], T.nnet.categorical_crossentropy(T.nnet.softmax(x), classes))
    for shape in ((0, 3), (0, 0)):
        assert f(np.zeros(shape, floatX), np.zeros(0, int)).shape == (0,)
