"""Boolean arrays as indices: known ones wholly, others where no size depends on values."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.errors import NotSupported

S3 = np.arange(24.0).reshape(2, 3, 4) - 11
A = S3[0, :, 0]

t, v = T.dtensor3("t"), T.dvector("v")
ROW, MATRIX = np.array([True, False, True]), S3[:, :, 0] % 3 == 0
KNOWN = {
    "leading": np.s_[MATRIX],
    "whole": np.s_[S3 > 2],
    "middle": np.s_[:, ROW],
    "beside slices": np.s_[1:, ROW, ::2],
    "beside a number": np.s_[0, ROW],
    "beside an array": np.s_[[1, 0], ROW],
    "beside new axes": np.s_[None, :, ROW, None],
    "list": np.s_[[True, False]],
    "nothing": np.s_[:, np.zeros(3, bool)],
    "ellipsis": np.s_[..., np.array([True, False, False, True])],
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_masks(name):
    key = KNOWN[name]
    part, expected = t[key], S3[key]
    assert part.ndim == expected.ndim
    assert np.array_equal(part.eval({t: S3}), expected)
    value = np.arange(float(expected.size)).reshape(expected.shape)
    for made, after in ((T.set_subtensor, value), (T.inc_subtensor, expected + value)):
        wanted = S3.copy()
        wanted[key] = after
        assert np.array_equal(made(part, value).eval({t: S3}), wanted)


def test_a_known_mask_has_the_size_of_what_it_is_for():
    f = symc.function([v], v[ROW])
    assert np.array_equal(f(A), A[ROW])
    with pytest.raises(ValueError, match="the mask's dimension 0"):
        f(np.zeros(4))


PLACES = {
    "mask": lambda x: x < 0,
    "nonzero": lambda x: (x < 0).nonzero(),
    "nonzero of numbers": lambda x: T.nonzero(T.minimum(x, 0)),
}


@pytest.mark.parametrize("name", PLACES)
def test_setting_where_a_mask_is_true(name):
    part = t[PLACES[name](t)]
    y = T.dscalar("y")
    f = symc.function([t, y], [T.set_subtensor(part, y), T.inc_subtensor(part, 2)])
    for array in (S3, S3[:, :0]):
        got = f(array, 5)
        assert np.array_equal(got[0], np.where(array < 0, 5, array))
        assert np.array_equal(got[1], np.where(array < 0, array + 2, array))


def test_setting_rows_and_columns():
    m, mask, row = T.dmatrix("m"), T.vector("mask", dtype="bool"), T.dvector("row")
    array = S3[:, :, 0].copy()
    made = [
        T.set_subtensor(m[mask], row),
        T.inc_subtensor(m[:, row > 0], 1),
        T.inc_subtensor(m[mask, 1:], row[1:]),
        T.set_subtensor(m[::-1, None, row > 0], 7),
    ]
    got = symc.function([m, mask, row], made)(array, [False, True], [3.0, -4.0, 5.0])
    expected = [array.copy() for _ in made]
    expected[0][1] = [3, -4, 5]
    expected[1][:, [0, 2]] += 1
    expected[2][1, 1:] += [-4, 5]
    expected[3][:, [0, 2]] = 7
    for one, wanted in zip(got, expected, strict=True):
        assert np.array_equal(one, wanted)


def test_gradients_through_masks():
    y = T.dscalar("y")
    weights = np.arange(24.0).reshape(S3.shape)
    for made, slope in (
        (T.set_subtensor, np.where(S3 < 0, 0, weights)),
        (T.inc_subtensor, weights),
    ):
        cost = (made(t[t < 0], y) * weights).sum()
        of_t, of_y = symc.function([t, y], [*T.grad(cost, [t, y]), cost])(S3, 1)[:2]
        assert np.array_equal(of_t, slope)
        assert of_y == weights[S3 < 0].sum()


def test_a_mask_must_have_the_size_of_what_it_is_for():
    mask = T.vector("mask", dtype="bool")
    f = symc.function([v, mask], T.set_subtensor(v[mask], 0))
    assert np.array_equal(f([1, 2], [True, False]), [0, 2])
    for length in (1, 3):
        with pytest.raises(ValueError, match="the mask's dimension 0"):
            f([1, 2], np.ones(length, bool))


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: v[v > 0], "the number of elements that a mask takes"),
        (lambda: v[(v > 0).nonzero()].sum(), "the number of elements that a mask takes"),
        (lambda: T.set_subtensor(v[v > 0], v), "the number of elements that a mask takes"),
        (lambda: T.inc_subtensor(t[v > 0, :, 0], 1), "a mask beside numbers"),
        (lambda: v.nonzero()[0], "nonzero: the number of elements"),
        (lambda: t[0, t[0].nonzero()[1]], "nonzero: the number of elements"),
    ],
)
def test_sizes_that_depend_on_values_are_refused_by_line(make, text):
    made = make()
    with pytest.raises(NotSupported, match=text) as caught:
        symc.function([v, t], made, on_unused_input="ignore")
    assert __file__ in str(caught.value)


def test_bad_masks():
    with pytest.raises(IndexError, match="too many indices: 2 for 1 dimensions"):
        v[T.matrix(dtype="bool")]
    with pytest.raises(NotSupported, match="a single boolean"):
        v[True]
    with pytest.raises(ValueError, match="a scalar has no positions"):
        T.dscalar().nonzero()
    with pytest.raises(NotSupported, match="return_matrix"):
        v.nonzero(return_matrix=True)
