"""Rules and passes of the user's own: registered, taken by modes, left out, cached by version."""

from contextlib import contextmanager

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc import rewriting
from symc.exceptions import BadUse, BadValue
from symc.rewriting import Integer, ops, register, registered_names, rule, unregister


@pytest.fixture(autouse=True)
def native():
    with symc.config.change_flags(mode="FAST_RUN"):
        yield


@contextmanager
def registered(step, *place, **options):
    register(step, *place, **options)
    try:
        yield
    finally:
        unregister(registered_names()[-1])


@rule(exact=False)
def tanh_of_atanh(x):
    return ops.tanh(ops.arctanh(x)), x


@rewriting.on("exp", exact=False)
def cheap_exp(value):
    x = value.operands[0]
    return 1 + x + x * x * 0.5


def test_a_rule_is_applied_while_it_is_registered():
    x = T.vector("x")
    y = T.tanh(T.arctanh(x))
    assert np.isnan(symc.function([x], y)([2.0])).all()
    with registered(tanh_of_atanh):
        assert symc.function([x], y)([2.0]).tolist() == [2.0]
    assert np.isnan(symc.function([x], y)([2.0])).all()


def test_a_rule_may_be_left_out_by_a_mode():
    x = T.vector("x")
    with registered(tanh_of_atanh):
        mode = symc.Mode().excluding("tanh_of_atanh")
        assert np.isnan(symc.function([x], T.tanh(T.arctanh(x)), mode=mode)([2.0])).all()


def test_a_rule_may_wait_to_be_included():
    x = T.vector("x")
    with registered(cheap_exp, always=False):
        assert symc.function([x], T.exp(x))([0.5]).tolist() == [np.exp(0.5)]
        mode = symc.Mode().including("cheap_exp")
        assert symc.function([x], T.exp(x), mode=mode)([0.5]).tolist() == [1.625]
        with symc.config.change_flags(optimizer_including="cheap_exp"):
            assert symc.function([x], T.exp(x))([0.5]).tolist() == [1.625]


def test_it_comes_before_the_passes_own_rules():
    @rule(exact=False)
    def power_two_by_hand(x, n: Integer):
        return ops.power(x, n), lambda x, n: x * 0 + n

    x = T.vector("x")
    with registered(power_two_by_hand):
        assert symc.function([x], x**2)([3.0]).tolist() == [2.0]
    assert symc.function([x], x**2)([3.0]).tolist() == [9.0]


def test_a_pass_sees_the_module_where_it_stands():
    seen = []

    def look(module):
        seen.append(rewriting.to_text(module))
        return module

    x = T.vector("x")
    for place in ("canonicalize", "fuse"):
        with registered(look, place):
            symc.function([x], T.tanh(x) + 0.125)
    assert "= tanh(%x)" in seen[0]
    assert "kernel" not in seen[0]
    assert "kernel @k0" in seen[1]


def test_a_pass_is_left_out_by_its_name():
    def fail(module):
        raise AssertionError("it runs")

    x = T.vector("x")
    with registered(fail, name="failing"):
        mode = symc.Mode().excluding("failing")
        assert symc.function([x], x + 0.25, mode=mode)([0.0]).tolist() == [0.25]
        with pytest.raises(symc.InternalError, match="pass 'failing' fails"):
            symc.function([x], x + 0.25)


def test_a_pass_that_returns_nothing_is_named():
    x = T.vector("x")
    with (
        registered(lambda module: None, name="forgetful"),
        pytest.raises(symc.InternalError, match=r"'forgetful' fails.*returns NoneType"),
    ):
        symc.function([x], x + 0.25)


def test_functions_are_cached_with_versions_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("SYMC_CACHE_DIR", str(tmp_path))
    x = T.vector("x")

    def compiled():
        return symc.function([x], T.exp(x)).call.artifact.cached

    with registered(cheap_exp):
        assert [compiled(), compiled()] == [False, False]
    with registered(cheap_exp, version="1"):
        assert [compiled(), compiled()] == [False, True]
    with registered(cheap_exp, version="2"):
        assert compiled() is False
    assert compiled() is False
    assert compiled() is True


def test_a_rule_with_another_type_is_named_with_the_users_line():
    @rewriting.on("tanh", exact=False)
    def narrow(value):
        return ops.cast(value.operands[0], dtype="float32")

    x = T.vector("x")
    with registered(narrow), pytest.raises(symc.InternalError) as caught:
        symc.function([x], T.tanh(x))
    assert "rule 'narrow' fails" in str(caught.value)
    assert "test_rewriting.py" in str(caught.value)


def test_what_is_neither_rule_nor_pass_is_refused():
    with pytest.raises(BadUse, match="3 is neither a rule nor a pass"):
        register(3)


def test_unknown_places_are_refused_with_those_there_are():
    with pytest.raises(BadValue, match="no place 'nowhere' for a rule") as caught:
        register(cheap_exp, "nowhere")
    assert "one of tidy, canonicalize, stabilize, simplify" in str(caught.value)
    with pytest.raises(BadValue, match="no place 'fuse' for a rule"):
        register(cheap_exp, "fuse")


def test_symcs_own_names_are_refused():
    with pytest.raises(BadValue, match="symc itself has a rule or pass 'log_sigmoid'"):
        register(cheap_exp, name="log_sigmoid")
    with pytest.raises(BadValue, match="'nobody' is registered"):
        unregister("nobody")


def test_a_rule_without_a_left_side_is_refused():
    with pytest.raises(symc.TypeMismatch, match="rule 'bare' returns its left side"):

        @rule(exact=True)
        def bare(x):
            return x, x


def test_operations_are_listed_and_unknown_ones_refused():
    assert "log" in dir(ops)
    with pytest.raises(AttributeError, match="no operation 'logg'"):
        ops.logg  # noqa: B018
