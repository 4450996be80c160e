"""Each argument of scan by itself, and the forms of what it takes and returns."""

from collections import OrderedDict

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.scan_module import until
from symc.tensor.shared_randomstreams import RandomStreams
from symc.updates import OrderedUpdates

ROWS = np.arange(6.0)


def value(made, *pairs):
    """Return the value of a result of scan, given (variable, value) pairs."""
    inputs = [x for x, _ in pairs]
    return symc.function(inputs, made, on_unused_input="ignore")(*(v for _, v in pairs))


def over_rows(step, backwards=False, **more):
    """Return what a step gives over ROWS, which are its only sequence unless others are given."""
    x = T.dvector("x")
    sequences = [
        {**s, "input": x} if isinstance(s, dict) else x for s in more.pop("sequences", [x])
    ]
    made, _ = symc.scan(step, sequences=sequences, go_backwards=backwards, **more)
    return value(made, (x, ROWS)).tolist()


# --- sequences: the numbers are those of Theano 1.0.5


@pytest.mark.parametrize(
    ("taps", "wanted"),
    [
        ([-2, 0, 1], [320, 431, 542]),
        ([2], [2, 3, 4, 5]),
        ([-2], [0, 1, 2, 3]),
        ([1, -1], [2, 13, 24, 35]),
    ],
)
def test_taps_of_a_sequence(taps, wanted):
    def step(*rows):
        return sum(x * 10.0**k for k, x in enumerate(rows))

    assert over_rows(step, sequences=[{"taps": taps}]) == wanted
    assert over_rows(step, True, sequences=[{"taps": taps}]) == wanted[::-1]


def test_taps_beside_a_sequence_without():
    def step(earlier, now):
        return earlier * 10 + now

    sequences = [{"taps": [-2]}, None]
    assert over_rows(step, sequences=sequences) == [0, 11, 22, 33]
    assert over_rows(step, True, sequences=sequences) == [35, 24, 13, 2]


def test_the_shortest_sequence_says_how_many_steps():
    x, m = T.dvector(), T.dmatrix()
    made, _ = symc.scan(lambda a, b: a + b.sum(), [x, m])
    assert value(made, (x, ROWS), (m, np.ones((4, 2)))).tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize("given", [np.arange(3), T.arange(3)])
def test_sequences_of_integers(given):
    made, _ = symc.scan(lambda a: a * 2, sequences=given)
    assert made.dtype == "int64"
    assert value(made).tolist() == [0, 2, 4]


def test_rows_of_higher_rank():
    x = T.dtensor4()
    made, _ = symc.scan(lambda a: a.dimshuffle(2, 1, 0), x)
    data = np.random.default_rng(1).normal(size=(2, 3, 4, 5))
    np.testing.assert_array_equal(value(made, (x, data)), data.transpose(0, 3, 2, 1))


def test_a_sequence_of_unknown_length():
    x = T.dvector()
    made, _ = symc.scan(lambda a, total: total + a, [x[x > 2.5]], [np.float64(0)])
    assert value(made, (x, ROWS)).tolist() == [3, 7, 12]
    made, _ = symc.scan(lambda a: a * 2, x.nonzero()[0])
    assert value(made, (x, ROWS)).tolist() == [2, 4, 6, 8, 10]


def test_no_rows():
    x = T.dmatrix()
    made, _ = symc.scan(lambda a, total: (a, total + a.sum()), x, [None, np.float64(3)])
    rows, totals = value(made, (x, np.zeros((0, 2))))
    assert rows.shape == (0, 2)
    assert totals.shape == (0,)


# --- the number of steps


@pytest.mark.parametrize(
    ("count", "wanted"), [(1, [2]), (3, [2, 4, 8]), (np.int64(2), [2, 4]), (0, [])]
)
def test_steps_by_number(count, wanted):
    made, _ = symc.scan(lambda a: a * 2, outputs_info=[np.float64(1)], n_steps=count)
    assert made.broadcastable == (False,)
    assert value(made).tolist() == wanted


