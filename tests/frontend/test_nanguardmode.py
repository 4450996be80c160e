"""NanGuardMode ends a call at the line that makes the first value it does not allow."""

import numpy as np
import pytest

import symc
import symc.tensor as T
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
