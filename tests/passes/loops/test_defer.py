"""Products that no step needs come after the loop, where that pays."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.interpret import interpret
from symc.compiler.module import walk
from symc.compiler.ops.loop import body_of
from symc.compiler.verify import verify
from symc.passes.canonical import canonicalize
from symc.passes.loops.defer import defer
from symc.passes.loops.prune import prune_loops
from symc.passes.pipeline import run_passes
from symc.scan_module import scan, until

PASSES = (canonicalize, defer, prune_loops)


def deferred(inputs, outputs):
    """Return a module before and after, and the operations left in steps."""
    module = symc.function(inputs, outputs, on_unused_input="ignore").module
    made = run_passes(module, PASSES)
    verify(made)
    bodies = [body_of(v) for v in walk(made.roots()) if v.op.name == "loop"]
    return module, made, [v.op.name for body in bodies for v in walk(body.roots)]


@pytest.fixture
def arrays():
    random = np.random.default_rng(2)
    return [random.normal(size=s) for s in [(6, 3), (4,), (3, 4), (4, 4), (4, 7), (7,)]]


X, H, W, U, V, B = T.dmatrix(), T.dvector(), T.dmatrix(), T.dmatrix(), T.dmatrix(), T.dvector()
INPUTS = [X, H, W, U, V, B]


def network(output):
    def step(e, s):
        new = T.tanh(T.dot(e, W) + T.dot(s, U))
        return new, output(new, e, s)

    return scan(step, X, [H, None])[0][1]


OUTPUTS = {
    "of the new state": lambda new, e, s: T.nnet.softmax(T.dot(new, V) + B),
    "of the old state": lambda new, e, s: T.exp(T.dot(s, V)) + e.sum(),
    "from the left": lambda new, e, s: T.dot(V.T, new) * B,
    "of a sum": lambda new, e, s: T.dot(new + s, V),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_come_after_the_loop(name, arrays):
    module, made, left = deferred(INPUTS, network(OUTPUTS[name]))
    assert left.count("dot") == 2
    (want,), (got,) = (interpret(m, arrays)[0] for m in (module, made))
    np.testing.assert_allclose(got, want, rtol=1e-12)


def test_several_outputs_and_states(arrays):
    def step(e, s):
        new = T.tanh(T.dot(e, W) + T.dot(s, U))
        logits = T.dot(new, V)
        return new, logits, logits.sum(), e * 2

    results, _ = scan(step, X, [H, None, None, None])
    module, made, left = deferred(INPUTS, [*results, results[0][-1]])
    assert left.count("dot") == 2
    want, got = (interpret(m, arrays)[0] for m in (module, made))
    for x, y in zip(want, got, strict=True):
        np.testing.assert_allclose(y, x, rtol=1e-12)


def test_what_another_output_needs_in_its_step_stays():
    def step(e, s):
        logits = T.dot(s, V)
        return T.tanh(T.dot(s, U)), logits, logits.max()  # of nothing there is no greatest

    results, _ = scan(step, X, [H, None, None])
    _, _, left = deferred(INPUTS, results[1:])
    assert left.count("dot") == 2


STAYING = {
    # What is left of the product is one number, so all rows of it would take memory.
    "a number": lambda new, e, s: T.dot(new, V).max(),
    "a check": lambda new, e, s: T.dot(new, V)[T.argmax(e)] * B,
    "no matrix": lambda new, e, s: T.dot(new, s) * B,
}


@pytest.mark.parametrize("name", STAYING)
def test_what_stays(name):
    _, _, left = deferred(INPUTS, network(STAYING[name]))
    assert left.count("dot") == 3


def test_many_rows_stay():
    x, h = T.dtensor3(), T.dmatrix()
    rows, _ = scan(lambda e, s: (T.tanh(T.dot(e, W) + T.dot(s, U)), T.dot(s, V)), x, [h, None])
    _, _, left = deferred([x, h, W, U, V], rows[1])
    assert left.count("dot") == 3


def test_loops_that_end_early_stay():
    rows, _ = scan(
        lambda s: ([T.tanh(T.dot(s, U)), T.dot(s, V)], until(s[0] > 1)),
        outputs_info=[H, None],
        n_steps=5,
    )
    _, _, left = deferred([H, U, V], rows[1])
    assert left.count("dot") == 2


def test_what_has_no_form_for_all_rows_stays():
    # A place that differs from step to step is looked up in every step.
    def step(e, s):
        new = T.tanh(T.dot(s, U))
        return new, T.dot(new, V)[T.argmax(e) % 7] * B

    rows, _ = scan(step, X, [H, None])
    _, _, left = deferred(INPUTS, rows[1])
    assert left.count("dot") == 2
