"""scan_checkpoints: every N-th row as scan has it, derivatives of little memory."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.passes.pipeline import run
from symc.passes.plan import plan
from symc.scan_module import until

ZERO = np.float64(0)


def of_rows(made, rows):
    x = T.dvector()
    results, _ = made(x)
    return symc.function([x], results)(rows)


@pytest.mark.parametrize(
    ("count", "wanted"), [(4, [1, 6]), (5, [1, 6, 10]), (6, [1, 6, 15]), (1, [0]), (0, [])]
)
def test_every_other_step_is_kept(count, wanted):
    rows = np.arange(float(count))
    made = of_rows(
        lambda x: symc.scan_checkpoints(lambda a, s: s + a, x, [ZERO], save_every_N=2), rows
    )
    assert made.tolist() == wanted


def test_several_outputs():
    x = T.dvector()
    (totals, rows), updates = symc.scan_checkpoints(
        lambda a, s, k: [s + a * k, a], [x], [ZERO, None], [np.float64(2)], save_every_N=3
    )
    assert not updates
    found = symc.function([x], [totals, rows])(np.arange(7.0))
    assert [y.tolist() for y in found] == [[6, 30, 42], [2, 5, 6]]


@pytest.mark.parametrize(("steps", "wanted"), [(6, [9, 81, 729]), (7, [9, 81, 729, 2187])])
def test_a_number_of_steps_without_sequences(steps, wanted):
    s = T.dscalar()
    rows, _ = symc.scan_checkpoints(lambda s: 3 * s, None, [s], n_steps=steps, save_every_N=2)
    assert symc.function([s], rows)(1.0).tolist() == wanted


def test_shared_variables_are_updated():
    count = symc.shared(np.int64(0))
    x = T.dvector()
    rows, updates = symc.scan_checkpoints(
        lambda a, s: (s + a, {count: count + 1}), x, [ZERO], save_every_N=3
    )
    symc.function([x], rows, updates=updates)(np.ones(8))
    assert count.get_value() == 8


def network(scan):
    x, h, w = T.dmatrix("x"), T.dvector("h"), T.dmatrix("w")
    made, _ = scan(lambda e, s, w: T.tanh(e + T.dot(s, w)), x, [h], [w])
    return [x, h, w], made[-1]


def checkpoints(*args):
    return symc.scan_checkpoints(*args, save_every_N=10)


@pytest.mark.parametrize("steps", [1, 9, 10, 11, 35])
def test_gradients_are_those_of_scan(steps):
    random = np.random.default_rng(steps)
    given = [random.normal(size=s) * 0.4 for s in [(steps, 3), (3,), (3, 3)]]
    found = []
    for scan in (symc.scan, checkpoints):
        inputs, last = network(scan)
        function = symc.function(inputs, symc.grad(T.sqr(last).sum(), inputs))
        assert function.call.reason == ""
        found.append(function(*given))
    for x, y in zip(*found, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-13)


def test_a_block_that_is_run_again_draws_the_same_numbers():
    streams = T.shared_randomstreams.RandomStreams(7)
    s = T.dscalar()
    rows, _ = symc.scan_checkpoints(
        lambda s: T.sin(s * streams.uniform(())), None, [s], n_steps=7, save_every_N=3
    )
    cost = T.sqr(rows).sum()
    f, found = (symc.function([s], y, no_default_updates=True) for y in (cost, symc.grad(cost, s)))
    np.testing.assert_allclose(found(0.7), (f(0.7 + 1e-6) - f(0.7 - 1e-6)) / 2e-6, rtol=1e-7)


def workspace(scan, steps):
    """Return the bytes of the slots of a gradient through so many steps of 1000 numbers."""
    a = T.dscalar()
    rows, _ = scan(lambda s, a: T.sin(s * a), None, [T.ones(1000) * a], [a], n_steps=steps)
    module = symc.function([a], symc.grad(rows[-1].sum(), a)).module
    mode = symc.Mode()
    return sum(plan(run(module, mode), lambda _: 64).slots)


def test_derivatives_take_the_memory_of_blocks_and_of_one_block():
    row = 8000

    def in_blocks(fn, sequences, initial, fixed, n_steps):
        return symc.scan_checkpoints(
            fn, sequences, initial, fixed, n_steps=n_steps, save_every_N=100
        )

    def plainly(fn, sequences, initial, fixed, n_steps):
        return symc.scan(fn, sequences, initial, fixed, n_steps=n_steps)

    assert workspace(plainly, 10_000) >= 10_000 * row
    taken = workspace(in_blocks, 10_000)
    assert 200 * row <= taken <= 320 * row  # 100 states between blocks, their cotangents, a block


def test_until_and_taps_are_refused():
    with pytest.raises(ValueError, match="taps are not possible"):
        symc.scan_checkpoints(lambda a: a, {"input": T.dvector(), "taps": [-1]})
    with pytest.raises(ValueError, match="until is not possible"):
        symc.scan_checkpoints(lambda a: (a, until(a > 1)), T.dvector())


@pytest.mark.parametrize("every", [0, -1, 2.5])
def test_what_is_no_number_of_steps_is_refused(every):
    with pytest.raises(ValueError, match="no number of steps"):
        symc.scan_checkpoints(lambda a: a, T.dvector(), save_every_N=every)
