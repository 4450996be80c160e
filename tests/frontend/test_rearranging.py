"""Rolled, reversed and cut tensors, and numbers in equal steps, are NumPy's."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.tensor.xlogx import xlogx, xlogy0

X, V, N = np.arange(6.0).reshape(2, 3), np.arange(5.0), 3
x, v, n = T.dmatrix("x"), T.dvector("v"), T.lscalar("n")

CASES = [
    (T.roll(x, 1), np.roll(X, 1)),
    (T.roll(x, -4, axis=1), np.roll(X, -4, 1)),
    (T.roll(x, n, axis=0), np.roll(X, N, 0)),
    (T.roll(x[:0], 1, axis=0), X[:0]),
    (T.flip(x), np.flip(X)),
    (T.flip(x, 1), np.flip(X, 1)),
    (T.flip(x, (0, -1)), np.flip(X)),
    (T.split(v, [2, 3], 2)[0], V[:2]),
    (T.split(v, T.stack([n, n - 1]), 2)[1], V[3:]),
    (T.split(v, [5], 1), V),
    (T.split(x, [1, 0, 2], 3, axis=1)[1], X[:, 1:1]),
    (T.moveaxis(T.tensordot(x, v, 0), 0, -1), np.moveaxis(np.tensordot(X, V, 0), 0, -1)),
    (T.moveaxis(T.tensordot(x, v, 0), (0, 1), (2, 0)), np.tensordot(X, V, 0).transpose(1, 2, 0)),
    (T.specify_shape(x, (2, 3)), X),
    (T.specify_shape(x, x.shape), X),
    (T.linspace(v[0], v[4], n), np.linspace(0, 4, N)),
    (T.linspace(0, 1, 7, endpoint=False), np.linspace(0, 1, 7, endpoint=False)),
    (T.linspace(1, 2, 1), np.linspace(1, 2, 1)),
    (T.linspace(1, 2, 0), np.linspace(1, 2, 0)),
    *zip(T.mgrid[0:n, 0:2], np.mgrid[0:N, 0:2], strict=True),
    *zip(T.ogrid[0:n, 1:4:2], np.ogrid[0:N, 1:4:2], strict=True),
    (T.nnet.softsign(x), X / (1 + X)),
    (T.diagonal(x, 1), np.diagonal(X, 1)),
    (T.diagonal(x, -5), np.diagonal(X, -5)),
    (T.diagonal(T.tensordot(x, v, 0), -1, 2, 0), np.diagonal(np.tensordot(X, V, 0), -1, 2, 0)),
    (T.diag(x, -1), np.diag(X, -1)),
    (x.trace(1), np.trace(X, 1)),
    (xlogx(v), np.array([0, 0, 2 * np.log(2), 3 * np.log(3), 4 * np.log(4)])),
    (xlogy0(v, v + 1), V * np.log(V + 1)),
]


def test_values():
    compute = symc.function([x, v, n], [made for made, _ in CASES])
    for place, (got, (_, wanted)) in enumerate(zip(compute(X, V, N), CASES, strict=True)):
        assert got.shape == wanted.shape, place
        np.testing.assert_allclose(got, wanted, err_msg=str(place))


def test_a_stated_size_of_1_broadcasts():
    made = T.specify_shape(x, (1, n))
    assert made.broadcastable == (True, False)
    compute = symc.function([x, n], made + T.ones((2, 3)))
    assert compute(np.ones((1, 3)), 3).shape == (2, 3)
    with pytest.raises(ValueError, match="dimension 0 is not of size 1: 2 is not 1"):
        compute(np.ones((2, 3)), 3)
    with pytest.raises(ValueError, match="dimension 1 is not the one stated: 3 is not 4"):
        compute(np.ones((1, 3)), 4)


def test_parts_fill_the_axis():
    compute = symc.function([v], T.split(v, [2, 3], 2))
    with pytest.raises(ValueError, match="4 is not 5"):
        compute(np.ones(4))


@pytest.mark.parametrize(
    ("make", "kind", "said"),
    [
        (lambda: T.split(v, [1], 2), ValueError, "1 sizes for 2 parts"),
        (lambda: T.specify_shape(x, [1]), ValueError, "1 sizes for"),
        (lambda: T.roll(x, 1, axis=2), ValueError, "axis 2 is out of range"),
        (lambda: T.moveaxis(x, (0, 1), 0), ValueError, "2 axes for 1 places"),
        (lambda: T.mgrid[0:1:5j], TypeError, "slices with an end, and real steps"),
        (lambda: T.mgrid[3], TypeError, "slices with an end"),
        (lambda: T.diagonal(v), TypeError, "a matrix or a stack of them"),
        (lambda: T.diagonal(x, 0, 1, -1), ValueError, "axes 1 and -1 are one"),
        (lambda: T.trace(v), TypeError, "takes a matrix"),
    ],
)
def test_mistakes(make, kind, said):
    with pytest.raises(kind, match=said):
        make()
