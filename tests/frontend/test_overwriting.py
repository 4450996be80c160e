"""Mutable inputs: an output is computed in the caller's memory, and in no other case."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc import In

s = T.dscalar("s")
v, w = T.dvectors("v", "w")
i = T.lvector("i")
m = T.dmatrix("m")

WRITTEN = {
    "one element": T.set_subtensor(v[0], 5.0),
    "a slice": T.inc_subtensor(v[1:3], 2.0),
    "arithmetic": v * 2 + 1,
    "a gather and a scatter": T.inc_subtensor(v[T.constant([1, 1])], v[:2]),
    "all of it": T.exp(v) / v.sum(),
}


@pytest.fixture(params=["FAST_RUN", "FAST_COMPILE"])
def mode(request):
    with symc.config.change_flags(mode=request.param):
        yield request.param


@pytest.mark.parametrize("name", WRITTEN)
def test_the_output_is_the_argument(name, mode):
    given = np.arange(1.0, 6.0)
    expected = symc.function([v], WRITTEN[name], mode="INTERPRET")(given)
    f = symc.function([In(v, mutable=True)], WRITTEN[name])
    got = f(given)
    assert got is given
    np.testing.assert_allclose(got, expected, rtol=1e-14)


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("option", [{}, {"borrow": True}])
def test_without_it_the_argument_stays(name, option, mode):
    given = np.arange(1.0, 6.0)
    got = symc.function([In(v, **option)], WRITTEN[name])(given)
    assert not np.shares_memory(got, given)
    assert given.tolist() == [1, 2, 3, 4, 5]


def test_no_element_is_copied():
    f = symc.function([In(v, mutable=True)], T.set_subtensor(v[0], 5.0), mode="FAST_RUN")
    program = f.call.artifact.texts["program"]
    assert "copy" not in program
    assert "slot" not in program
    assert program.count("over 1 x 1") == program.count("launch") == 1


def test_the_other_outputs_read_what_was_there(mode):
    f = symc.function([w, In(v, mutable=True), i], [v.sum(), T.inc_subtensor(v[i], w), v * w])
    given = np.ones(3)
    total, new, product = f(np.full(3, 2.0), given, [0, 0, 1])
    assert new is given
    assert (total, new.tolist(), product.tolist()) == (3, [5, 3, 1], [2, 2, 2])


def test_nothing_is_written_in_a_call_that_fails(mode):
    f = symc.function([w, In(v, mutable=True), i], T.inc_subtensor(v[i], w))
    given = np.ones(3)
    with pytest.raises(symc.IndexOutOfBounds):
        f(np.ones(2), given, [0, 3])
    with pytest.raises(symc.ShapeMismatch, match="inc_subtensor"):
        f(np.ones(2), given, [0, 1, 2])
    assert given.tolist() == [1, 1, 1]


def test_two_mutable_inputs(mode):
    f = symc.function([In(v, mutable=True), In(w, mutable=True)], {"a": v - w, "b": v + w})
    first, second = np.array([3.0, 4.0]), np.array([1.0, 1.0])
    got = f(first, second)
    assert (got["a"].tolist(), got["b"].tolist()) == ([2, 3], [4, 5])
    assert {id(got["a"]), id(got["b"])} == {id(first), id(second)}


@pytest.mark.parametrize(
    "make",
    [
        lambda: [1.0, 2.0, 3.0],
        lambda: np.arange(6.0)[::2],
        lambda: np.arange(3, dtype="float32"),
        lambda: np.broadcast_to(np.arange(3.0), (3,)),
        lambda: np.arange(3, dtype=">f8"),
    ],
)
def test_what_cannot_be_written_is_copied(make, mode):
    given = make()
    before = np.array(given)
    got = symc.function([In(v, mutable=True)], T.set_subtensor(v[0], 5.0))(given)
    assert got.tolist() == [5, *before[1:]]
    assert np.array_equal(given, before)


def test_memory_that_arguments_share(mode):
    memory = np.arange(6.0)
    f = symc.function([In(v, mutable=True), In(w, mutable=True)], [v + w, v - w])
    got = f(memory[:4], memory[2:])
    assert [x.tolist() for x in got] == [[2, 4, 6, 8], [-2, -2, -2, -2]]
    g = symc.function([In(v, mutable=True), w], v + w)
    again = np.arange(6.0)
    assert g(again[1:4], again[:3]).tolist() == [1, 3, 5]


def test_memory_that_a_shared_variable_uses(mode):
    memory = np.arange(4.0)
    state = symc.shared(memory, borrow=True)
    f = symc.function([In(v, mutable=True)], v + state, updates={state: state * 2})
    assert f(memory).tolist() == [0, 2, 4, 6]
    assert state.get_value().tolist() == [0, 2, 4, 6]


def test_outputs_of_another_shape_or_kind_are_new(mode):
    given = np.ones((2, 2))
    for output in (m[0], m, m.T, T.dot(m, m), m.sum(), T.cast(m + 1, "float32")):
        got = symc.function([In(m, mutable=True)], output)(given)
        assert not np.shares_memory(got, given)
    assert given.tolist() == [[1, 1], [1, 1]]


def test_states_and_names_beside(mode):
    state = symc.shared(np.zeros(2), "state")
    f = symc.function(
        [s, In(v, mutable=True, name="target")], v * s, updates={state: state + v}, name="f"
    )
    given = np.ones(2)
    assert f(target=given, s=3.0) is given
    assert (state.get_value().tolist(), given.tolist()) == ([1, 1], [3, 3])
    again = pickle.loads(pickle.dumps(f))
    assert again(2.0, given) is given
    assert f.copy(delete_updates=True)(0.5, given) is given
    assert given.tolist() == [3, 3]


def test_threads_keep_apart(mode):
    f = symc.function([In(v, mutable=True), s], v + s)
    arrays = [np.full(1000, float(k)) for k in range(32)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda array: f(array, 1.0), arrays))
    assert all(got is given for got, given in zip(made, arrays, strict=True))
    assert [float(array[0]) for array in arrays] == [k + 1.0 for k in range(32)]
    assert all(np.ptp(array) == 0 for array in arrays)


def test_programs_with_graphs_inside_keep_their_arguments(mode):
    branch = symc.ifelse.ifelse(s > 0, v * 2, v + 1)
    rows, _ = symc.scan(lambda row, total: total + row, sequences=[v], outputs_info=[s])
    for inside, expected in ((branch, [2, 4]), (rows, [4, 6])):
        given = np.array([1.0, 2.0])
        got = symc.function([s, In(v, mutable=True)], inside * 1 + 0 * v)(3.0, given)
        assert got.tolist() == expected
        assert given.tolist() == [1, 2]
