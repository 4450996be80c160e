"""Inverses of permutations, and rows put in order, against NumPy."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.exceptions import BadUse

RANDOM = np.random.default_rng(5)
ORDERS = np.array([RANDOM.permutation(4) for _ in range(3)])


def test_the_inverse_of_a_permutation_and_of_rows():
    p, rows = T.lvector("p"), T.imatrix("rows")
    f = symc.function([p, rows], [T.inverse_permutation(p), T.inverse_permutation(rows)])
    one, all_ = f(ORDERS[0], ORDERS.astype("int32"))
    np.testing.assert_array_equal(one, np.argsort(ORDERS[0]))
    np.testing.assert_array_equal(all_, np.argsort(ORDERS, axis=1))
    assert all_.dtype == "int32"


@pytest.mark.parametrize(
    ("x", "order"),
    [((3, 4), (3, 4)), ((3, 4), (4,)), ((4,), (3, 4)), ((2, 3, 4), (3, 4)), ((1, 4), (3, 4))],
    ids=str,
)
def test_rows_are_put_in_order_and_back(x, order):
    data = RANDOM.normal(size=x)
    places = ORDERS if len(order) == 2 else ORDERS[0]
    a = T.TensorType("float64", tuple(n == 1 for n in x))("a")
    p = T.TensorType("int64", (False,) * len(order))("p")
    there = T.permute_row_elements(a, p)
    f = symc.function([a, p], [there, T.permute_row_elements(there, p, inverse=True)])
    shape = np.broadcast_shapes(data.shape, places.shape)
    full, full_places = np.broadcast_to(data, shape), np.broadcast_to(places, shape)
    put, back = f(data, places)
    np.testing.assert_array_equal(put, np.take_along_axis(full, full_places, -1))
    np.testing.assert_array_equal(back, full)


def test_the_gradient_goes_back_to_the_places():
    a, p = T.dmatrix("a"), T.lmatrix("p")
    weights = RANDOM.normal(size=(3, 4))
    cost = (T.permute_row_elements(a, p) * weights).sum()
    g = symc.function([a, p], symc.grad(cost, a), on_unused_input="ignore")(weights, ORDERS)
    np.testing.assert_array_equal(g, np.take_along_axis(weights, np.argsort(ORDERS, 1), 1))


def test_what_is_no_order_is_refused():
    with pytest.raises(BadUse, match="an order is of integers"):
        T.inverse_permutation(T.dvector("v"))
    with pytest.raises(BadUse, match="takes a vector, or a matrix"):
        T.inverse_permutation(T.ltensor3("t"))
    p = T.lvector("p")
    with pytest.raises(symc.IndexOutOfBounds):
        symc.function([p], T.inverse_permutation(p))([0, 7])