@pytest.mark.parametrize("count", [0, 1, 4])
@pytest.mark.parametrize("dtype", ["int8", "uint16", "int32", "int64"])
def test_steps_by_expression(count, dtype):
    n = T.scalar(dtype=dtype)
    made, _ = symc.scan(lambda a: a * 2, outputs_info=[np.float64(1)], n_steps=n)
    assert value(made, (n, count)).tolist() == [2, 4, 8, 16][:count]


def test_steps_computed_from_data():
    x = T.dvector()
    made, _ = symc.scan(lambda a: a + 1, None, [np.float64(0)], n_steps=T.cast(x.sum(), "int32"))
    assert value(made, (x, np.ones(3))).tolist() == [1, 2, 3]


def test_fewer_steps_than_rows():
    assert over_rows(lambda a: a, n_steps=2) == [0, 1]
    assert over_rows(lambda a: a, True, n_steps=2) == [5, 4]


def test_negative_steps_turn_around():
    assert over_rows(lambda a: a, n_steps=-2) == [5, 4]
    assert over_rows(lambda a: a, True, n_steps=-2) == [0, 1]


def test_more_steps_than_rows_are_refused():
    x, n = T.dvector("x"), T.lscalar("n")
    f = symc.function([x, n], symc.scan(lambda a: a, x, n_steps=n)[0])
    with pytest.raises(ValueError, match="fewer rows than there are steps: 6 is not 9"):
        f(ROWS, 9)


def test_a_negative_number_of_steps_of_a_call_is_refused():
    n = T.lscalar("n")
    f = symc.function([n], symc.scan(lambda a: a, None, [np.float64(0)], n_steps=n)[0])
    with pytest.raises(ValueError, match="a size is negative: -2"):
        f(-2)


# --- outputs


def test_taps_of_an_output():
    x = T.dvector()
    initial = [{"initial": x, "taps": [-1, -3]}]
    made, _ = symc.scan(lambda a, b: a * 10 + b, None, initial, n_steps=3)
    for start in (ROWS[:3], ROWS[:5]):  # the first three count
        assert value(made, (x, start)).tolist() == [20, 201, 2012]


def test_outputs_of_all_kinds():
    s, v = T.dscalar("s"), T.dvector("v")

    def step(row, before, second, one, fixed):
        return [row * fixed, before + row, one + second, (row + before).astype("float32")]

    infos = [None, {"initial": s}, {"initial": v, "taps": [-2, -1]}, {}]
    x = T.dvector("x")
    made, updates = symc.scan(step, x, infos, [T.constant(2.0)])
    assert isinstance(updates, OrderedUpdates)
    assert [x.dtype for x in made] == ["float64", "float64", "float64", "float32"]
    found = value(made, (s, 1.0), (v, [1.0, 1.0]), (x, np.arange(3.0)))
    assert [x.tolist() for x in found] == [[0, 2, 4], [1, 2, 4], [2, 3, 5], [1, 2, 4]]


@pytest.mark.parametrize(
    ("step", "single"),
    [
        (lambda a: a, True),
        (lambda a: [a], True),
        (lambda a: (a,), True),
        (lambda a: ([a], {}), True),
        (lambda a: (a, {}, until(a > 9)), True),
        (lambda a: [a, a + 1], False),
        (lambda a: ((a, a + 1), OrderedDict(), until(a > 9)), False),
    ],
)
def test_what_a_step_may_return(step, single):
    x = T.dvector()
    made, updates = symc.scan(step, x)
    assert updates == {}
    assert isinstance(made, list) is not single
    kept, _ = symc.scan(step, x, return_list=True)
    assert len(kept) == (1 if single else 2)
    assert value(kept[0], (x, ROWS)).tolist() == ROWS.tolist()


