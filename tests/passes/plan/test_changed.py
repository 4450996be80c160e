"""What changes a temporary lies where the temporary lay."""

import numpy as np

import symc
import symc.tensor as T
from symc.build import build_module
from symc.compiler.program.record import Copy, Launch, Loop
from symc.passes.fuse.emission import fuse
from symc.passes.plan import plan

x, i, v = T.dmatrix("x"), T.lvector("i"), T.dvector("v")


def program(*outputs):
    return plan(fuse(build_module([x, i, v], list(outputs))), lambda _: 64)


def copies(body):
    return [s for s in body if isinstance(s, Copy)]


def scattered(base, by=v):
    return T.inc_subtensor(base[i, i], by)


def test_a_computed_array_is_changed_in_the_output():
    made = program(scattered(T.exp(x)))
    assert not made.slots
    assert not copies(made.body)
    assert len([s for s in made.body if isinstance(s, Launch)]) == 2


def test_changes_one_after_the_other_share_one_place():
    made = program(scattered(scattered(scattered(T.exp(x)))).sum())
    assert not copies(made.body)
    assert len(made.slots) == 1


def test_an_array_that_is_read_later_is_changed_in_a_copy():
    rows = T.sort(x)
    changed = scattered(rows)
    made = program(changed, T.sort(rows, axis=0))
    assert len(copies(made.body)) == 1


def test_an_array_that_is_returned_is_changed_in_a_copy():
    rows = T.sort(x)
    made = program(rows, scattered(rows))
    assert len(copies(made.body)) == 1


def test_an_array_that_the_change_reads_elsewhere_is_changed_in_a_copy():
    rows = T.sort(x)
    made = program(scattered(rows, rows[0, ::-1]))
    assert len(copies(made.body)) == 1


def test_an_array_that_is_kept_back_is_changed_in_a_copy():
    rows = T.sort(x)
    made = program(scattered(rows), rows.T)
    assert len(copies(made.body)) == 1


def test_a_step_of_a_loop_changes_what_it_computed():
    def step(total):
        return scattered(T.exp(x) * total).sum()

    last = symc.scan(step, outputs_info=[T.constant(1.0, dtype="float64")], n_steps=4)[0][-1]
    made = program(last)
    (loop,) = (s for s in made.body if isinstance(s, Loop))
    assert not copies(loop.body)


def test_a_state_is_not_changed_before_the_commit():
    state = symc.shared(np.zeros((3, 3)), name="state")
    f = symc.function([i, v], updates=[(state, scattered(state * 2 + 1))])
    f([0, 0, 1], [1.0, 2.0, 3.0])
    expected = np.ones((3, 3))
    np.add.at(expected, ([0, 0, 1], [0, 0, 1]), [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(state.get_value(), expected)
    try:
        f([0, 5], [1.0, 2.0])
    except IndexError:
        np.testing.assert_array_equal(state.get_value(), expected)
    else:
        raise AssertionError("an index out of bounds passed")


def test_values_and_copies_agree_with_numpy():
    rng = np.random.default_rng(0)
    data, at, by = rng.standard_normal((5, 5)), np.array([0, 2, 2, 4]), rng.standard_normal(4)
    rows = T.tanh(x)
    f = symc.function([x, i, v], [scattered(rows), scattered(scattered(rows * 2)), rows.sum()])
    once, twice = np.tanh(data), np.tanh(data) * 2
    np.add.at(once, (at, at), by)
    for _ in range(2):
        np.add.at(twice, (at, at), by)
    for found, wanted in zip(f(data, at, by), (once, twice, np.tanh(data).sum()), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-14)


def test_what_a_new_state_is_computed_from_is_changed_in_a_copy():
    state = symc.shared(np.zeros(4), name="state")
    f = symc.function(
        [v, i], T.inc_subtensor(T.exp(v)[i], 100.0), updates=[(state, state + T.exp(v))]
    )
    given = np.array([3.0, 1.0, 2.0, 0.0])
    changed = np.exp(given)
    changed[[0, 1]] += 100
    np.testing.assert_allclose(f(given, [0, 1]), changed, rtol=1e-14)
    np.testing.assert_allclose(state.get_value(), np.exp(given), rtol=1e-14)
