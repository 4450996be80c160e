"""Functions: the forms of inputs, outputs, updates and givens, and calls of every kind."""

import pickle
import sys
from collections import OrderedDict

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc import In, Out

x, y, z = T.dscalars("x", "y", "z")
v = T.dvector("v")


@pytest.fixture(params=["INTERPRET", "FAST_RUN", "FAST_COMPILE"], autouse=True)
def mode(request):
    with symc.config.change_flags(mode=request.param):
        yield request.param


# --- outputs


def test_one_output_is_an_array():
    assert symc.function([x], x + 1)(2.0) == 3


def test_a_list_of_outputs_is_a_list():
    f = symc.function([x], [x + 1])
    assert f(2.0) == [3]
    assert isinstance(symc.function([x], (x, x * 2))(1.0), list)


def test_no_output():
    w = symc.shared(1.0)
    f = symc.function([x], updates={w: w + x})
    assert f(2.0) == []
    assert w.get_value() == 3
    assert symc.function([x], on_unused_input="ignore")(1.0) == []
    assert symc.function([], [])() == []


def test_a_dict_of_outputs():
    f = symc.function([x], {"twice": x * 2, "half": x / 2})
    assert f(4.0) == {"twice": 8, "half": 2}


def test_out_and_numbers():
    f = symc.function([x], [Out(x * 2, borrow=True), 7])
    assert f(4.0) == [8, 7]


def test_an_input_as_output_is_a_copy():
    array = np.ones(3)
    got = symc.function([v], v)(array)
    assert not np.shares_memory(got, array)
    assert np.array_equal(got, array)


def test_the_same_output_twice():
    first, second = symc.function([v], [v + 1, v + 1])(np.ones(2))
    assert not np.shares_memory(first, second)


# --- inputs


def test_intermediate_inputs():
    middle = x * 2
    f = symc.function([middle], middle + 1)
    assert f(10.0) == 11
    g = symc.function([x, middle], x + middle)
    assert g(1.0, 10.0) == 11


def test_keywords_and_defaults():
    f = symc.function([x, In(y, value=10.0), In(z, name="weight", value=2.0)], (x + y) * z)
    assert f(1.0) == 22
    assert f(1.0, 2.0) == 6
    assert f(1.0, weight=3.0) == 33
    assert f(x=1.0, y=1.0, weight=1.0) == 2
    assert f(weight=1.0, x=0.0) == 10


def test_an_input_with_an_update():
    f = symc.function([In(x, value=1.0, update=x * 2)], x + 0)
    assert [float(f()) for _ in range(3)] == [1, 2, 4]
    assert f(10.0) == 10
    assert f() == 20


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda f: f(), "misses 2 inputs: x: float64 scalar; y: float64 scalar"),
        (lambda f: f(1.0), "misses 1 input: y: float64 scalar"),
        (lambda f: f(1.0, 2.0, 3.0), "takes 2 arguments, not 3"),
        (lambda f: f(1.0, x=2.0), "got two values for 'x'"),
        (lambda f: f(1.0, q=2.0), "has no input named 'q'"),
    ],
)
def test_wrong_arguments(call, text):
    f = symc.function([x, y], x + y, name="add")
    with pytest.raises(TypeError, match=text) as caught:
        call(f)
    assert "function 'add'" in str(caught.value)


def test_two_inputs_of_one_name():
    other = T.dscalar("x")
    f = symc.function([x, other], x - other)
    assert f(3.0, 1.0) == 2
    with pytest.raises(TypeError, match="several inputs named 'x'"):
        f(3.0, x=1.0)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: symc.function(x, x), TypeError, "inputs come as a list"),
        (lambda: symc.function([3], x), TypeError, "an input is a variable, not 3"),
        (lambda: symc.function([symc.shared(1.0)], x), TypeError, "givens"),
        (lambda: symc.function([T.constant(1.0)], x), TypeError, "is a constant"),
        (lambda: symc.function([x, x], x), ValueError, "is an input twice"),
        (lambda: symc.function([x], {1: x}), TypeError, "keys of a dict of outputs"),
        (lambda: symc.function([x], x, profile=True), NotImplementedError, "profile"),
        (lambda: In(x, value=1.0, update=v), TypeError, "the update of the input x"),
        (lambda: symc.function([], x, no_default_updates="all"), TypeError, "True, False or a"),
        (lambda: symc.function([x], x, givens=[y]), TypeError, "a given is a pair"),
    ],
)
def test_bad_definitions(make, error, text):
    with pytest.raises(error, match=text):
        make()


