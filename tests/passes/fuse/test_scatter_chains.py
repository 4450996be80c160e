"""Scatters into what scatters made are one kernel, in place where the first is."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.printing import compiled_text, explain

RNG = np.random.default_rng(3)
TABLE = RNG.normal(size=(20, 3))
PLACES = [np.array(p) for p in ([1, -1, 4, 1], [4, 0, 19, 7], [2, 19, -20, 0])]
ROWS = [RNG.normal(size=(4, 3)) for _ in PLACES]
ADD, SET = T.inc_subtensor, T.set_subtensor

CHAINS = [(ADD, ADD), (SET, ADD), (ADD, SET), (ADD, SET, ADD), (ADD,) * 6]


def variables():
    return [T.lvector(f"i{k}") for k in range(3)], [T.dmatrix(f"y{k}") for k in range(3)]


def chain(base, modes, places, rows):
    for k, mode in enumerate(modes):
        base = mode(base[places[k % 3]], rows[k % 3])
    return base


def expected(modes):
    table = TABLE.copy()
    for k, mode in enumerate(modes):
        if mode is ADD:
            np.add.at(table, PLACES[k % 3], ROWS[k % 3])
        else:
            table[PLACES[k % 3]] = ROWS[k % 3]
    return table


def kernels(f):
    return compiled_text(f).count("kernel @")


@pytest.mark.parametrize("modes", CHAINS, ids=lambda modes: "-".join(m.__name__ for m in modes))
def test_results(modes):
    places, rows = variables()
    table = T.dmatrix("table")
    inputs = [table, *places, *rows]
    f = symc.function(inputs, chain(table, modes, places, rows), on_unused_input="ignore")
    np.testing.assert_allclose(f(TABLE, *PLACES, *ROWS), expected(modes), rtol=1e-13)
    assert kernels(f) == -(-len(modes) // 4)


@pytest.mark.parametrize("modes", CHAINS, ids=lambda modes: "-".join(m.__name__ for m in modes))
def test_states(modes):
    places, rows = variables()
    table = symc.shared(TABLE)
    updates = [(table, chain(table, modes, places, rows))]
    f = symc.function([*places, *rows], [], updates=updates, on_unused_input="ignore")
    f(*PLACES, *ROWS)
    np.testing.assert_allclose(table.get_value(), expected(modes), rtol=1e-13)
    with pytest.raises(IndexError, match="index 20 is out of bounds"):
        f(PLACES[0], np.array([4, 0, 20, 7]), PLACES[2], *ROWS)
    np.testing.assert_allclose(table.get_value(), expected(modes), rtol=1e-13)


def test_a_table_that_is_read_twice_is_changed_in_place():
    (i, j, _), (y, *_) = variables()
    table = symc.shared(TABLE, name="table")
    cost = (table[i] * y).sum() + T.sqr(table[j]).sum()
    f = symc.function([i, j, y], cost, updates=[(table, table - 0.5 * T.grad(cost, table))])
    (change,) = [entry for entry in explain(f).entries if "new table" in entry.written]
    assert dict(explain(f).updates) == {"table": f"overwritten in place by {change.number}"}
    f(PLACES[0], PLACES[1], ROWS[0])
    slope = np.zeros_like(TABLE)
    np.add.at(slope, PLACES[0], ROWS[0])
    np.add.at(slope, PLACES[1], 2 * TABLE[PLACES[1]])
    np.testing.assert_allclose(table.get_value(), TABLE - 0.5 * slope, rtol=1e-12)


def test_what_something_else_reads_is_made_apart():
    (i, j, _), (y, z, _) = variables()
    table = T.dmatrix("table")
    first = ADD(table[i], y)
    f = symc.function([table, i, j, y, z], [ADD(first[j], z), first.sum()])
    once = expected((ADD,))
    twice = expected((ADD, ADD))
    result, total = f(TABLE, *PLACES[:2], *ROWS[:2])
    np.testing.assert_allclose(result, twice, rtol=1e-13)
    np.testing.assert_allclose(total, once.sum(), rtol=1e-12)


def test_rows_that_depend_on_the_old_state():
    (i, j, _), (y, *_) = variables()
    table = symc.shared(TABLE)
    new = ADD(ADD(table[i], y)[j], table[j][:, ::-1])
    f = symc.function([i, j, y], [], updates=[(table, new)])
    f(PLACES[0], PLACES[1], ROWS[0])
    want = expected((ADD,))
    np.add.at(want, PLACES[1], TABLE[PLACES[1]][:, ::-1])
    np.testing.assert_allclose(table.get_value(), want, rtol=1e-13)
