"""Scans as parts of graphs: copied, pickled, shown, checked."""

import copy
import pickle

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.ifelse import ifelse
from symc.scan_module.operation import Scan
from symc.tensor.shared_randomstreams import RandomStreams

ROWS = np.arange(1.0, 5.0)


@pytest.fixture
def x():
    return T.dvector("x")


@pytest.fixture
def s():
    return T.dscalar("s")


@pytest.fixture
def made(x, s):
    return symc.scan(lambda a, b: a * b + s, x, [s], name="chain")[0]


def wanted(start):
    found, value = [], start
    for row in ROWS:
        value = row * value + start
        found.append(value)
    return found


def test_graphs_travel_through_pickle(x, s, made):
    again, x2, s2 = pickle.loads(pickle.dumps((made, x, s)))
    assert symc.function([x2, s2], again)(ROWS, 2.0).tolist() == wanted(2.0)


def test_graphs_are_copied(x, s, made):
    again, x2, s2 = copy.deepcopy((made, x, s))
    assert symc.function([x2, s2], again)(ROWS, 2.0).tolist() == wanted(2.0)


@pytest.mark.parametrize("mode", ["INTERPRET", "FAST_RUN"])
def test_functions_travel_through_pickle(x, s, made, mode):
    count = symc.shared(0, "count")
    f = symc.function([x, s], made, updates={count: count + 1}, mode=mode)
    again = pickle.loads(pickle.dumps(f))
    assert again(ROWS, 2.0).tolist() == wanted(2.0)
    assert copy.copy(f)(ROWS, 1.0).tolist() == wanted(1.0)


def test_functions_with_choices_travel_through_pickle(x, s):
    f = symc.function([x, s], ifelse(s > 1, x.sum(), T.exp(x[0])))
    assert pickle.loads(pickle.dumps(f))(ROWS, 2.0) == 10


def test_functions_with_draws_travel_through_pickle():
    stream = RandomStreams(4)
    made, updates = symc.scan(lambda: stream.normal(()), n_steps=3)
    f = symc.function([], made, updates=updates)
    again = pickle.loads(pickle.dumps(f))
    np.testing.assert_array_equal(again(), f())


def test_clone_replaces_operands(x, s, made):
    other = symc.clone(made, {s: s + 1, x: x * 2})
    assert symc.function([x, s], other)(ROWS / 2, 1.0).tolist() == wanted(2.0)


def test_givens_reach_what_a_step_uses(x, s, made):
    f = symc.function([x], made, givens={s: np.float64(2)})
    assert f(ROWS).tolist() == wanted(2.0)


def test_the_application_says_what_it_is(made):
    assert isinstance(made.owner.op, Scan)
    assert made.owner.op.name == "chain"
    assert len(made.owner.op.inputs) == 3


def test_debugprint_shows_the_step(x, made):
    text = symc.printing.debugprint(made, file="str")
    assert text.startswith("scan{chain}.1 [id A] ''")
    assert "Inner graphs:" in text
    step = text.split("Inner graphs:")[1]
    assert "x[t]" in step
    assert "s[t-1]" in step
    assert " >add" in step


def test_debugprint_shows_inner_scans():
    m = T.dmatrix("m")
    made, _ = symc.scan(lambda r: symc.scan(lambda e: e * 2, r, name="inner")[0], m, name="outer")
    text = symc.printing.debugprint(made, file="str")
    assert text.count("scan{outer}") == 2
    assert text.count("scan{inner}") == 2
    assert " >multiply" in text


def test_debugprint_numbers_results(x):
    text = symc.printing.debugprint(ifelse(x.sum(), [x, x + 1], [x, x], name="c"), file="str")
    assert text.startswith("if{c}.0 [id A] ''")
    assert "\nif{c}.1 [id A] ''" in text


def test_pp_is_one_line(made):
    text = symc.pp(made)
    assert text.startswith("scan{chain}(")
    assert "\n" not in text


def test_the_fgraph_of_a_function(x, s, made):
    f = symc.function([x, s], made)
    names = [node.op.name for node in f.maker.fgraph.toposort() if hasattr(node.op, "name")]
    assert "loop" in names


@pytest.mark.parametrize("mode", ["DebugMode", "NanGuardMode", "FAST_COMPILE", "FAST_RUN"])
def test_modes(x, s, made, mode):
    assert symc.function([x, s], made, mode=mode)(ROWS, 2.0).tolist() == wanted(2.0)


def test_debug_mode_where_rules_fire_inside_of_a_step(x):
    def step(a, b):
        return T.log(1 + T.exp(a * 1)) + (b + a) - a

    made, _ = symc.scan(step, x, [np.float64(0)])
    found = symc.function([x], made, mode="DebugMode")(ROWS)
    np.testing.assert_allclose(found, np.cumsum(np.log1p(np.exp(ROWS))))


def test_test_values_inside_a_step(x):
    with symc.config.change_flags(compute_test_value="raise"):
        x.tag.test_value = ROWS
        seen = []

        def step(a, b):
            seen.append((a.tag.test_value, b.tag.test_value))
            c = a + b
            assert c.tag.test_value == 3.0
            return c

        made, _ = symc.scan(step, x, [T.constant(2.0, dtype="float64")])
        assert seen == [(1.0, 2.0)]
        assert made.tag.test_value.tolist() == [3, 5, 8, 12]


def test_test_values_show_mistakes_at_the_line_of_the_step(x):
    m = T.dmatrix("m")
    with symc.config.change_flags(compute_test_value="raise"):
        x.tag.test_value, m.tag.test_value = ROWS, np.ones((2, 3))
        with pytest.raises(ValueError, match="a \\+ b"):
            symc.scan(lambda a, b: a + b, m, None, [x])
