"""Programs with loops and branches that random search found wrong once, in every mode."""

import pickle

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.errors import ShapeMismatch
from symc.ifelse import ifelse
from symc.scan_module import until


def test_parts_of_one_loop_in_an_arm_and_outside(mode):
    """The loop is needed in any case, so what reads it is not moved into the arm alone."""
    k, x = T.iscalar("k"), T.dvector("x")
    (doubled, squared), _ = symc.scan(lambda row: (row * 2, row**2), x)
    f = symc.function([k, x], [doubled, ifelse(k, squared, x)])
    row = np.array([1.0, 3.0])
    for taken, chosen in ((1, row**2), (0, row)):
        found = f(taken, row)
        assert found[0].tolist() == [2, 6]
        assert found[1].tolist() == chosen.tolist()


def test_parts_of_one_branch_in_an_arm_and_outside(mode):
    j, k, x = T.iscalar("j"), T.iscalar("k"), T.dvector("x")
    first, second = ifelse(j, [x + 1, x[:1]], [x - 1, x[1:]])
    f = symc.function([j, k, x], [first, ifelse(k, second, x * 3)])
    row = np.array([1.0, 3.0])
    assert [a.tolist() for a in f(1, 1, row)] == [[2, 4], [1]]
    assert [a.tolist() for a in f(0, 1, row)] == [[0, 2], [3]]
    assert [a.tolist() for a in f(1, 0, row)] == [[2, 4], [3, 9]]


def test_what_only_the_interpreter_runs_is_as_stable():
    """An array has another size in each step, and the rules of FAST_RUN hold all the same."""
    x, y = T.dvector("x"), T.dvector("y")
    rows, _ = symc.scan(lambda k, x: ifelse(k > 1, x, x[1:]).sum(), T.arange(3), None, x)
    f = symc.function([x, y], [rows, T.log(1 + T.exp(y))])
    assert f.call.reason
    sums, logarithm = f(np.array([5.0, 1.0]), np.array([-50.0, 800.0]))
    assert sums.tolist() == [1, 1, 6]
    np.testing.assert_allclose(logarithm, [np.exp(-50.0), 800.0], rtol=1e-14)


def test_rows_counted_two_ways(mode):
    """Both sizes are the lesser of two, of which a state's new value says that two are equal."""
    x, y, state = T.dmatrix("x"), T.dvector("y"), symc.shared(np.ones(3))

    def step(before, after, element):
        new = T.repeat(before, 1, axis=0)
        return [before, new], {state: new}

    sequences = [{"input": x, "taps": [-2, 1]}, state]
    (pairs, rows), _ = symc.scan(step, sequences, go_backwards=True)
    back, _ = symc.map(lambda row: row[-1], rows, go_backwards=True)
    product = T.dot(pairs, y)
    cost = T.sum(product * back)
    slope, _ = T.grad(cost, [product, state], disconnected_inputs="ignore")
    f = symc.function([x, y], slope)
    assert f(np.ones((6, 3)), np.ones(3)).tolist() == [1, 1, 1]


def test_rows_of_one_byte():
    """The number of the step is itself where its row lies."""
    x = T.bvector("x")
    start = T.constant(0.0, dtype="float64")
    rows, _ = symc.scan(lambda row, last: (last + row, until(row < 0)), x, start)
    assert symc.function([x], rows)(np.array([5, 1, -2, 3], "int8")).tolist() == [5, 6, 4]


def test_pickles_of_derivatives_through_branches():
    """Rules compare sizes that an arm computes; nothing outside of it is asked to."""
    k, x, y = T.iscalar("k"), T.dmatrix("x"), T.dmatrix("y")
    _, chosen = ifelse(T.mean(k) > 0, [x, y], [y * 2, x])
    slope, _ = T.grad(T.mean(chosen**2), [x, chosen])
    f = symc.function([k, x, y], slope)
    g = pickle.loads(pickle.dumps(f))
    assert g.call.reason == f.call.reason
    for taken in (0, 1):
        given = taken, np.full((2, 3), 3.0), np.ones((4, 5))
        np.testing.assert_array_equal(g(*given), f(*given))
        np.testing.assert_allclose(f(*given), np.full((2, 3), 0.0 if taken else 1.0))


