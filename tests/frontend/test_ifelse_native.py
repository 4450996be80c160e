"""Branches as native code, by both printers, agree with the interpreter."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.ifelse import ifelse

ROWS = np.arange(1.0, 4.0)
MISTAKE = 7
"""A place that ROWS does not have: whoever computes x[MISTAKE] fails."""


@pytest.fixture(params=["mlir", "llvm"])
def mode(request):
    return symc.Mode(printer=request.param)


@pytest.fixture
def k():
    return T.iscalar("k")


@pytest.fixture
def x():
    return T.dvector("x")


@pytest.fixture
def agree(mode):
    """Return what calls a native function and demands what the interpreter computes."""

    def check(inputs, outputs, *calls, **options):
        options["on_unused_input"] = "ignore"
        plain = symc.function(inputs, outputs, mode="INTERPRET", **options)
        made = symc.function(inputs, outputs, mode=mode, **options)
        assert made.call.reason == ""
        assert made.call.artifact is not None
        for given in calls:
            found, wanted = made(*given), plain(*given)
            pairs = (
                zip(found, wanted, strict=True) if isinstance(found, list) else [(found, wanted)]
            )
            for a, b in pairs:
                assert (a.dtype, a.shape) == (b.dtype, b.shape)
                np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
        return made

    return check


def test_values_of_both_sides(agree, k, x):
    agree([k, x], ifelse(k, T.exp(x).sum() * x, T.dot(x, x) - x), (0, ROWS), (1, ROWS))


def test_sides_that_only_pass_on(agree, k, x):
    agree([k, x], ifelse(k, x, np.zeros(3)), (0, ROWS), (1, ROWS))
    agree([k, x], [ifelse(k, x, x[1:]), x], (0, ROWS), (1, ROWS))


def test_sides_of_different_sizes(agree, k, x):
    agree([k, x], T.exp(ifelse(k, x * 2, x[1:])) + 1, (0, ROWS), (1, ROWS))


def test_sizes_that_depend_on_a_condition_of_data(agree, x):
    chosen = ifelse(x.sum() > 7, x * 2, x[1:] * 3)
    agree([x], [chosen.sum(), T.exp(chosen)], (ROWS,), (2 * ROWS,))


def test_several_results_one_of_them_twice(agree, k, x):
    made = ifelse(k, [x * 2, x.sum(), x * 2], [x, x.max(), T.sqrt(x)])
    agree([k, x], made, (0, ROWS), (1, ROWS))


def test_complex_results(agree, k):
    z = T.zvector("z")
    agree([k, z], ifelse(k, z * z, T.conj(z)), (0, ROWS * (1 + 2j)), (1, ROWS * (1 + 2j)))


def test_only_the_side_that_is_taken_can_fail(agree, k, x):
    made = agree([k, x], ifelse(k, x.sum(), x[MISTAKE] * x.sum()), (1, ROWS))
    with pytest.raises(IndexError, match="index 7 is out of bounds"):
        made(0, ROWS)
    assert made(1, ROWS) == 6


def test_indices_of_data_fail_where_they_are_read(agree, k, x):
    i = T.lvector("i")
    made = agree([k, x, i], ifelse(k, x[i], x[i.sum()] + x), (1, ROWS, [0, 2, 1]))
    agree([k, x, i], ifelse(k, x[i], x[i.sum()] + x), (0, ROWS, [0, 2, 0]))
    for choice in (0, 1):
        with pytest.raises(IndexError):
            made(choice, ROWS, [4, 0, 0])


def test_results_of_many_elements(agree, k, x):
    big = np.linspace(0, 1, 100_000)
    agree([k, x], ifelse(k, T.sort(T.tanh(x)), T.exp(x) / T.exp(x).sum()), (0, big), (1, big))


def test_inner_choices_are_lazy_too(agree, k, x):
    inner = ifelse(x.sum() > 0, T.exp(x).max(), x[MISTAKE])
    made = agree([k, x], ifelse(k, inner, x[MISTAKE] + 1), (1, ROWS))
    for given in ((1, -ROWS), (0, ROWS)):
        with pytest.raises(IndexError):
            made(*given)


def test_derivatives(agree, k, x):
    cost = ifelse(k, T.exp(x).sum(), T.log(x[2]) * ifelse(x[0] > 0, x.prod(), x.sum()))
    agree([k, x], [cost, T.grad(cost, x)], (0, ROWS), (1, ROWS), (0, [-1.0, 2.0, 3.0]))


def test_a_choice_in_every_step(agree, x):
    def step(a, s, v):
        return ifelse(a > 1.5, s + a, v[MISTAKE + a.astype("int64")])

    rows, _ = symc.scan(step, x, [np.float64(0)], non_sequences=x)
    made = agree([x], rows, (ROWS + 1,))
    with pytest.raises(IndexError):
        made(ROWS)


def test_states_that_a_choice_makes(agree, x):
    w = T.dmatrix("w")

    def step(a, h):
        return ifelse(a > 1.5, T.tanh(T.dot(w, h)).reshape((3,)), h)

    rows, _ = symc.scan(step, x, T.ones(3))
    cost = (rows**2).sum()
    matrix = np.linspace(-1, 1, 9).reshape(3, 3)
    agree([x, w], [rows, rows[-1], T.grad(cost, w)], (ROWS, matrix), (-ROWS, matrix))


def test_loops_in_both_sides(agree, k, x):
    first, _ = symc.scan(lambda a, s: s * 0.5 + a, x, [np.float64(0)])
    second, _ = symc.scan(lambda s: T.tanh(s) + 1, None, x, n_steps=5)
    agree([k, x], ifelse(k, first, second[-1]), (0, ROWS), (1, ROWS))


def test_updates_of_shared_variables(mode, k, x):
    count = symc.shared(np.ones(3), "count")
    new = ifelse(k, count * 2 + x, x[1] * count)
    made = symc.function([k, x], count.sum(), updates={count: new}, mode=mode)
    assert made.call.reason == ""
    assert [float(made(choice, ROWS)) for choice in (1, 0, 1)] == [3, 12, 24]
    np.testing.assert_array_equal(count.get_value(), [13, 18, 23])


def test_what_fails_leaves_shared_variables_alone(mode, k, x):
    count = symc.shared(np.ones(3), "count")
    new = ifelse(k, count + x, x[MISTAKE] * count)
    made = symc.function([k, x], updates={count: new}, mode=mode)
    assert made.call.reason == ""
    with pytest.raises(IndexError):
        made(0, ROWS)
    np.testing.assert_array_equal(count.get_value(), np.ones(3))


def test_what_runs_in_the_interpreter_says_why(mode, k, x):
    @symc.as_op([T.dvector], [T.dvector])
    def doubled(array):
        return array * 2

    for side in (doubled(x).sum(), T.sort(x[x > 1])[0]):
        made = symc.function([k, x], ifelse(k, side, x.sum()), mode=mode)
        assert "computes the size of an array" in made.call.reason


def test_sizes_that_must_agree_are_compared_outside(mode, k, x):
    n = x[0].astype("int64")
    made = symc.function([k, x], ifelse(k, T.exp(x[:n]) + x[:k], x), mode=mode)
    assert made.call.reason == ""
    values = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(made(1, values), np.exp(values[:1]) + values[:1])
    with pytest.raises(ValueError, match="1 is not 2"):
        made(2, values)
