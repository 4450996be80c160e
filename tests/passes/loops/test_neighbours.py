"""Loops side by side that become one."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.interpret import interpret
from symc.compiler.module import walk
from symc.compiler.verify import verify
from symc.passes.canonical import canonicalize
from symc.passes.loops.neighbours import fuse_loops
from symc.passes.loops.prune import prune_loops
from symc.passes.pipeline import run_passes
from symc.scan_module import scan, until

X, Y, M, A, N = T.dvector("x"), T.dvector("y"), T.dmatrix("m"), T.dscalar("a"), T.lscalar("n")
ZERO = np.float64(0)
ARRAYS = {
    X: np.linspace(-1, 1, 5),
    Y: np.linspace(2, 3, 5),
    M: np.arange(15.0).reshape(5, 3),
    A: np.array(0.7),
    N: np.array(4),
}


def total(rows, factor=1.0):
    return scan(lambda e, s: s * factor + e, rows, ZERO)[0]


def loops_of(outputs, passes=(canonicalize, prune_loops, fuse_loops)):
    """Return how many loops are left, once the results are seen to be the same."""
    inputs = list(ARRAYS)
    module = symc.function(inputs, outputs, on_unused_input="ignore").module
    made = run_passes(module, passes)
    verify(made)
    arrays = list(ARRAYS.values())
    for want, got in zip(interpret(module, arrays)[0], interpret(made, arrays)[0], strict=True):
        np.testing.assert_array_equal(got, want)
    return sum(v.op.name == "loop" for v in walk(made.roots()))


def test_two_of_the_same_rows():
    assert loops_of([total(X), total(X, A)[-1]]) == 1


def test_three_of_numbers():
    powers, _ = scan(lambda s: s * A, outputs_info=A, n_steps=5)
    pairs, _ = scan(lambda s, t: (t, s + 1), outputs_info=[A, ZERO], n_steps=5)
    some, _ = scan(lambda e: e * 2, X[:5], n_steps=5)
    assert loops_of([powers, *pairs, some[1:].sum()]) == 1


def test_what_is_fixed_is_given_once():
    first, _ = scan(lambda e, s: s * A + e, X, A)
    second, _ = scan(lambda e, s: s - A * e, X, A * 2)
    module = symc.function([X, A], [first, second]).module
    made = run_passes(module, (canonicalize, fuse_loops))
    (loop,) = (v for v in walk(made.roots()) if v.op.name == "loop")
    body = loop.attribute("body")
    assert (len(body.elements), len(body.states), len(body.fixed)) == (1, 2, 1)


def test_vectors_of_the_same_rows():
    sums, _ = scan(lambda e, s: s + e, M, T.zeros(3))
    most, _ = scan(lambda e, s: T.maximum(s, e), M, M[0])
    assert loops_of([sums, most]) == 1


def test_steps_that_end_at_once_wait_for_nothing():
    assert loops_of([total(X), total(X[:0])]) == 2  # other numbers of steps


APART = {
    "one needs the other": lambda: [total(X), total(total(X))],
    "through a size": lambda: [total(X), total(X[: T.cast(total(X)[-1] + 5, "int64")])],
    "other rows": lambda: [
        scan(lambda e, s: s + e, M, T.zeros(3))[0],
        scan(lambda e, s: s * e, T.exp(M), T.ones(3))[0],
    ],
    "a product": lambda: [
        scan(lambda e, s: T.dot(s, M[:3]) + e, M, T.zeros(3))[0],
        scan(lambda e, s: s * e, M, T.ones(3))[0],
    ],
    "an end": lambda: [
        scan(lambda e, s: (s + e, until(s > 1)), X, ZERO)[0],
        scan(lambda e, s: (s - e, until(s > 1)), X, ZERO)[0],
    ],
    "other numbers of steps": lambda: [
        scan(lambda s: s * A, outputs_info=A, n_steps=N)[0],
        scan(lambda s: s + A, outputs_info=A, n_steps=N + 1)[0],
    ],
}


@pytest.mark.parametrize("name", APART)
def test_apart(name):
    assert loops_of(APART[name]()) == 2


def test_pairs_that_would_wait_for_each_other():
    # Each pair can be one loop, but not both: then each would need what the other makes.
    first, second = total(M[:, 0]), total(M[:, 1], A)
    assert loops_of([first, second, total(first * 2), total(second * 3)]) == 2
    assert loops_of([first, total(first * 2, A), second * 1, total(second * 3, A)]) == 2


def test_derivatives_stay():
    cost = T.sqr(total(X, A)).sum() + T.sin(total(Y, A * 2)).sum()
    module = symc.function([X, Y, A], symc.grad(cost, [X, Y, A])).module
    made = run_passes(module, (canonicalize, prune_loops, fuse_loops))
    arrays = [ARRAYS[x] for x in (X, Y, A)]
    for want, got in zip(interpret(module, arrays)[0], interpret(made, arrays)[0], strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-13)