def test_no_steps_of_a_size_that_a_step_would_compute(mode):
    """The state has it too, so the rows do, though no step says so."""
    x, n = T.dmatrix("x"), T.lscalar("n")
    rows, _ = symc.scan(lambda s: ifelse(s.sum() > 0, s[:1] * 3, s * 2), outputs_info=x, n_steps=n)
    f = symc.function([x, n], rows)
    assert f(np.ones((2, 3)), 0).shape == (0, 2, 3)
    assert f(np.ones((1, 3)), 2)[:, 0, 0].tolist() == [3, 9]
    with pytest.raises(ShapeMismatch, match="state 0 before and after a step differ: 1 is not 2"):
        f(np.ones((2, 3)), 1)


def test_a_value_and_its_slope_of_sizes_that_a_branch_computes(mode):
    """Both read the branch, with sizes that are found to be the same numbers in between."""
    x, y, k = T.dmatrix("x"), T.dmatrix("y"), T.dcol("k")
    chosen = ifelse(T.max(k) > 1, y, x)
    _, slope = T.grad(T.sum(T.dot(chosen, chosen.T) * 0.1), [y, x])
    f = symc.function([x, y, k], [chosen, slope])
    a, b = np.arange(6.0).reshape(2, 3), np.ones((4, 5))
    value, found = f(a, b, np.zeros((2, 1)))
    assert value.tolist() == a.tolist()
    np.testing.assert_allclose(found, np.tile(0.2 * a.sum(axis=0), (2, 1)))
    value, found = f(a, b, np.full((2, 1), 2.0))
    assert value.tolist() == b.tolist()
    assert found.tolist() == np.zeros((2, 3)).tolist()


def test_slopes_through_loops_over_what_a_branch_chose(mode):
    """The size is known in the middle of the call, before any that a step is given."""
    x, y, k = T.dvector("x"), T.dvector("y"), T.dvector("k")
    chosen = ifelse(T.sum(k) > 3, y, x)
    rows, _ = symc.scan(lambda _, h: T.cast(h[::-1], "float64"), chosen, T.cos(chosen), n_steps=-2)
    f = symc.function([x, y, k], T.grad(T.mean(rows**2), x))
    a = np.array([0.5, 1.0, 2.0])
    np.testing.assert_allclose(f(a, a, np.ones(2)), -np.sin(2 * a) / 3)
    assert f(a, a, np.ones(4)).tolist() == [0, 0, 0]


def test_a_size_in_an_arm_that_a_check_outside_makes_plain(mode):
    """Both sides have as many rows, by a product elsewhere: the arm's size depends on no choice."""
    x, y, k, s = T.dmatrix("x"), T.dvector("y"), T.lscalar("k"), T.lvector("s")
    product = T.dot(x.T, T.alloc(y, s.shape[0], y.shape[0]))
    chosen = ifelse(k, T.dot(x, y) * 2, T.cast(s, "float64"))
    cost = T.sum(T.sqr(T.take(chosen, s % 2, axis=0)))
    f = symc.function([x, y, k, s], [product, T.grad(cost, x)])
    a, b, places = np.arange(6.0).reshape(2, 3), np.array([1.0, -1.0, 2.0]), np.array([3, 1])
    taken = np.array([0.0, 8 * 2 * (a[1] @ b)])
    for choice, slope in ((1, np.outer(taken, b)), (0, np.zeros((2, 3)))):
        found = f(a, b, choice, places)
        np.testing.assert_allclose(found[0], a.T @ np.tile(b, (2, 1)))
        np.testing.assert_allclose(found[1], slope)


def test_a_number_of_outside_that_one_arm_in_a_step_hands_on(monkeypatch):
    """What it is computed from is no operand of the loop, so it stays where it was computed."""
    monkeypatch.setenv("SYMC_DEBUG", "1")
    number, rows, k, s = T.fscalar(), T.fmatrix(), T.lscalar(), T.fvector()

    def step(row, h):
        whole = T.cast(number**2, "int64")
        n, x = ifelse(T.max(row) > 1.5, [whole, T.cumsum(row)], [k, T.exp(h)])
        return h - x + T.cast(n, "float32")

    states, _ = symc.scan(step, rows, s)
    f = symc.function([number, rows, k, s], states)
    data = np.array([[1, 1], [2, -1]], "float32")
    found = f(2, data, 3, np.zeros(2, "float32"))
    assert found.tolist() == [[2, 2], [4, 5]]
