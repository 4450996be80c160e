"""Conditions that must hold when a function runs: Assert, and the bounds of ranges."""

import pickle

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.build import build_module
from symc.tensor.opt import Assert, assert_

x, y = T.dvectors("x", "y")
k, d = T.lscalar("k"), T.dscalar("d")


@pytest.fixture(params=["INTERPRET", "FAST_COMPILE", "FAST_RUN"], autouse=True)
def mode(request):
    with symc.config.change_flags(mode=request.param):
        yield request.param


def test_a_condition_that_fails_raises_its_message_at_the_users_line():
    f = symc.function([x, k], Assert("k is positive")(x, k > 0) * 2)
    assert np.array_equal(f([1.0, 2.0], 1), [2.0, 4.0])
    with pytest.raises(AssertionError, match="k is positive") as caught:
        f([1.0, 2.0], -1)
    assert isinstance(caught.value, symc.ConditionFailed)
    assert "test_demands.py" in str(caught.value)
    assert "Assert(" in str(caught.value)


def test_conditions_are_any_numbers_the_call_computes():
    f = symc.function([x], assert_(x, x.sum(), T.all(x > -1)))
    assert np.array_equal(f([1.0, 2.0]), [1.0, 2.0])
    for bad in ([0.0, 0.0], [-2.0, 1.0]):
        with pytest.raises(AssertionError, match="an assertion does not hold"):
            f(bad)


def test_no_state_changes_where_a_condition_fails():
    total = symc.shared(np.zeros(2))
    step = Assert("no number")(x, T.all(T.eq(x, x)))
    f = symc.function([x], [], updates=[(total, total + step)])
    f([1.0, 2.0])
    with pytest.raises(AssertionError, match="no number"):
        f([np.nan, 1.0])
    assert np.array_equal(total.get_value(), [1.0, 2.0])


def test_derivatives_pass_through():
    checked = Assert("positive")(x, T.all(x > 0))
    cost = (checked**2).sum()
    f = symc.function([x], [cost, T.grad(cost, x)])
    assert np.array_equal(f([1.0, 3.0])[1], [2.0, 6.0])
    for function in (f, symc.function([x], T.grad(cost, x))):
        with pytest.raises(AssertionError, match="positive"):
            function([-1.0, 3.0])


def checks_of(*conditions):
    return build_module([x, y], [Assert()(x, *conditions)]).checks


def test_what_always_holds_is_not_checked():
    n, m = x.shape[0], y.shape[0]
    always = 1, T.eq(n, x.size), T.ge(n, 0), T.gt(n + m + 1, m), T.le(n, n + m), T.lt(0, n + 1)
    assert checks_of(*always) == ()
    assert len(checks_of(T.gt(n, 0))) == 1
    assert len(checks_of(T.eq(n, m))) == 1


def test_sizes_that_are_stated_to_be_equal_are_one():
    same = Assert("as long")(x, T.eq(x.shape[0], y.shape[0])) + y
    assert len(build_module([x, y], [same]).checks) == 1
    f = symc.function([x, y], same)
    assert np.array_equal(f([1.0], [2.0]), [3.0])
    with pytest.raises(AssertionError, match="as long"):
        f([1.0], [2.0, 3.0])


def test_what_never_holds_fails_when_the_function_runs():
    f = symc.function([x], Assert("never")(x, 0))
    for function in (f, pickle.loads(pickle.dumps(f))):
        with pytest.raises(AssertionError, match="never"):
            function([1.0])


def test_a_range_has_a_step():
    f = symc.function([k], [T.arange(0, 5, k), T.arange(5, 0, k)])
    for step in (2, -2, 7):
        ranges = np.arange(0, 5, step), np.arange(5, 0, step)
        assert all(map(np.array_equal, f(step), ranges))
    with pytest.raises(ZeroDivisionError, match="arange: the step is 0"):
        f(0)
    with pytest.raises(ZeroDivisionError, match="arange: the step is 0"):
        symc.function([d], T.arange(0.0, 1.0, d))(0.0)
    for step in (0, 0.0):
        with pytest.raises(ZeroDivisionError, match="arange: the step is 0"):
            T.arange(0, 5, step)


def test_a_range_is_finite():
    f = symc.function([d], T.arange(d))
    assert np.array_equal(f(2.5), [0.0, 1.0, 2.0])
    assert f(-1.5).shape == (0,)
    for bound in (np.nan, np.inf):
        with pytest.raises(ValueError, match="arange: the bounds are not finite"):
            f(bound)
        with pytest.raises(ValueError, match="arange: the bounds are not finite"):
            T.arange(0.0, bound)
