"""The covariance matrix against NumPy's."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.exceptions import BadUse, BadValue

M = np.random.default_rng(2).normal(size=(3, 5))


@pytest.mark.parametrize(
    "options",
    [{}, {"rowvar": False}, {"bias": True}, {"ddof": 0}, {"ddof": 2, "bias": True}],
    ids=str,
)
def test_it_is_numpys(options):
    x = T.dmatrix("x")
    f = symc.function([x], [T.cov(x, **options), T.cov(x, x * 2, **options)])
    alone, both = f(M)
    np.testing.assert_allclose(alone, np.cov(M, **options), rtol=1e-12)
    np.testing.assert_allclose(both, np.cov(M, M * 2, **options), rtol=1e-12)


def test_vectors_and_other_dtypes():
    v, i = T.fvector("v"), T.lmatrix("i")
    whole = np.arange(12).reshape(3, 4) ** 2 % 7
    f = symc.function([v, i], [T.cov(v), T.cov(i)])
    one, integers = f(M[0].astype("float32"), whole)
    assert one.dtype == "float32"
    np.testing.assert_allclose(one, [[np.cov(M[0])]], rtol=1e-6)
    np.testing.assert_allclose(integers, np.cov(whole), rtol=1e-12)


def test_it_has_a_gradient():
    T.verify_grad(T.cov, [M], rng=np.random.default_rng(0))


def test_bad_requests():
    with pytest.raises(symc.NotSupported, match="weights of observations"):
        T.cov(T.dmatrix(), aweights=T.dvector())
    with pytest.raises(BadValue, match="whole number"):
        T.cov(T.dmatrix(), ddof=0.5)
    with pytest.raises(BadUse, match="vectors and matrices"):
        T.cov(T.dtensor3())


def test_matrices_are_stacked_either_way():
    x, y = T.dmatrix("x"), T.fmatrix("y")
    f = symc.function([x, y], [T.horizontal_stack(x, y), T.vertical_stack(x, y)])
    for made, wanted in zip(f(M, M.astype("f4")), (np.hstack, np.vstack), strict=True):
        np.testing.assert_array_equal(made, wanted([M, M.astype("f4")]))
    with pytest.raises(BadUse, match="takes two matrices or more"):
        T.vertical_stack(x, T.dvector())


def test_a_number_is_put_before_each_row():
    x, a = T.fmatrix("x"), T.dscalar("a")
    made = [T.nnet.prepend_0_to_each_row(x), T.nnet.prepend_1_to_each_row(x)]
    made += [T.nnet.prepend_scalar_to_each_row(a, x)]
    data = M.astype("f4")
    for result, number in zip(symc.function([x, a], made)(data, 0.5), (0, 1, 0.5), strict=True):
        np.testing.assert_array_equal(result, np.insert(data, 0, number, axis=1))
        assert result.dtype == "float32"
    with pytest.raises(BadUse, match="takes a scalar and a matrix"):
        T.nnet.prepend_scalar_to_each_row(x, x)
