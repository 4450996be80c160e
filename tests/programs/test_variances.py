"""Variances of columns and of everything take one pass, and are as near as those of two."""

import numpy as np
import pytest

import symc
import symc.tensor as T

THREADS = (1, 2, 3, 5)


def columns():
    x = T.fmatrix("x")
    return [x], [x.mean(axis=0), x.var(axis=0)]


def data(shape, spread=1.0, mean=0.0):
    random = np.random.default_rng(5)
    return (mean + spread * random.standard_normal(shape)).astype("float32")


def check(x, axis, rtol=2e-6):
    v = T.TensorType("float32", (False,) * x.ndim)("v")
    f = symc.function([v], v.var(axis=axis))
    np.testing.assert_allclose(f(x), x.astype("float64").var(axis=axis), rtol=rtol)


@pytest.mark.parametrize("mean", [0.0, 3.0, 1e3, 1e5])
@pytest.mark.parametrize("spread", [1.0, 1e-2])
def test_nothing_cancels_wherever_the_mean_lies(mean, spread):
    """What the mean, rounded to float32, is off by, two passes would add squared."""
    check(data((5000, 37), spread, mean), 0)


def test_an_outlier_that_comes_first():
    x = data((20_000, 5))
    x[0] = 1e6
    check(x, 0)
    x[0], x[7] = 0, -1e6
    check(x, 0)


@pytest.mark.parametrize("axis", [None, 0, (0, 2), (0, 1, 2), 1])
def test_all_axes(axis):
    check(data((40, 30, 50), mean=7), axis)


def test_equal_elements_have_none():
    inputs, outputs = columns()
    x = np.full((1000, 9), 0.1, "float32")
    assert not symc.function(inputs, outputs)(x)[1].any()


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("row", [0, 3])
def test_what_is_not_finite_stays_in_its_column(bad, row):
    inputs, outputs = columns()
    x = data((100, 4))
    x[row, 1] = bad
    mean, variance = symc.function(inputs, outputs)(x)
    np.testing.assert_array_equal(mean[1], np.float32(bad))
    assert np.isnan(variance[1])
    assert np.isfinite(np.delete(variance, 1)).all()


def test_no_rows_and_one():
    inputs, outputs = columns()
    f = symc.function(inputs, outputs)
    assert np.isnan(f(np.zeros((0, 3), "float32"))).all()
    mean, variance = f(np.full((1, 3), 5, "float32"))
    assert mean.tolist() == [5, 5, 5]
    assert variance.tolist() == [0, 0, 0]


@pytest.mark.parametrize("shape", [(3, 1000), (17, 33), (3000, 400), (50_000, 3)])
def test_normalised_columns_have_the_same_bits_on_any_number_of_threads(shape):
    x, scale = T.fmatrix("x"), T.fvector("scale")
    y = (x - x.mean(axis=0)) / T.sqrt(x.var(axis=0) + np.float32(1e-5)) * scale
    outputs = [y, T.grad((y**2).sum(), x)]
    a, b = data(shape, mean=2), data(shape[1])
    seen = []
    for threads in THREADS:
        with symc.config.change_flags(threads=threads):
            results = symc.function([x, scale], outputs)(a, b)
        seen.append([r.tobytes() for r in results])
    assert all(bits == seen[0] for bits in seen)
    wide = a.astype("float64")
    expected = (wide - wide.mean(0)) / np.sqrt(wide.var(0) + 1e-5) * b
    np.testing.assert_allclose(results[0], expected, rtol=1e-4, atol=1e-5)
