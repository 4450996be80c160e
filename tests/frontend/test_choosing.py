"""`take` and `choose` follow NumPy, in every mode."""

import numpy as np
import pytest

import symc
import symc.tensor as T

S3 = np.arange(24.0).reshape(2, 3, 4)
J = np.array([1, 0, 1])
K = np.array([[0, 1], [-1, 0]])
FAR = np.array([[-7, 5], [2, -1]])

t, m, v = T.dtensor3("t"), T.dmatrix("m"), T.dvector("v")
j, k = T.lvector("j"), T.lmatrix("k")


def test_take():
    assert np.array_equal(T.take(t, J, axis=1).eval({t: S3}), S3.take(J, axis=1))
    assert np.array_equal(T.take(t, K).eval({t: S3}), S3.take(K))
    assert np.array_equal(t.take(1, axis=-1).eval({t: S3}), S3.take(1, axis=-1))


@pytest.mark.parametrize("mode", ["wrap", "clip"])
@pytest.mark.parametrize("axis", [None, 0, 1, 2, -1])
def test_take_far_outside(mode, axis):
    f = symc.function([t, k], T.take(t, k, axis=axis, mode=mode))
    for places in (FAR, np.zeros((0, 3), int)):
        assert np.array_equal(f(S3, places), S3.take(places, axis=axis, mode=mode))


def test_gradient_of_take():
    y = T.take(v, j, mode="wrap")
    slope = T.grad((y * T.arange(y.shape[0])).sum(), v).eval({v: np.zeros(3), j: [4, -1, 1]})
    assert np.array_equal(slope, [0, 2, 1])


CHOICES = [np.arange(6.0).reshape(2, 3), np.array([[10.0], [20.0]]), np.array([-1.0, -2, -3])]
WHICH = np.array([[0, 2, 1], [1, 0, 2]])


@pytest.mark.parametrize("mode", ["raise", "wrap", "clip"])
def test_choose_among_a_list(mode):
    which = WHICH if mode == "raise" else WHICH * 3 - 2
    got = T.choose(k, CHOICES, mode=mode).eval({k: which})
    assert np.array_equal(got, np.choose(which, CHOICES, mode=mode))


@pytest.mark.parametrize("mode", ["raise", "wrap", "clip"])
def test_choose_along_the_first_dimension(mode):
    which = np.array([2, 0, 1, 1]) - 3 * (mode != "raise")
    f = symc.function([j, t], [T.choose(j, t, mode=mode), j.choose(t, mode)])
    choices = np.arange(24.0).reshape(3, 2, 4)
    for got in f(which, choices):
        assert np.array_equal(got, np.choose(which, choices, mode=mode))
    n = T.choose(k, v, mode="wrap").eval({k: K, v: [3.0, 4.0]})
    assert np.array_equal(n, np.choose(K, [3.0, 4.0], mode="wrap"))
    empty = f(np.zeros(0, int), np.zeros((3, 2, 0)))[0]
    assert empty.shape == (2, 0)


def test_gradient_of_choose():
    x, y = T.dvector(), T.dvector()
    cost = (T.choose(j, [x, y]) * T.arange(3)).sum()
    f = symc.function([j, x, y], T.grad(cost, [x, y]), on_unused_input="ignore")
    assert np.array_equal(f(J, np.ones(3), np.ones(3)), [[0, 1, 0], [0, 0, 2]])
    slope = T.grad((T.choose(j, m) * T.arange(3)).sum(), m)
    assert np.array_equal(slope.eval({j: J, m: np.ones((2, 3))}), [[0, 1, 0], [0, 0, 2]])


@pytest.mark.parametrize("places", [[2], [0, 3, 1], [-1]])
def test_choosing_what_is_not_there(places):
    for made in (T.choose(j, [1.0, 2.0]), T.choose(j, m)):
        f = symc.function([j, m], made, on_unused_input="ignore")
        with pytest.raises(IndexError, match="out of bounds"):
            f(places, np.ones((2, len(places))))


def test_bad_uses():
    with pytest.raises(ValueError, match="mode='round' is none of raise, wrap, clip"):
        T.take(v, j, mode="round")
    with pytest.raises(TypeError, match="an index is an integer"):
        T.take(v, v)
    with pytest.raises(ValueError, match="there are no choices"):
        T.choose(j, [])
    with pytest.raises(ValueError, match="out of range"):
        T.take(v, j, axis=1)
