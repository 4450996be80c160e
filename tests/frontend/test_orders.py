"""Choices, permutations and shuffles: every order as likely, weights heeded, nothing lost."""

from itertools import permutations

import numpy as np
import pytest
from goodness import LEAST, chi_square, fraction

import symc
import symc.tensor as T
from symc.sandbox.rng_mrg import MRG_RandomStreams
from symc.tensor.shared_randomstreams import RandomStreams

P = np.array([0.1, 0.0, 0.6, 0.3])


def drawn(variable):
    return symc.function([], variable)()


def counted(orders, size):
    """Return how often each order of `size` numbers came."""
    known = {order: k for k, order in enumerate(permutations(range(size)))}
    found = [known[tuple(order)] for order in np.reshape(orders, (-1, size)).tolist()]
    return np.bincount(found, minlength=len(known))


def test_every_order_is_as_likely():
    orders = drawn(RandomStreams(1).permutation((600, 4), n=4))
    assert orders.shape == (600, 4, 4)
    assert chi_square(counted(orders, 4), np.full(24, 100.0)) > LEAST


def test_shapes_of_permutations():
    random, n = RandomStreams(2), T.iscalar()
    assert sorted(drawn(random.permutation(n=9))) == list(range(9))
    assert random.permutation((1,), n=5).broadcastable == (True, False)
    assert drawn(random.permutation((2,), n=3, dtype="int32")).dtype == "int32"
    f = symc.function([n], random.permutation(n=n))
    assert sorted(f(7)) == list(range(7))
    assert f(0).shape == (0,)


def test_rows_are_shuffled_each_by_its_own_order():
    x = T.dtensor3()
    shuffled = RandomStreams(3).shuffle_row_elements(x)
    f = symc.function([x], [shuffled, shuffled.permutation])
    X = np.arange(2 * 300 * 4.0).reshape(2, 300, 4)
    got, order = f(X)
    np.testing.assert_array_equal(got, np.take_along_axis(X, order, 2))
    assert chi_square(counted(order, 4), np.full(24, 25.0)) > LEAST
    assert sorted(drawn(RandomStreams(3).shuffle_row_elements(np.arange(9)))) == list(range(9))


def test_choice_with_replacement():
    random, a = RandomStreams(4), np.array([3.5, 1.5, 2.5, 0.5], "float32")
    assert chi_square(np.bincount(drawn(random.choice((8000,), a=5))), np.full(5, 1600)) > LEAST
    weighted = drawn(random.choice((8000,), a=4, p=P))
    assert chi_square(np.bincount(weighted)[[0, 2, 3]], 8000 * P[[0, 2, 3]]) > LEAST
    assert (weighted != 1).all()
    elements = drawn(random.choice((2, 50), a=a, dtype="float32"))
    assert (elements.shape, elements.dtype) == ((2, 50), "float32")
    assert set(elements.ravel()) == set(a)
    assert random.choice().ndim == 0


def test_choice_without_replacement():
    random = RandomStreams(5)
    assert sorted(drawn(random.choice((3, 4), a=12, replace=False)).ravel()) == list(range(12))
    f = symc.function([], random.choice((2,), a=4, replace=False, p=P))
    pairs = np.array([f() for _ in range(2000)])
    assert (pairs[:, 0] != pairs[:, 1]).all()
    assert (pairs != 1).all()
    # The first is drawn by weight, the second by the weights of what is left.
    assert fraction((pairs[:, 0] == 2).sum(), 2000, 0.6) > LEAST
    second = pairs[pairs[:, 0] == 2, 1]
    assert fraction((second == 3).sum(), len(second), 0.75) > LEAST


def test_choice_from_rows():
    random = MRG_RandomStreams(6)
    rows = np.tile(P, (3000, 1))
    once = drawn(random.choice(size=2, replace=False, p=rows))
    assert once.dtype == "int64"
    assert (once[:, 0] != once[:, 1]).all()
    assert chi_square(np.bincount(once[:, 0])[[0, 2, 3]], 3000 * P[[0, 2, 3]]) > LEAST
    again = drawn(random.choice(size=3, p=rows))
    assert again.shape == (3000, 3)
    assert chi_square(np.bincount(again.ravel())[[0, 2, 3]], 9000 * P[[0, 2, 3]]) > LEAST
    assert drawn(random.multinomial_wo_replacement(pvals=rows, n=3)).shape == (3000, 3)


def test_draws_differ_from_call_to_call():
    f = symc.function([], RandomStreams(7).permutation(n=20))
    assert (f() != f()).any()


def test_native_code_chooses_the_same():
    def chosen(mode):
        random = RandomStreams(8)
        order, some = random.permutation((3,), n=50), random.choice((9,), a=30, replace=False)
        return symc.function([], [order, some], mode=mode)()

    for native, interpreted in zip(chosen("FAST_RUN"), chosen("INTERPRET"), strict=True):
        np.testing.assert_array_equal(native, interpreted)


@pytest.mark.parametrize(
    ("make", "kind", "text"),
    [
        (lambda r: r.choice((5,), a=4, replace=False), ValueError, "5 of 4 elements"),
        (lambda r: r.choice((5,), a=2.5), TypeError, "is an integer"),
        (lambda r: r.choice((5,), a=4, p=np.ones((2, 2))), TypeError, "p is a vector"),
        (lambda r: r.choice((5,), replace=T.iscalar()), TypeError, "True or False"),
        (lambda r: r.permutation(n=T.lvector()), TypeError, "is an integer"),
        (lambda r: r.permutation((2,), n=3, ndim=2), ValueError, "not ndim=2"),
        (lambda r: r.shuffle_row_elements(T.fscalar()), ValueError, "no rows"),
    ],
)
def test_refused(make, kind, text):
    with pytest.raises(kind, match=text):
        make(RandomStreams(9))


def test_more_than_there_are_when_that_is_known_late():
    n = T.iscalar()
    f = symc.function([n], RandomStreams(10).choice((n,), a=4, replace=False))
    assert sorted(f(4)) == [0, 1, 2, 3]
    with pytest.raises(symc.ShapeMismatch):
        f(5)
    rows = MRG_RandomStreams(10).choice(size=5, replace=False, p=[P])
    with pytest.raises(symc.ShapeMismatch):
        drawn(rows)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"p": P, "size": 2}, "are a matrix"),
        ({"size": 2}, "the probabilities are missing"),
        ({"p": [P], "a": 4}, "a is not used"),
    ],
)
def test_refused_from_rows(given, text):
    with pytest.raises(symc.Error, match=text):
        MRG_RandomStreams(11).choice(**given)