def test_what_does_not_depend_on_the_step():
    v = symc.shared(2.0)
    assert over_rows(lambda a: T.constant(1.5)) == [1.5] * 6
    assert over_rows(lambda a: v) == [2.0] * 6
    assert over_rows(lambda a, b: a, non_sequences=[np.float64(4)]) == ROWS.tolist()


def test_a_row_of_a_matrix_as_state():
    m = T.dmatrix()
    made, _ = symc.scan(lambda a: a.sum(axis=0, keepdims=True), None, [m], n_steps=2)
    assert made.broadcastable == (False, True, False)
    assert value(made, (m, np.ones((1, 2)))).tolist() == [[[1, 1]], [[1, 1]]]


def test_numbers_as_initial_values_have_the_smallest_dtype():
    made, _ = symc.scan(lambda a: a * 2, None, [1], n_steps=9)
    assert made.dtype == "int8"
    assert value(made).tolist() == [2, 4, 8, 16, 32, 64, -128, 0, 0]
    assert symc.scan(lambda a: a * 2, None, [np.int64(1)], n_steps=2)[0].dtype == "int64"
    assert symc.scan(lambda a: a * 2, None, [1.0], n_steps=2)[0].dtype == "float32"


def test_complex_states():
    z, s = T.zscalar(), T.dscalar()
    made, _ = symc.scan(lambda a: a * s, None, [z], n_steps=2)
    assert value(made, (z, 1j), (s, 2.0)).tolist() == [2j, 4j]


# --- until


def test_until_counts_the_step_where_it_holds():
    made, _ = symc.scan(lambda a: (a * 2, until(a > 10)), None, [np.float64(1)], n_steps=30)
    assert value(made).tolist() == [2, 4, 8, 16, 32]


def test_until_that_never_holds():
    assert over_rows(lambda a: (a, until(a > 99))) == ROWS.tolist()


def test_until_ends_updates_too():
    count = symc.shared(0)
    x = T.dvector()
    made, updates = symc.scan(lambda a: (a, {count: count + 1}, until(a > 2)), x)
    symc.function([x], made, updates=updates)(ROWS)
    assert count.get_value() == 4


# --- shared variables


@pytest.mark.parametrize(
    "form", [lambda c: {c: c + 1}, lambda c: [(c, c + 1)], lambda c: OrderedDict([(c, c + 1)])]
)
def test_updates_of_shared_variables(form):
    count = symc.shared(0, "count")
    made, updates = symc.scan(lambda: form(count), n_steps=5)
    assert made is None
    f = symc.function([], [], updates=updates)
    f()
    f()
    assert count.get_value() == 10


def test_updates_beside_outputs_read_the_old_value():
    count = symc.shared(1.0, "count")
    made, updates = symc.scan(lambda a: (count * a, {count: count + a}), T.arange(4.0))
    assert symc.function([], made, updates=updates)().tolist() == [0, 1, 4, 12]
    assert count.get_value() == 7.0
    assert symc.function([], made)().tolist() == [0, 7, 16, 30]
    assert count.get_value() == 7.0  # forgotten updates change nothing


def test_shared_variables_are_read_at_the_call():
    w = symc.shared(np.ones(2), "w")
    made, _ = symc.scan(lambda a: a + w, None, [w], n_steps=2)
    f = symc.function([], made)
    w.set_value(np.full(2, 3.0))
    assert f().tolist() == [[6, 6], [9, 9]]


def test_a_shared_variable_among_the_arguments_that_a_step_updates():
    count = symc.shared(1.0, "count")
    made, updates = symc.scan(lambda c: (c, {count: c * 2}), non_sequences=[count], n_steps=3)
    assert symc.function([], made, updates=updates)().tolist() == [1, 2, 4]
    assert count.get_value() == 8.0


