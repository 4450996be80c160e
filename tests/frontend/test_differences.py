"""verify_grad finds wrong derivatives, says where, and is content with right ones."""

import numpy as np
import pytest

import symc.tensor as T
from symc.exceptions import BadUse
from symc.gradient import GradientError, grad_scale, numeric_grad, verify_grad

SEED = 20


def random():
    return np.random.default_rng(SEED)


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        (T.tanh, [(2, 3)]),
        (T.dot, [(2, 3), (3, 2)]),
        (lambda x: T.nnet.softmax(x), [(2, 3)]),
        (lambda x, y: x[0] * y, [(2, 3), (3,)]),
        (lambda x: x, [()]),
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_right_derivatives(function, shapes, dtype):
    points = [random().uniform(0.5, 1, s).astype(dtype) for s in shapes]
    verify_grad(function, points, rng=random())


def test_a_random_state_is_taken_too():
    verify_grad(T.sqr, [np.ones(2)], rng=np.random.RandomState(SEED))


def test_wrong_derivatives():
    points = [np.array([1.0, 2.0]), np.array([[1.0, 2.0], [3.0, 4.0]])]
    with pytest.raises(GradientError) as caught:
        verify_grad(lambda x, y: x * grad_scale(y, 1.5), points, rng=random())
    error = caught.value
    assert isinstance(error, verify_grad.E_grad)
    assert (error.arg, error.shape) == (1, (2, 2))
    assert np.isclose(error.val1 / error.val2, 1.5)
    assert error.abs_err > error.abs_tol
    assert error.rel_err > error.rel_tol
    text = str(error)
    assert f"the derivative to argument 1 is wrong at flat element {error.err_pos}" in text
    assert "by differences, at a point of shape (2, 2)" in text
    assert "test_differences.py" in text


def test_nan_is_wrong():
    with pytest.raises(GradientError):
        verify_grad(T.sqrt, [np.array([1.0, 0.0])], rng=random())


def test_tolerances():
    points = [np.array([2.0])]
    options = {"rng": random(), "abs_tol": 1e-12, "rel_tol": 1e-1}
    verify_grad(lambda x: grad_scale(x, 1.05), points, **options)
    with pytest.raises(GradientError):
        verify_grad(lambda x: grad_scale(x, 1.05), points, rng=random())


@pytest.mark.parametrize(
    ("points", "rng", "text"),
    [
        ([np.ones(2)], None, "the weights come from rng"),
        ([np.ones(2, "int64")], random(), "only floats have a derivative"),
    ],
)
def test_bad_requests(points, rng, text):
    with pytest.raises(BadUse, match=text):
        verify_grad(T.sqr, points, rng=rng)


# --- differences alone


def test_differences_of_one_point_and_of_several():
    alone = numeric_grad(lambda x: (x**2).sum(), np.array([1.0, 2.0]))
    np.testing.assert_allclose(alone.gf, [2, 4], rtol=1e-6)
    both = numeric_grad(lambda x, y: x * y, [np.array(3.0), np.array(5.0)])
    np.testing.assert_allclose(both.gf, [5, 3], rtol=1e-6)


def test_the_step_fits_the_dtype():
    narrow = numeric_grad(lambda x: x.sum() ** 2, np.array([1.0, 2.0], "float32"))
    assert narrow.gf.dtype == "float32"
    np.testing.assert_allclose(narrow.gf, [6, 6], rtol=1e-2)
    with pytest.raises(BadUse, match="no float"):
        numeric_grad(lambda x: x, np.array([1]))


def test_errors():
    numeric = numeric_grad(lambda x, y: x.sum() + y, [np.zeros(2), np.zeros(())])
    wrong = [np.array([1.0, 1.5]), np.array(1.0)]
    (first, _), _ = numeric.abs_rel_errors(wrong)
    np.testing.assert_allclose(first, [0, 0.5], atol=1e-6)
    arg, place, absolute, relative = numeric.max_err(wrong, 1e-4, 1e-4)
    assert (arg, place) == (0, 1)
    assert np.isclose(absolute, 0.5)
    assert np.isclose(relative, 0.2)
    with pytest.raises(BadUse, match="one derivative for each point"):
        numeric.abs_rel_errors(wrong[:1])
