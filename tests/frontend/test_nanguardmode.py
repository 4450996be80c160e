"""NanGuardMode ends a call at the line that makes the first value it does not allow."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.ifelse import ifelse
from symc.nanguardmode import InvalidValue, NanGuardMode, contains_inf, contains_nan

x = T.dvector("x")


@pytest.mark.parametrize(
    ("argument", "words"),
    [(-1.0, "log makes NaN"), (0.0, "log makes infinity"), (1e200, "exp makes infinity")],
)
def test_the_operation_and_its_line_are_named(argument, words):
    f = symc.function([x], (T.log(x) + T.exp(x)).sum(), mode=NanGuardMode(big_is_error=False))
    with pytest.raises(InvalidValue, match=words) as caught:
        f([argument])
    assert "T.log(x) + T.exp(x)" in str(caught.value)
    assert isinstance(caught.value, AssertionError)


def test_good_calls_return_what_others_do():
    f = symc.function([x], T.log(x).sum(), mode="NanGuardMode")
    assert f([1.0, 1.0]) == 0.0


def test_huge_values_and_inputs():
    f = symc.function([x], x * 1e9, mode=NanGuardMode())
    assert f([2.0]).tolist() == [2e9]
    with pytest.raises(InvalidValue, match=r"multiply makes values beyond 1e\+10"):
        f([20.0])
    with pytest.raises(InvalidValue, match="input x holds NaN and infinity"):
        f([np.nan, np.inf])


def test_what_is_allowed_passes():
    mode = NanGuardMode(nan_is_error=True, inf_is_error=False, big_is_error=False)
    f = symc.function([x], T.log(x), mode=mode)
    assert f([0.0]).tolist() == [-np.inf]
    with pytest.raises(InvalidValue, match="log makes NaN"):
        f([-1.0])
    with pytest.raises(InvalidValue, match="nothing is an error"):
        NanGuardMode(False, False, False)


def test_states_are_checked_and_left_unchanged():
    s = symc.shared(np.ones(1), "s")
    f = symc.function([x], updates={s: s / x}, mode=NanGuardMode())
    f([0.5])
    with pytest.raises(InvalidValue, match="divide makes infinity"):
        f([0.0])
    assert s.get_value().tolist() == [2.0]
    s.set_value(np.array([np.nan]))
    with pytest.raises(InvalidValue, match="state s holds NaN"):
        f([1.0])


def test_integers_pass():
    i = T.lvector("i")
    big = np.array([2**60])
    assert symc.function([i], i + 1, mode=NanGuardMode())(big).tolist() == [2**60 + 1]


def test_arrays_are_looked_at_by_themselves():
    assert contains_nan(np.array([1.0, np.nan]))
    assert not contains_nan(np.ones(2))
    assert contains_inf(np.array([1.0, -np.inf]))
    assert not contains_inf(np.ones(2))


def test_arms_that_are_taken():
    k = T.iscalar("k")
    f = symc.function([x, k], ifelse(k, T.log(x), x + 1), mode=NanGuardMode())
    assert f([-1.0], 0).tolist() == [0.0]
    with pytest.raises(InvalidValue, match="log makes NaN") as caught:
        f([-1.0], 1)
    assert "ifelse(k, T.log(x), x + 1)" in str(caught.value)


def test_steps_of_loops():
    n = T.lscalar("n")
    rows, _ = symc.scan(lambda s: T.log(s), outputs_info=x, n_steps=n)
    f = symc.function([x, n], rows, mode=NanGuardMode(inf_is_error=False))
    assert f([1.5], 1).tolist() == [[np.log(1.5)]]
    with pytest.raises(InvalidValue, match="log makes NaN, in step 2") as caught:
        f([1.5], 3)
    assert "lambda s: T.log(s)" in str(caught.value)


def test_what_only_the_interpreter_runs():
    rows, _ = symc.scan(lambda k, x: T.log(ifelse(k > 1, x, x[1:])).sum(), T.arange(3), None, x)
    f = symc.function([x], rows, mode=NanGuardMode())
    assert f.call.reason
    assert f([np.e, 1.0]).tolist() == [0.0, 0.0, 1.0]
    with pytest.raises(InvalidValue, match="log makes NaN, in step 2"):
        f([-1.0, 2.0])
