"""Rows looked up by the number of the step."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.module import walk
from symc.compiler.ops.loop import body_of
from symc.scan_module import scan

X, V, S, N = T.dmatrix("x"), T.dvector("v"), T.dscalar("s"), T.lscalar("n")
ROWS, NUMBERS = np.arange(12.0).reshape(4, 3) / 7, np.array([0.3, -1.2, 0.8])


def gathers(*outputs):
    """Return how many rows are looked up in steps."""
    module = symc.function([X, V, S, N], list(outputs), on_unused_input="ignore").module
    bodies = [body_of(v) for v in walk(module.roots()) if v.op.name == "loop"]
    ops = [v.op.name for body in bodies for v in walk(body.roots)]
    return ops.count("gather") + ops.count("scatter_add")


def total(numbers, array, **options):
    step = lambda k, s, a: T.tanh(s * 0.9 + a[k].sum())  # noqa: E731
    return scan(step, numbers, np.float64(0), array, **options)[0]


def plain(array, order):
    s, found = 0.0, []
    for k in order:
        s = np.tanh(s * 0.9 + array[k].sum())
        found.append(s)
    return found


ORDERS = {
    "all": (lambda: total(T.arange(X.shape[0]), X), range(4)),
    "backwards": (lambda: total(T.arange(X.shape[0]), X, go_backwards=True), range(3, -1, -1)),
    "the first": (lambda: total(T.arange(X.shape[0]), X, n_steps=3), range(3)),
    "every other": (lambda: total(T.arange(X.shape[0])[1::2], X), range(1, 4, 2)),
    "numbers of a computed array": (lambda: total(T.arange(X.shape[0]), X * 2), range(4)),
}


@pytest.mark.parametrize("mode", [None, "INTERPRET"])
@pytest.mark.parametrize("name", ORDERS)
def test_rows_of_a_sequence(name, mode):
    make, order = ORDERS[name]
    rows = make()
    assert gathers(rows) == 0
    got = symc.function([X], rows, mode=mode)(ROWS)
    np.testing.assert_allclose(got, plain(ROWS * (2 if "computed" in name else 1), order))


def test_derivatives_are_rows():
    rows = total(T.arange(X.shape[0]), X)
    slope = symc.grad(rows[-1], X)
    assert gathers(slope) == 0
    value = symc.function([X], rows[-1])
    found = symc.function([X], slope)(ROWS)
    for place in np.ndindex(ROWS.shape):
        step = np.zeros_like(ROWS)
        step[place] = 1e-6
        want = (value(ROWS + step) - value(ROWS - step)) / 2e-6
        np.testing.assert_allclose(found[place], want, rtol=1e-6, atol=1e-9)


def test_several_arrays_and_other_uses_of_the_number():
    rows, _ = scan(lambda k, s: s + V[k] * S + X[0, k] * k, T.arange(V.shape[0]), np.float64(0))
    assert gathers(rows) == 1  # nothing says that a row of X is as long as V
    got = symc.function([X, V, S], rows)(ROWS, NUMBERS, 2.0)
    np.testing.assert_allclose(got, np.cumsum(NUMBERS * 2 + ROWS[0] * np.arange(3)))


def test_a_number_that_may_be_too_large_is_checked():
    rows, _ = scan(lambda k: V[k] * 2, T.arange(N))
    assert gathers(rows) == 1
    with pytest.raises(IndexError, match="in step 3"):
        symc.function([V, N], rows)(NUMBERS, 5)


def test_scalar_sums_are_registers():
    rows, _ = scan(lambda k, s: s + V[k], T.arange(V.shape[0]), np.float64(0))
    function = symc.function([V], rows[-1], mode=symc.Mode())
    assert "inline(" in function.call.artifact.texts["program"]
    np.testing.assert_allclose(function(NUMBERS), NUMBERS.sum())
