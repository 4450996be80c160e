"""Boolean arrays as indices: known ones, choices that keep the shape, and computed sizes."""

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


m, k = T.dmatrix("m"), T.vector("k", dtype="bool")
M, K = S3[0] * 1.5, np.array([True, False, True])
READS = {
    "all axes": lambda m, k, t: m[m > 0],
    "leading": lambda m, k, t: m[k],
    "trailing": lambda m, k, t: t[:, m > 0],
    "beside slices": lambda m, k, t: t[1:, k, ::-2],
    "beside a number": lambda m, k, t: t[0, k],
    "apart from a number": lambda m, k, t: t[0, :, m[0] > 0],
    "beside an array": lambda m, k, t: t[[1], k],
    "nothing": lambda m, k, t: m[m > 1000],
    "twice": lambda m, k, t: m[k][m[k][:, 1] > -3],
    "positions": lambda m, k, t: m.nonzero()[1],
    "used as an index": lambda m, k, t: t[0, m.nonzero()[0]],
    "how many": lambda m, k, t: m[m > 0].shape[0],
    "sum": lambda m, k, t: m[m > 0].sum(),
    "product": lambda m, k, t: m[k].T.dot(m[k]),
    "with itself": lambda m, k, t: m[m > 0] * m[m > 0][::-1],
}


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("linker", ["native", "py"])
def test_reading_where_a_mask_is_true(name, linker):
    read = READS[name]
    f = symc.function(
        [m, k, t], read(m, k, t), mode=symc.Mode(linker=linker), on_unused_input="ignore"
    )
    for arrays in ((M, K, S3), (M, ~K & K, S3), (-M, ~K, S3)):
        expected = np.asarray(read(*arrays))
        got = f(*arrays)
        assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
        np.testing.assert_allclose(got, expected, rtol=1e-14)


def test_writing_as_many_as_a_mask_takes():
    count = (m > 0).sum()
    made = [
        T.set_subtensor(m[m > 0], T.arange(count) * 1.0),
        T.inc_subtensor(m[k], 2 * m[k]),
        T.inc_subtensor(t[k[:2], :, 0], 1),
    ]
    got = symc.function([m, k, t], made)(M, K, S3)
    expected = [M.copy(), M.copy(), S3.copy()]
    expected[0][M > 0] = np.arange((M > 0).sum())
    expected[1][K] *= 3
    expected[2][K[:2], :, 0] += 1
    for one, wanted in zip(got, expected, strict=True):
        assert np.array_equal(one, wanted)
    with pytest.raises(ValueError, match=r"(2 is not 3|3 is not 2)"):
        symc.function([v, k], T.set_subtensor(v[k], v))(np.zeros(3), K)


def test_places_may_be_those_of_a_smaller_mask():
    f = symc.function([m, k], [m.T[k.nonzero()], T.set_subtensor(m.T[k.nonzero()], 0)])
    wanted = M.T.copy()
    wanted[K.nonzero()] = 0
    got = f(M, K)
    assert np.array_equal(got[0], M.T[K.nonzero()])
    assert np.array_equal(got[1], wanted)
    with pytest.raises(IndexError, match="index 4 is out of bounds for a dimension of size 4"):
        f(M, np.arange(5) == 4)


def test_derivatives_of_what_a_mask_takes():
    part = m[m > 0]
    made = [T.grad((part**3).sum(), m), T.Rop(part**3, m, m), T.grad((m[k] ** 2).sum(), m)]
    got = symc.function([m, k], made)(M, K)
    assert np.allclose(got[0], np.where(M > 0, 3 * M**2, 0))
    assert np.allclose(got[1], 3 * M[M > 0] ** 3)
    assert np.allclose(got[2], 2 * M * K[:, None])


def test_bad_masks():
    with pytest.raises(IndexError, match="too many indices: 2 for 1 dimensions"):
        v[T.matrix(dtype="bool")]
    with pytest.raises(NotSupported, match="a single boolean"):
        v[True]
    with pytest.raises(ValueError, match="a scalar has no positions"):
        T.dscalar().nonzero()