# --- unused and missing


def test_an_unused_input_raises():
    with pytest.raises(symc.UnusedInput, match=r"input 1 \(y: float64 scalar\) is not needed"):
        symc.function([x, y], x)


def test_an_unused_input_warns():
    with pytest.warns(UserWarning, match=r"input 1 \(y: float64 scalar\)"):
        f = symc.function([x, y], x, on_unused_input="warn")
    assert f(1.0, 2.0) == 1


def test_an_unused_input_is_ignored():
    assert symc.function([x, y], x, on_unused_input="ignore")(1.0, 2.0) == 1
    with symc.config.change_flags(on_unused_input="ignore"):
        assert symc.function([x, y], x)(1.0, 2.0) == 1


def test_an_input_of_which_only_the_shape_is_used():
    assert symc.function([v], v.shape[0])(np.ones(5)) == 5


def test_an_input_of_an_update_alone():
    w = symc.shared(0.0)
    symc.function([x], updates=[(w, x)])(5.0)
    assert w.get_value() == 5


def test_a_missing_input_names_its_line():
    total = x * 2 + y
    with pytest.raises(symc.MissingInput) as caught:
        symc.function([x], total)
    text = str(caught.value)
    assert "the value of y: float64 scalar is needed" in text
    assert "test_function.py" in text
    assert "total = x * 2 + y" in text


# --- updates


def test_updates_read_the_old_state():
    a, b = symc.shared(1.0), symc.shared(10.0)
    f = symc.function([], [a, b], updates=OrderedDict([(a, b + 1), (b, a + 1)]))
    assert f() == [1, 10]
    assert (a.get_value(), b.get_value()) == (11, 2)


@pytest.mark.parametrize("form", [dict, list, OrderedDict])
def test_forms_of_updates(form):
    a = symc.shared(np.zeros(3))
    symc.function([x], updates=form([(a, a + x)]))(2.0)
    assert a.get_value().tolist() == [2, 2, 2]


def test_an_update_by_a_number_or_array():
    a, n = symc.shared(np.ones(3)), symc.shared(5)
    symc.function([], updates={a: np.zeros(2), n: 0})()
    assert a.get_value().tolist() == [0, 0]
    assert n.get_value() == 0
    assert n.get_value().dtype == "int64"


def test_an_update_may_change_the_shape():
    a = symc.shared(np.ones(2))
    grow = symc.function([], updates={a: T.concatenate([a, a])})
    grow()
    grow()
    assert a.get_value().shape == (8,)


def test_a_swap():
    a, b = symc.shared(np.arange(3.0)), symc.shared(-np.arange(4.0))
    swap = symc.function([], updates={a: b, b: a})
    swap()
    assert a.get_value().tolist() == [0, -1, -2, -3]
    assert b.get_value().tolist() == [0, 1, 2]


def test_an_update_of_part_of_the_state():
    a = symc.shared(np.zeros(4))
    symc.function([x], updates={a: T.inc_subtensor(a[1:3], x)})(2.5)
    assert a.get_value().tolist() == [0, 2.5, 2.5, 0]


def test_default_updates():
    n = symc.shared(0)
    n.default_update = n + 1
    f = symc.function([], n)
    assert [int(f()) for _ in range(3)] == [0, 1, 2]
    assert symc.function([], n, no_default_updates=True)() == 3
    assert n.get_value() == 3
    symc.function([], n, updates={n: n + 10})()
    assert n.get_value() == 13


def test_default_updates_reach_others():
    first, second = symc.shared(1.0), symc.shared(10.0)
    first.default_update = first + second
    second.default_update = second * 2
    f = symc.function([], first * 1)
    assert [float(f()) for _ in range(3)] == [1, 11, 31]
    assert second.get_value() == 80


def test_variables_of_one_state_carry_their_own_updates():
    n = symc.shared(0)
    twin = n.clone()
    twin.default_update = n + 5
    assert symc.function([], n)() == 0
    assert symc.function([], twin)() == 0
    assert symc.function([], twin + n)() == 10
    n.default_update = n + 1
    with pytest.raises(ValueError, match="carry two different updates"):
        symc.function([], twin + n)
    assert symc.function([], twin + n, updates={n: 7})() == 20
    assert n.get_value() == 7


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda a: {a: v}, "cast|dimensions"),
        (lambda a: {a: T.fscalar("s") * 2}, "cast the new value: cast\\(new, 'float64'\\)"),
        (lambda a: {x: x}, "only a shared variable can be updated"),
        (lambda a: [a], "an update is a pair"),
        (lambda a: {a: "text"}, "does not fit"),
    ],
)
def test_bad_updates(make, text):
    a = symc.shared(1.0, "a")
    with pytest.raises(TypeError, match=text):
        symc.function([v], updates=make(a), on_unused_input="ignore")


