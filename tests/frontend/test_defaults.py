"""Defaults of inputs: read, set, shared between functions, kept in shared variables."""

import copy
import pickle

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc import In

x, y, z = T.dscalars("x", "y", "z")
v = T.dvector("v")


@pytest.fixture
def step():
    return symc.function([x, In(y, value=2.0, update=y + x)], x + y, name="step")


def test_read_and_set(step):
    assert step[y] == step["y"] == step[1] == step.value[y] == step.container["y"].value == 2
    step[y] = 7
    assert step(1.0) == 8
    step.value["y"] = 10.0
    step.container[y].value += 1
    assert (step(0.0), step[x]) == (11, None)
    assert (y in step, "x" in step, z in step, "q" in step.value) == (True, True, False, False)
    assert (len(step.value), step.container[y].name) == (2, "y")
    assert step.container[y].type == y.type
    assert repr(step.container[y]) == "<container of y: array(11.)>"


@pytest.mark.parametrize(
    ("go", "text"),
    [
        (lambda f: f["q"], "there is no input 'q'"),
        (lambda f: f[z], "there is no input z"),
        (lambda f: f.value.__setitem__("q", 1), "there is no input 'q'"),
        (lambda f: f.__setitem__("y", [1.0]), "a value does not fit y: it has 1 dimensions"),
        (lambda f: f.container.__setitem__("y", 1.0), "the containers of a function stay"),
    ],
)
def test_what_makes_no_sense(step, go, text):
    with pytest.raises(TypeError, match=text):
        go(step)


def test_a_name_of_several_inputs():
    other = T.dscalar("y")
    f = symc.function([In(y, value=1.0), In(other, value=2.0)], y - other)
    assert (f[y], f[other], f[0]) == (1, 2, 1)
    with pytest.raises(TypeError, match="several inputs are named 'y'"):
        _ = f["y"]


def test_a_value_that_does_not_fit_is_refused_at_once():
    with pytest.raises(symc.BadArgument, match="a value does not fit v"):
        symc.function([In(v, value=3.0)], v)


def test_a_default_set_does_not_make_an_input_optional(step):
    step[x] = 5.0
    with pytest.raises(TypeError, match="misses 1 input: x"):
        step()


def test_functions_share_a_default():
    f = symc.function([x, In(y, value=4.0, update=y + x)], x + y)
    g = symc.function([x, In(y, value=f.container[y], update=y - x)], x - y)
    assert [float(h(1.0)) for h in (f, g, f, g)] == [5, -4, 5, -4]
    assert f[y] == g[y] == 4
    f2, g2 = pickle.loads(pickle.dumps((f, g)))
    f2(10.0)
    assert (g2["y"], g[y]) == (14, 4)


@pytest.mark.parametrize("given", [lambda s: s, lambda s: s.container])
def test_a_shared_variable_keeps_a_default(given):
    state = symc.shared(4.0)
    f = symc.function([x, In(y, value=given(state), update=y + x)], x + y)
    assert (f(1.0), state.get_value()) == (5, 5)
    state.set_value(100.0)
    assert (f(1.0), state.get_value(), f.copy()(1.0)) == (101, 101, 102)


def test_copies_go_their_own_way(step):
    others = [step.copy(), copy.copy(step), copy.deepcopy(step), pickle.loads(pickle.dumps(step))]
    assert step(1.0) == 3
    assert [float(f["y"]) for f in others] == [2, 2, 2, 2]
    assert step[y] == 3


def test_a_default_is_never_written():
    given = np.ones(2)
    f = symc.function([In(v, value=given, mutable=True)], T.inc_subtensor(v[0], 5.0))
    assert f().tolist() == f().tolist() == [6, 1]
    assert given.tolist() == f[v].tolist() == [1, 1]
