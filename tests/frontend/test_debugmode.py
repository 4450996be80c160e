"""DebugMode agrees with right programs, and names the rule, pass or kernel of a wrong one."""

from contextlib import contextmanager

import numpy as np
import pytest
from msgspec.structs import force_setattr, replace

import symc
import symc.tensor as T
from symc import rewriting
from symc.compiler.op import find
from symc.debugmode import (
    BadOptimization,
    BadThunkOutput,
    DebugMode,
    DebugModeError,
    InvalidValueError,
    StochasticOrder,
)


@contextmanager
def registered(step, *place):
    rewriting.register(step, *place)
    try:
        yield
    finally:
        rewriting.unregister(rewriting.registered_names()[-1])


@rewriting.on("tanh", exact=False)
def cheap_tanh(value):
    return value.operands[0] * 0.5


def test_a_training_step_agrees_in_all_ways():
    x, w = T.matrix("x"), symc.shared(np.ones((4, 3)), "w")
    cost = -T.mean(T.log(T.nnet.softmax(T.dot(x, w)))[:, 0])
    updates = {w: w - 0.1 * symc.grad(cost, w)}
    data = np.random.default_rng(1).normal(size=(5, 4))
    step = symc.function([x], [cost, T.tanh(x)], updates=updates, mode=DebugMode())
    checked = step(data)[0], w.get_value()
    w.set_value(np.ones((4, 3)))
    plain = symc.function([x], cost, updates=updates, mode="FAST_RUN")(data), w.get_value()
    np.testing.assert_array_equal(checked[0], plain[0])
    np.testing.assert_array_equal(checked[1], plain[1])


@pytest.mark.parametrize("name", ["DebugMode", "DEBUG_MODE"])
def test_it_has_theanos_names(name):
    x = T.vector()
    assert symc.function([x], x * 2, mode=name)([1.0]).tolist() == [2.0]


@pytest.mark.parametrize("optimizer", ["fast_run", "fast_compile"])
def test_each_pipeline_is_checked(optimizer):
    x = T.vector()
    mode = DebugMode(optimizer=optimizer)
    assert symc.function([x], T.exp(x).sum(), mode=mode)([0.0, 0.0]) == 2.0


def test_a_wrong_rule_is_named_with_the_line_and_the_values():
    x = T.vector()
    with registered(cheap_tanh):
        f = symc.function([x], T.tanh(x) + 1, mode=DebugMode())
        with pytest.raises(BadOptimization) as caught:
            f([0.0, 2.0])
    text = str(caught.value)
    assert "rule 'cheap_tanh' of pass 'simplify' changes a value" in text
    assert "T.tanh(x) + 1" in text
    assert "1.0 instead of 0.9640275800758169 at [1], 1 of 2" in text


def test_it_is_right_where_the_arguments_hide_the_mistake():
    x = T.vector()
    with registered(cheap_tanh):
        assert symc.function([x], T.tanh(x), mode=DebugMode())([0.0]).tolist() == [0.0]


def test_a_wrong_rule_in_a_branch_not_chosen_is_found():
    x = T.vector()
    with registered(cheap_tanh):
        f = symc.function([x], T.switch(x > 9, T.tanh(x), x), mode=DebugMode())
        with pytest.raises(BadOptimization, match="cheap_tanh"):
            f([2.0])


def test_a_wrong_pass_is_named():
    def plus_one(module):
        return replace(module, outputs=tuple(value + 1 for value in module.outputs))

    x = T.vector()
    with registered(plus_one, "stabilize"):
        f = symc.function([x], T.tanh(x), mode=DebugMode())
        with pytest.raises(BadOptimization, match="pass 'plus_one' changes output 0"):
            f([1.0])


def test_a_pass_that_is_not_repeatable_is_named():
    count = iter(range(100))

    def counting(module):
        return replace(module, outputs=tuple(value + next(count) for value in module.outputs))

    x = T.vector()
    with registered(counting), pytest.raises(StochasticOrder, match="'counting'"):
        symc.function([x], x, mode=DebugMode())


def test_wrong_native_code_is_named_with_its_kernel(monkeypatch):
    monkeypatch.setenv("SYMC_CACHE_DIR", "")
    op = find("tanh")
    right = op.body
    x = T.vector("x")
    force_setattr(op, "body", lambda builder, a: a)
    try:
        f = symc.function([x], T.tanh(x) * 2, mode=DebugMode())
        with pytest.raises(BadThunkOutput) as caught:
            f([0.0, 1.0])
    finally:
        force_setattr(op, "body", right)
    text = str(caught.value)
    assert "a kernel's native code, by mlir, differs from the reference" in text
    assert "2.0 instead of 1.5231883119115297 at [1]" in text
    assert "= tanh(%" in text


def test_native_code_is_left_alone_on_wish(monkeypatch):
    monkeypatch.setenv("SYMC_CACHE_DIR", "")
    x = T.vector("x")
    f = symc.function([x], T.tanh(x) * 2, mode=DebugMode(check_c_code=False))
    assert f([0.0]).tolist() == [0.0]


def test_values_that_are_not_finite_are_named():
    x = T.vector("x")
    w = symc.shared(np.ones(1), "w")
    with pytest.raises(InvalidValueError, match="output 0 holds -inf"):
        symc.function([x], T.log(x), mode=DebugMode())([0.0])
    f = symc.function([x], updates={w: w / x}, mode=DebugMode())
    with pytest.raises(InvalidValueError, match="the new value of w holds inf"):
        f([0.0])
    assert w.get_value().tolist() == [1.0]
    passing = symc.function([x], T.log(x), mode=DebugMode(check_isfinite=False))
    assert passing([0.0]).tolist() == [-np.inf]


def test_a_stable_form_may_have_a_value_where_the_formula_has_none():
    x = T.vector("x")
    mode = DebugMode(check_isfinite=False)
    f = symc.function([x], T.log(1 + T.exp(x)), mode=mode)
    assert f([1000.0]).tolist() == [1000.0]


def test_the_users_own_mistakes_are_reported_as_in_any_mode():
    x, i = T.vector("x"), T.lscalar("i")
    f = symc.function([x, i], x[i], mode=DebugMode())
    with pytest.raises(symc.IndexOutOfBounds, match="index 7 is out of bounds"):
        f([1.0], 7)
    y = T.vector("y")
    with pytest.raises(symc.ShapeMismatch):
        symc.function([x, y], x + y, mode=DebugMode())([1.0, 2.0], [1.0, 2.0, 3.0])


def test_its_errors_have_one_base():
    for kind in (BadOptimization, BadThunkOutput, InvalidValueError, StochasticOrder):
        assert issubclass(kind, DebugModeError)
        assert issubclass(kind, symc.Error)


def test_including_and_excluding_keep_the_mode():
    mode = DebugMode(check_isfinite=False).excluding("cheap_tanh")
    assert isinstance(mode, DebugMode)
    assert not mode.check_isfinite
    x = T.vector()
    with registered(cheap_tanh):
        assert symc.function([x], T.tanh(x), mode=mode)([np.inf]).tolist() == [1.0]