def test_two_updates_of_one_state():
    a = symc.shared(1.0, "a")
    with pytest.raises(ValueError, match="a is updated twice"):
        symc.function([], updates=[(a, a + 1), (a.clone(), a + 2)])


def test_a_failing_call_leaves_the_state():
    a = symc.shared(np.ones(2), "a")
    f = symc.function([v], updates={a: a + v})
    with pytest.raises(ValueError, match="sizes of dimension 0 differ"):
        f(np.ones(3))
    assert a.get_value().tolist() == [1, 1]


# --- givens


def test_givens():
    data = symc.shared(np.arange(6.0))
    n = T.lscalar("n")
    f = symc.function([n], v.sum(), givens={v: data[n : n + 2]})
    assert f(2) == 5


def test_givens_replace_intermediate_and_shared_variables():
    middle = x * 2
    assert symc.function([x], middle + 1, givens={middle: x * 100})(1.0) == 101
    a = symc.shared(1.0)
    assert symc.function([x], a + x, givens={a: x * 3})(1.0) == 4


def test_givens_are_read_from_the_graph_before():
    f = symc.function([x, y, z], x - y, givens=[], on_unused_input="ignore")
    assert f(3.0, 1.0, 0.0) == 2
    a, b = T.dscalar("a"), T.dscalar("b")
    swapped = symc.function([x, y], a - b, givens={a: y, b: x})
    assert swapped(3.0, 1.0) == -2


def test_givens_reach_updates():
    w = symc.shared(0.0)
    symc.function([], updates={w: w + x}, givens={x: np.float64(4)})()
    assert w.get_value() == 4


def test_bad_givens():
    with pytest.raises(TypeError, match="is an input, so givens cannot replace it"):
        symc.function([x], x, givens={x: y})
    with pytest.raises(TypeError, match="cannot be replaced by v: float64 vector"):
        symc.function([v], x, givens={x: v})
    with pytest.raises(TypeError, match="only a variable can be replaced"):
        symc.function([v], v, givens={3: v})


# --- the rest


def test_functions_have_names():
    f = symc.function([x], x, name="same")
    assert f.name == "same"
    assert repr(f) == "<symc.function same(x)>"


def test_eval():
    assert (x * y).eval({x: 2.0, y: 3.0}) == 6
    total = v.sum()
    assert total.eval({v: [1.0, 2.0]}) == 3
    assert total.eval({v: np.ones(5)}) == 5
    assert T.constant(3.0).eval() == 3
    with pytest.raises(symc.MissingInput):
        total.eval()


def test_eval_compiles_once(monkeypatch):
    module = sys.modules["symc.function"]  # symc.function itself is the function
    made = []
    real = module.function
    monkeypatch.setattr(module, "function", lambda *a, **k: made.append(1) or real(*a, **k))
    total = v.sum()
    for _ in range(3):
        total.eval({v: np.ones(2)})
    assert len(made) == 1


def test_shared_states_are_listed():
    a, b = symc.shared(1.0), symc.shared(2.0)
    f = symc.function([], a, updates={b: a})
    assert set(f.get_shared()) == {a, b}


def test_any_layout_of_an_array():
    m = T.dmatrix("m")
    f = symc.function([m], m * 2)
    base = np.arange(24.0).reshape(4, 6)
    for array in (
        base.T,
        base[::2, ::-1],
        np.asfortranarray(base),
        base[:, :0],
        base.astype(">f8"),
    ):
        assert np.array_equal(f(array), np.asarray(array) * 2)


def test_one_function_serves_every_shape():
    m = T.dmatrix("m")
    f = symc.function([m], m.sum(axis=0) / m.shape[0])
    for rows in range(1, 5):
        for columns in range(4):
            array = np.random.default_rng(rows).normal(size=(rows, columns))
            np.testing.assert_allclose(f(array), array.mean(axis=0))


def test_graphs_are_pickled_not_functions():
    again = pickle.loads(pickle.dumps(x * 2 + 1))
    (leaf,) = [node for node in symc.variable.ancestors([again]) if node.name == "x"]
    assert again.eval({leaf: 3.0}) == 7