def test_strict():
    w, s = symc.shared(1.0, "w"), T.dscalar("s")
    x = T.dvector()
    symc.scan(lambda a, u: a * u, x, None, [w], strict=True)
    symc.scan(lambda a: a * s, x, strict=True)  # as Theano: it is shared variables that count
    with pytest.raises(symc.MissingInput, match="w"):
        symc.scan(lambda a: a * w, x, strict=True)


# --- random numbers


def test_every_step_draws_anew():
    def draws(seed):
        stream = RandomStreams(seed)
        made, updates = symc.scan(lambda: stream.normal((3,)), n_steps=4)
        f = symc.function([], made, updates=updates)
        return np.stack([f(), f()])

    first = draws(7)
    assert len(np.unique(first)) == first.size
    np.testing.assert_array_equal(first, draws(7))
    assert not np.array_equal(first, draws(8))


def test_draws_of_two_streams_in_one_step():
    stream = RandomStreams(5)

    def step(total):
        a, b = stream.uniform(), stream.uniform()
        return [total + a - b, a, b]

    (totals, a, b), updates = symc.scan(step, None, [np.float64(0), None, None], n_steps=3)
    found = symc.function([], [totals, a, b], updates=updates)()
    np.testing.assert_allclose(found[0], np.cumsum(found[1] - found[2]))
    assert len(updates) == 2


def test_a_draw_outside_is_the_same_in_every_step():
    stream = RandomStreams(5)
    outside = stream.uniform(())
    made, updates = symc.scan(lambda u: u, non_sequences=[outside], n_steps=3)
    assert not updates
    found = symc.function([], made)()
    assert len(set(found.tolist())) == 1


# --- scans in scans


def test_a_product_by_nested_scans():
    a, b = T.dmatrix("a"), T.dmatrix("b")

    def row(x, b):
        return symc.scan(lambda column: (x * column).sum(), b.T)[0]

    made, _ = symc.scan(row, a, non_sequences=[b])
    random = np.random.default_rng(3)
    x, y = random.normal(size=(2, 3)), random.normal(size=(3, 4))
    np.testing.assert_allclose(value(made, (a, x), (b, y)), x @ y)


def test_an_inner_scan_of_states_of_the_outer():
    def outer(x, total):
        inner, _ = symc.scan(lambda k, s: s + k * x, T.arange(3.0), [total])
        return inner[-1]

    made, _ = symc.scan(outer, T.arange(4.0), [np.float64(1)])
    assert value(made).tolist() == [1, 4, 10, 19]


def test_inner_scans_of_different_lengths():
    def outer(n):
        inner, _ = symc.scan(lambda s: s + 1, None, [np.float64(0)], n_steps=n)
        return inner.sum()

    made, _ = symc.scan(outer, T.arange(1, 5))
    assert value(made).tolist() == [1, 3, 6, 10]


def test_draws_and_counts_in_an_inner_scan():
    stream, count = RandomStreams(2), symc.shared(0, "count")

    def outer():
        inner, updates = symc.scan(lambda: (stream.normal(), {count: count + 1}), n_steps=3)
        return inner, updates

    made, updates = symc.scan(outer, n_steps=2)
    found = symc.function([], made, updates=updates)()
    assert len(np.unique(found)) == 6
    assert count.get_value() == 6


# --- mistakes in a step


def test_a_mistake_in_a_step_says_which():
    x, i = T.dvector("x"), T.lvector("i")
    f = symc.function([x, i], symc.scan(lambda k: x[k], i)[0], mode="INTERPRET")
    with pytest.raises(IndexError, match="out of bounds for a dimension of size 6, in step 2"):
        f(ROWS, [0, 5, 6])


def test_a_mistake_in_an_inner_scan_says_both_steps():
    x, m = T.dvector("x"), T.lmatrix("m")
    made, _ = symc.scan(lambda row: symc.scan(lambda k: x[k], row)[0], m)
    with pytest.raises(IndexError, match="in step 1, 0"):
        symc.function([x, m], made, mode="INTERPRET")(ROWS, [[0, 1], [7, 0]])
