"""Loops whose states are registers, by both printers, against plain loops over NumPy arrays."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.scan_module import until
from tests.frontend.looping import close, compiled, normal, v

__all__ = ["compiled", "v"]  # fixtures


def in_registers(function):
    """Tell whether all loops of a function keep their states in registers."""
    text = function.call.artifact.texts["program"]
    assert "loop" in text
    return "inline(" in text and "launch" not in text.split("loop", 1)[1].split("} after")[0]


def test_scalar_states_are_registers(compiled, v):
    def step(e, s, p, flag):
        new = T.switch(flag, s * e, s - p)
        return new, T.tanh(p + s), new > p, e * s

    start = [v.a, v.a * 2, T.constant(np.bool_(True)), None]
    rows, _ = symc.scan(step, v.x, start)
    function = compiled([v.x, v.a], [rows[0][-1], rows[1], rows[2], rows[3]])
    assert in_registers(function)
    x = normal(9)
    got = function(x, 0.4)
    s, p, flag, wanted = 0.4, 0.8, True, []
    for e in x:
        product = e * s
        s, p, flag = (s * e if flag else s - p), np.tanh(p + s), (s * e if flag else s - p) > p
        wanted.append((p, flag, product))
    close(got[0], s)
    for column, k in zip(got[1:], range(3), strict=True):
        close(column, [row[k] for row in wanted])


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 10])
def test_small_vectors_are_registers(compiled, v, steps):
    # The rows are kept, the last state is read, and a step adds up elements of it.
    def step(s):
        return s[::-1] * v.a + s.sum() + T.arange(3.0), s.max()

    (states, most), _ = symc.scan(step, outputs_info=[T.ones(3) * v.a, None], n_steps=v.n)
    function = compiled([v.a, v.n], [states, most])
    assert in_registers(function)
    got = function(0.3, steps)
    s = np.full(3, 0.3)
    for k in range(steps):
        close(got[1][k], s.max())
        s = s[::-1] * 0.3 + s.sum() + np.arange(3.0)
        close(got[0][k], s)


@pytest.mark.parametrize("limit", [0.5, 100.0, 1e300])
def test_a_loop_in_registers_ends_early(compiled, v, limit):
    rows, _ = symc.scan(lambda s: (s * 1.5, until(s * 1.5 > v.a)), outputs_info=v.x[0], n_steps=20)
    function = compiled([v.x, v.a], [rows, rows[-1], rows.shape[0]])
    assert in_registers(function)
    s, wanted = 1.0, []
    for _ in range(20):
        s *= 1.5
        wanted.append(s)
        if s > limit:
            break
    got = function(np.ones(1), limit)
    close(got[0], wanted)
    close(got[1], s)
    assert got[2] == len(wanted)


def test_gradients_of_scalar_loops_are_registers(compiled, v):
    rows, _ = symc.scan(lambda e, s: T.tanh(s * v.a + e), v.x, v.y[0])
    function = compiled([v.x, v.y, v.a], symc.grad(rows[-1], [v.x, v.y, v.a]))
    text = function.call.artifact.texts["program"]
    assert text.count("inline(") == text.count("loop n") == 2
    x, y, a, step = normal(6), normal(1), 0.7, 1e-6
    value = symc.function([v.x, v.y, v.a], rows[-1])
    close_to = (value(x, y, a + step) - value(x, y, a - step)) / (2 * step)
    np.testing.assert_allclose(function(x, y, a)[2], close_to, rtol=1e-7)


def test_states_that_become_what_is_given(compiled, v):
    # The old state is kept, the new one is a row of a sequence or a number that is the same.
    rows, _ = symc.scan(lambda e, s, p: (e, v.a, s * p), v.x, [v.y[0], v.y[1], None], n_steps=4)
    got = compiled([v.x, v.y, v.a], [rows[0][-1], rows[1][-1], rows[2]])(
        np.arange(4.0), np.array([5.0, 7.0]), 3.0
    )
    close(got[0], 3)
    close(got[1], 3)
    close(got[2], [35, 0, 3, 6])


def test_more_steps_than_are_run_between_two_looks_at_the_cancel_word(compiled, v):
    rows, _ = symc.scan(lambda s: s + 1.0, outputs_info=v.a, n_steps=v.n)
    function = compiled([v.a, v.n], rows[-1])
    assert in_registers(function)
    assert function(0.5, 350_001) == 350_001.5


def test_a_loop_in_registers_inside_of_another(compiled, v):
    def row_sum(row, total):
        inner, _ = symc.scan(lambda e, s: s * 0.5 + e, row, total)
        return inner[-1]

    rows, _ = symc.scan(row_sum, v.X, v.a)
    function = compiled([v.X, v.a], rows)
    assert "inline(" in function.call.artifact.texts["program"]
    x, s = normal(3, 4), 0.2
    for k, got in enumerate(function(x, 0.2)):
        for e in x[k]:
            s = s * 0.5 + e
        close(got, s)
