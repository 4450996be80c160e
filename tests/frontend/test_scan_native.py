"""Loops as native code, by both printers, against plain loops over NumPy arrays."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.debugmode import DebugMode
from symc.nanguardmode import NanGuardMode
from symc.scan_module import until
from tests.frontend.looping import close, compiled, normal, v

__all__ = ["compiled", "v"]  # fixtures


@pytest.mark.parametrize("steps", [0, 1, 2, 17])
def test_a_scalar_recurrence(compiled, v, steps):
    rows, _ = symc.scan(lambda s: s * v.a + 1, outputs_info=v.x[0], n_steps=v.n)
    got = compiled([v.x, v.a, v.n], rows)(np.array([0.5]), 0.9, steps)
    state, expected = 0.5, []
    for _ in range(steps):
        state = state * 0.9 + 1
        expected.append(state)
    close(got, np.array(expected))


@pytest.mark.parametrize("steps", [0, 1, 6])
def test_a_network_with_a_vector_state(compiled, v, steps):
    rows, _ = symc.scan(lambda x, h: T.tanh(x + T.dot(h, v.W)), sequences=v.X, outputs_info=v.x)
    x, h, w = normal(steps, 3), normal(3), normal(3, 3)
    got = compiled([v.X, v.x, v.W], rows)(x, h, w)
    assert got.shape == (steps, 3)
    for row, given in zip(got, x, strict=True):
        h = np.tanh(given + h @ w)
        close(row, h)


@pytest.mark.parametrize("steps", [1, 5])
def test_products_of_matrices_and_the_last_state(compiled, v, steps):
    def step(x, h):
        return T.tanh(T.dot(x, v.W) + T.dot(h, v.U))

    rows, _ = symc.scan(step, sequences=v.S, outputs_info=v.X)
    x, h, w, u = normal(steps, 4, 3), normal(4, 6), normal(3, 6), normal(6, 6)
    got, last = compiled([v.S, v.X, v.W, v.U], [rows, rows[-1]])(x, h, w, u)
    for row, given in zip(got, x, strict=True):
        h = np.tanh(given @ w + h @ u)
        close(row, h)
    close(last, h)


@pytest.mark.parametrize("steps", [1, 2, 9])
def test_states_that_read_each_other_and_rows_that_are_no_states(compiled, v, steps):
    def step(s, r):
        return T.sin(s + r), s * r, s[::-1] - r

    rows, _ = symc.scan(step, outputs_info=[v.x, v.y, None], n_steps=v.n)
    s, r = normal(4), normal(4)
    got = compiled([v.x, v.y, v.n], [rows[0], rows[1][-1], rows[2]])(s, r, steps)
    for k in range(steps):
        kept = s[::-1] - r
        s, r = np.sin(s + r), s * r
        close(got[0][k], s)
        close(got[2][k], kept)
    close(got[1], r)


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 10])
def test_earlier_values_move_on_without_being_copied(compiled, v, steps):
    info = {"initial": v.X, "taps": [-3, -1]}
    rows, _ = symc.scan(lambda old, new: new * 0.5 + old, outputs_info=[info], n_steps=v.n)
    initial = normal(3, 4)
    function = compiled([v.X, v.n], rows)
    known = list(initial)
    for _ in range(steps):
        known.append(known[-1] * 0.5 + known[-3])
    close(function(initial, steps), np.array(known[3:]).reshape(steps, 4))
    assert "copy" not in function.call.artifact.texts["program"]


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_states_that_only_change_places(compiled, v, steps):
    rows, _ = symc.scan(lambda p, q: (q, p), outputs_info=[v.x, v.y], n_steps=v.n)
    p, q = normal(3), normal(3)
    got = compiled([v.x, v.y, v.n], rows)(p, q, steps)
    for k in range(steps):
        p, q = q, p
        close(got[0][k], p)
        close(got[1][k], q)


@pytest.mark.parametrize("limit", [0.0, 20.0, 1e9])
def test_a_loop_that_ends_early_has_so_many_rows(compiled, v, limit):
    def step(s):
        return s * 2, until(s[0] > v.a)

    rows, _ = symc.scan(step, outputs_info=v.x, n_steps=12)
    got = compiled([v.x, v.a], rows)(np.array([1.0, 2.0]), limit)
    expected, s = [], np.array([1.0, 2.0])
    for _ in range(12):
        done = s[0] > limit
        s = s * 2
        expected.append(s)
        if done:
            break
    close(got, np.array(expected))


@pytest.mark.parametrize("shape", [(3, 4), (1, 1), (2, 0), (0, 3)])
def test_loops_in_loops(compiled, v, shape):
    def row_step(row, total):
        inner, _ = symc.scan(
            lambda e, s: s * 0.5 + e * total, sequences=row, outputs_info=T.zeros(())
        )
        return total + inner.sum(), inner

    rows, _ = symc.scan(row_step, sequences=v.X, outputs_info=[v.a, None])
    x, total = normal(*shape), 0.3
    sums, inner = compiled([v.X, v.a], rows)(x, total)
    assert inner.shape == shape
    for k, row in enumerate(x):
        s = 0.0
        for j, e in enumerate(row):
            s = s * 0.5 + e * total
            close(inner[k, j], s)
        total += inner[k].sum()
        close(sums[k], total)


def test_numbers_of_steps_are_indices_and_bounds(compiled, v):
    def step(k, vector):
        return T.set_subtensor(vector[k], vector[:k].sum() + v.y[k])

    rows, _ = symc.scan(step, sequences=T.arange(v.n), outputs_info=v.x)
    x, y = normal(5), normal(5)
    got = compiled([v.x, v.y, v.n], rows)(x, y, 4)
    for k in range(4):
        x = x.copy()
        x[k] = x[:k].sum() + y[k]
        close(got[k], x)


def test_complex_states(compiled, v):
    z = T.zvector("z")
    rows, _ = symc.scan(lambda c: c * c + z, outputs_info=z, n_steps=v.n)
    c = start = normal(3) * 0.3 + 0.2j
    got = compiled([z, v.n], rows)(start, 5)
    for row in got:
        c = c * c + start
        close(row, c)


def test_random_numbers_differ_from_step_to_step(compiled):
    streams = T.shared_randomstreams.RandomStreams(3)
    rows, updates = symc.scan(
        lambda p: p + streams.normal((2,)), outputs_info=T.zeros(2), n_steps=4
    )
    got = compiled([], rows, updates=updates)()
    assert len(set(np.diff(got, axis=0).ravel())) == 6


def test_shared_variables_change_once_the_loop_has_succeeded(compiled, v):
    total = symc.shared(np.zeros(3))
    _, updates = symc.scan(
        lambda e, k: {total: total + e * v.y[k]}, sequences=[v.x, T.arange(v.x.shape[0])]
    )
    function = compiled([v.x, v.y], [], updates=updates)
    x, y = normal(4), normal(4)
    function(x, y)
    expected = np.full(3, (x * y).sum())
    close(total.get_value(), expected)
    with pytest.raises(IndexError):
        function(normal(5), y)
    close(total.get_value(), expected)


def test_an_index_that_fails_in_a_step_names_the_line(compiled, v):
    rows, _ = symc.scan(lambda k: v.x[k] * 2, sequences=T.arange(v.n))
    function = compiled([v.x, v.n], rows)
    with pytest.raises(IndexError, match=r"index 3 is out of bounds.*in step 3") as caught:
        function(normal(3), 7)
    assert "test_scan_native.py" in str(caught.value)


def test_what_is_not_compiled_says_why_and_runs(v):
    rows, _ = symc.scan(lambda k: T.sort(v.x[:k])[k // 2], sequences=T.arange(1, v.n))
    function = symc.function([v.x, v.n], rows, mode=symc.Mode())
    assert "size of an array differs from step to step" in function.call.reason
    x = normal(5)
    close(function(x, 4), [np.sort(x[:k])[k // 2] for k in range(1, 4)])


def test_a_negative_number_of_steps_is_refused(compiled, v):
    rows, _ = symc.scan(lambda s: s + 1, outputs_info=v.x, n_steps=v.n)
    with pytest.raises(ValueError, match="number of steps: a size is negative: -2"):
        compiled([v.x, v.n], rows)(normal(3), -2)


def test_an_inner_loop_may_run_another_number_of_steps_in_each_step(v):
    def last(n):
        rows, _ = symc.scan(lambda s: s * v.a + 1, outputs_info=v.a, n_steps=n)
        return rows[-1]

    rows, _ = symc.scan(last, sequences=T.arange(1, v.n))
    function = symc.function([v.a, v.n], rows, mode=symc.Mode())
    expected = []
    for n in range(1, 5):
        s = 0.5
        for _ in range(n):
            s = s * 0.5 + 1
        expected.append(s)
    close(function(0.5, 5), expected)


def test_what_depends_on_a_bound_of_the_step_stays_inside(compiled, v):
    rows, _ = symc.scan(lambda k: T.tanh(v.x[:k]).sum(), sequences=T.arange(v.n))
    x = normal(5)
    got = compiled([v.x, v.n], rows)(x, 4)
    close(got, [np.tanh(x[:k]).sum() for k in range(4)])


def test_what_depends_on_a_bound_that_is_computed_outside(compiled, v):
    rows, _ = symc.scan(
        lambda s, k: s + T.cumsum(T.tanh(v.x[:k]))[-1],
        outputs_info=v.a,
        non_sequences=T.argmax(v.x) + 1,
        n_steps=3,
    )
    x = np.array([0.1, -0.4, 0.9, 0.2])
    expected = 0.5 + np.tanh(x[:3]).sum() * np.arange(1, 4)
    close(compiled([v.x, v.a], rows)(x, 0.5), expected)


def test_sizes_that_differ_in_a_step_name_the_step(compiled, v):
    rows, _ = symc.scan(lambda k: (v.x[:k] + v.y[:3]).sum(), sequences=T.arange(3, v.n))
    with pytest.raises(ValueError, match="4 is not 3, in step 1"):
        compiled([v.x, v.y, v.n], rows)(normal(6), normal(6), 6)


def test_a_reduction_of_nothing_in_a_step_names_the_step(compiled, v):
    rows, _ = symc.scan(lambda k: v.x[k:].max(), sequences=T.arange(v.n))
    with pytest.raises(ValueError, match="no element to choose from, in step 3"):
        compiled([v.x, v.n], rows)(normal(3), 5)


def test_both_printers_give_the_same_bits(v):
    def step(x, h):
        return T.tanh(T.dot(x, v.W) + T.dot(h, v.U))

    rows, _ = symc.scan(step, sequences=v.S, outputs_info=v.X)
    given = normal(7, 4, 3), normal(4, 6), normal(3, 6), normal(6, 6)
    made = [
        symc.function([v.S, v.X, v.W, v.U], rows, mode=symc.Mode(printer=printer))(*given)
        for printer in ("mlir", "llvm")
    ]
    assert made[0].tobytes() == made[1].tobytes()


def test_modes_that_watch_run_loops(v):
    rows, _ = symc.scan(lambda s: T.log(s), outputs_info=v.x, n_steps=v.n)
    for mode in (DebugMode(), NanGuardMode()):
        close(symc.function([v.x, v.n], rows, mode=mode)(np.full(2, 9.0), 2)[0], np.log(9.0))
