"""Compiled functions as things: copied, pickled, called again and again."""

import copy
import pickle
import pickletools

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc import In
from symc.compiler.text import canonical

v = T.dvector("v")


@pytest.fixture(params=["INTERPRET", "FAST_RUN"], autouse=True)
def mode(request):
    with symc.config.change_flags(mode=request.param):
        yield request.param


@pytest.fixture
def counter():
    return symc.shared(np.zeros(2), "counter")


@pytest.fixture
def step(counter):
    return symc.function([v], (counter * v).sum(), updates={counter: counter + v}, name="step")


# --- copy


def test_a_copy_shares_the_state(step, counter):
    other = step.copy(name="other")
    step(np.ones(2))
    assert other(np.ones(2)) == 2
    assert counter.get_value().tolist() == [2, 2]
    assert (step.name, other.name, copy.copy(step).name) == ("step", "other", "step")


def test_a_copy_of_other_shared_variables(step, counter):
    new = symc.shared(np.full(2, 10.0), "new")
    other = step.copy(swap={counter: new})
    assert other(np.ones(2)) == 20
    assert new.get_value().tolist() == [11, 11]
    assert counter.get_value().tolist() == [0, 0]
    assert other.get_shared() == (new,)
    assert step.get_shared() == (counter,)


def test_a_copy_without_updates(step, counter):
    step(np.ones(2))
    other = step.copy(delete_updates=True)
    assert other(np.ones(2)) == 2
    assert other(np.ones(2)) == 2
    assert counter.get_value().tolist() == [1, 1]


def test_a_copy_without_the_updates_of_inputs():
    x = T.dscalar("x")
    f = symc.function([In(x, value=1.0, update=x * 2)], {"x": x + 0})
    assert f()["x"] == 1
    g = f.copy(delete_updates=True)
    assert [float(g()["x"]), float(g()["x"]), float(f()["x"])] == [2, 2, 2]


def test_a_swap_that_does_not_fit(step, counter):
    other, matrix = symc.shared(np.ones(2), "other"), symc.shared(np.ones((2, 2)))
    both = symc.function([], counter.sum() + other.sum())
    with pytest.raises(symc.BadReplacement, match="cannot be swapped"):
        step.copy(swap={counter: matrix})
    with pytest.raises(symc.BadReplacement, match="is no shared variable of the function"):
        step.copy(swap={matrix: counter})
    with pytest.raises(symc.BadReplacement, match="makes two shared variables one"):
        both.copy(swap={counter: other})
    with pytest.raises(symc.NotSupported, match="profile"):
        step.copy(profile=True)


# --- pickle and deepcopy


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))])
def test_what_travels_has_a_state_of_its_own(step, counter, copied):
    step(np.ones(2))
    other, own = copied((step, counter))
    assert other(np.ones(2)) == 2
    assert own.get_value().tolist() == [2, 2]
    assert counter.get_value().tolist() == [1, 1]
    assert other.get_shared()[0].container is own.container
    assert (other.name, other.mode) == ("step", step.mode)


def test_a_pickle_is_text_and_reads_equal(step, mode):
    data = pickle.dumps(step)
    again = pickle.loads(data)
    assert canonical(again.module) == canonical(step.module)
    assert not again.built.reached
    if mode == "FAST_RUN":
        assert step.call.artifact.blob not in data
        assert again.call.artifact.blob == step.call.artifact.blob
    names = {value for op, value, _ in pickletools.genops(data) if op.name == "SHORT_BINUNICODE"}
    assert not any(str(name).startswith("_code") for name in names)


def test_names_defaults_and_forms_travel():
    x, y = T.dscalars("x", "y")
    f = symc.function([x, In(y, value=3.0, update=y + x)], {"sum": x + y, "big": T.constant(1.0)})
    assert f(1.0)["sum"] == 4
    again = pickle.loads(pickle.dumps(f))
    assert again(x=1.0) == {"sum": 5, "big": 1}
    assert f(1.0)["sum"] == 5
    assert [p.name for p in again.module.parameters] == ["x", "y"]


def test_large_constants_travel():
    table = np.random.default_rng(0).normal(size=(30, 2))
    f = pickle.loads(pickle.dumps(symc.function([v], T.dot(table, v))))
    np.testing.assert_allclose(f(np.ones(2)), table.sum(1), rtol=1e-12)


def test_errors_keep_their_lines(step):
    again = pickle.loads(pickle.dumps(step))
    with pytest.raises(symc.ShapeMismatch, match=r"test_compiled\.py"):
        again(np.ones(3))


# --- calls


def test_a_native_loop(counter):
    f = symc.function([v], counter.sum(), updates={counter: counter + v})
    assert f.fn(np.ones(2), n_calls=5) == 8
    assert counter.get_value().tolist() == [5, 5]
    g = symc.function([], [], updates={counter: counter * 2})
    assert g.fn() == []
    assert g.fn(n_calls=2) == []
    assert counter.get_value().tolist() == [40, 40]


def test_a_loop_ends_at_an_error(step, counter):
    with pytest.raises(symc.ShapeMismatch):
        step.fn(np.ones(3), n_calls=3)
    assert counter.get_value().tolist() == [0, 0]
    with pytest.raises(ValueError, match="n_calls"):
        step.fn(np.ones(2), n_calls=0)
    with pytest.raises(TypeError, match="misses 1 input"):
        step.fn(n_calls=2)
    x = T.dscalar("x")
    f = symc.function([In(x, value=1.0, update=x * 2)], x + 0)
    assert (f.fn(n_calls=3), f[x]) == (4, 8)


def test_free_and_trust_input(step):
    assert step.trust_input is False
    step.trust_input = True
    assert step(np.ones(2)) == 0
    step.free()
    assert step(np.ones(2)) == 2


def test_default_updates_left_out_by_name():
    first, second = symc.shared(1.0, "first"), symc.shared(1.0, "second")
    first.default_update, second.default_update = first + 1, second + 1
    f = symc.function([], first + second, no_default_updates=[first])
    assert [float(f()), float(f())] == [2, 3]
    assert symc.function([], first + second, no_default_updates=[])() == 4
    assert (first.get_value(), second.get_value()) == (2, 4)
