"""Assert: values that are only returned where conditions hold."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.tensor.opt import Assert, assert_op


@pytest.fixture(params=["FAST_RUN", "FAST_COMPILE", "INTERPRET"], autouse=True)
def mode(request):
    with symc.config.change_flags(mode=request.param):
        yield


def test_a_condition_is_looked_at_in_each_call():
    x = T.dvector("x")
    checked = Assert("x must be positive")(x, T.all(x > 0), x.shape[0] > 1)
    f = symc.function([x], checked * 2)
    np.testing.assert_array_equal(f([1.0, 2.0]), [2, 4])
    for bad in ([-1.0, 2.0], [1.0]):
        with pytest.raises(AssertionError, match="x must be positive") as caught:
            f(bad)
        assert "test_assertions.py" in str(caught.value)


def test_conditions_may_be_arrays():
    x = T.dvector("x")
    f = symc.function([x], assert_op(x, x > 0))
    np.testing.assert_array_equal(f([1.0, 2.0]), [1, 2])
    with pytest.raises(AssertionError, match="does not hold"):
        f([1.0, -1.0])


def test_no_state_changes():
    x, s = T.dscalar("x"), symc.shared(0.0)
    f = symc.function([x], [], updates={s: s + assert_op(x, x < 3)})
    f(2.0)
    with pytest.raises(AssertionError):
        f(3.0)
    assert s.get_value() == 2


def test_derivatives_pass_through():
    x = T.dscalar("x")
    y = assert_op(x, x > 0) ** 2
    f = symc.function([x], [symc.grad(y, x), symc.Rop(y, x, T.constant(10.0))])
    assert [float(v) for v in f(3.0)] == [6, 60]
    with pytest.raises(AssertionError):
        f(-3.0)


def test_its_size_is_known_without_it():
    x = T.dvector("x")
    f = symc.function([x], Assert("never")(x, x < 0).shape[0])
    assert f([1.0, 2.0]) == 2
