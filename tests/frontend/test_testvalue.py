"""Test values: computed as expressions are made, in each of the four ways."""

import copy
import warnings

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.testvalue import debug_assert, get_debug_values, get_test_value


def valued(make, value, name="x"):
    """Return a variable with a test value."""
    variable = make(name)
    variable.tag.test_value = value
    return variable


@pytest.fixture(params=["ignore", "warn", "raise"])
def action(request):
    with symc.config.change_flags(compute_test_value=request.param):
        yield request.param


def test_off_computes_nothing():
    y = valued(T.dvector, np.ones(3)) + 1
    assert not hasattr(y.tag, "test_value")
    assert get_debug_values(y) == []
    debug_assert(False)


@pytest.mark.usefixtures("action")
def test_values_follow_expressions():
    x = valued(T.dmatrix, np.arange(6.0).reshape(2, 3))
    w = symc.shared(np.ones((3, 2)), "w")
    y = T.nnet.softmax(T.dot(x, w) + 1)[0, ::-1]
    np.testing.assert_allclose(y.tag.test_value, [0.5, 0.5])
    assert x.shape.tag.test_value.tolist() == [2, 3]
    assert x.reshape((3, -1)).tag.test_value.shape == (3, 2)
    assert T.set_subtensor(x[0], 9.0).tag.test_value.tolist() == [[9, 9, 9], [3, 4, 5]]
    assert (x * x).dtype == str((x * x).tag.test_value.dtype)


@pytest.mark.usefixtures("action")
def test_gradients_and_clones_have_values():
    x = valued(T.dscalar, 3.0)
    (g,) = symc.grad(x**2, [x])
    assert g.tag.test_value == 6
    z = valued(T.dscalar, 5.0, "z")
    assert symc.clone(x + 1, {x: z}).tag.test_value == 6
    assert copy.deepcopy(x + 1).tag.test_value == 4


@pytest.mark.usefixtures("action")
def test_mistakes_show_at_their_line():
    x, y = valued(T.dvector, np.ones(3)), valued(T.dvector, np.ones(4), "y")
    with pytest.raises(symc.ShapeMismatch, match=r"test_testvalue\.py") as caught:
        x + y
    assert "x (3,), y (4,)" in str(caught.value)
    with pytest.raises(symc.IndexOutOfBounds):
        x[7]


@pytest.mark.usefixtures("action")
def test_values_must_fit():
    x = valued(T.dvector, np.ones((2, 2)))
    with pytest.raises(symc.BadArgument, match="the test value of x"):
        x + 1


def test_missing_values(action):
    x, y = T.dscalar("x"), valued(T.dscalar, 1.0, "y")
    match action:
        case "ignore":
            assert not hasattr((x + y).tag, "test_value")
            assert get_debug_values(x, y) == []
        case "warn":
            with pytest.warns(UserWarning, match="add gets no test value: x: float64 scalar"):
                x + y
        case "raise":
            with pytest.raises(ValueError, match="add gets no test value: x: float64 scalar"):
                x + y
            with pytest.raises(ValueError, match="x: float64 scalar has no test value"):
                get_debug_values(x)


@pytest.mark.usefixtures("action")
def test_debugging_helpers():
    y = valued(T.dscalar, 1.0)
    ((first, second),) = get_debug_values(y, y + 1)
    assert (first, second) == (1, 2)
    with pytest.raises(AssertionError, match="too small"):
        debug_assert(first > 5, "too small")
    assert get_test_value(T.constant(2.0)) == 2
    assert get_test_value(symc.shared(3.0)) == 3


def test_functions_do_not_depend_on_test_values():
    with symc.config.change_flags(compute_test_value="raise"), warnings.catch_warnings():
        x = valued(T.dscalar, 3.0)
        f = symc.function([x], x * 2)
        assert f(5.0) == 10
