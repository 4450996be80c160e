"""What passes make of loops: the same results, by less work."""

import sys
from pathlib import Path

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.interpret import interpret
from symc.compiler.module import walk
from symc.compiler.ops.loop import body_of
from symc.compiler.verify import verify
from symc.passes.canonical import canonicalize
from symc.passes.fuse.emission import fuse
from symc.passes.loops.hoist import hoist
from symc.passes.loops.last import read_last
from symc.passes.loops.prune import join_loops, prune_loops
from symc.passes.pipeline import choose, run_passes
from symc.scan_module import scan, until

sys.path.append(str(Path(__file__).parents[2] / "frontend" / "scan_module"))
from test_derivatives import CASES, arrays  # the programs are shared

MOVES = (canonicalize, join_loops, read_last, hoist, prune_loops)


def module_of(inputs, outputs):
    return symc.function(inputs, outputs, on_unused_input="ignore").module


def loops(module):
    return [body_of(v) for v in walk(module.roots()) if v.op.name == "loop"]


def ops_of(body):
    return [v.op.name for v in walk(body.roots)]


@pytest.mark.parametrize("pipeline", ["FAST_RUN", "FAST_COMPILE"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_results_stay(case, pipeline):
    inputs, rows, shapes = case()
    cost = T.tanh(rows).sum()
    module = module_of(inputs, [rows, rows[-1], cost, *symc.grad(cost, inputs)])
    steps = [step for step in choose(symc.Mode(optimizer=pipeline)) if step is not fuse]
    made = run_passes(module, steps)
    verify(made)
    want, got = (interpret(m, arrays(shapes))[0] for m in (module, made))
    for x, y in zip(want, got, strict=True):
        np.testing.assert_allclose(y, x, rtol=1e-10, atol=1e-12)


def test_the_last_row_is_the_state():
    x, h = T.dvector("x"), T.dscalar("h")
    rows, _ = scan(lambda e, s: s * e, x, h)
    made = run_passes(module_of([x, h], rows[-1]), MOVES)
    (body,) = loops(made)
    assert body.kept == ()
    assert interpret(made, [np.arange(1.0, 5.0), np.array(2.0)])[0][0] == 48
    with pytest.raises(IndexError):
        interpret(made, [np.zeros(0), np.array(2.0)])


def test_the_last_of_a_known_number_of_rows_is_the_state():
    h = T.dscalar("h")
    rows, _ = scan(lambda s: s * 2, outputs_info=h, n_steps=5)
    made = run_passes(module_of([h], [rows[-1], rows[-2]]), MOVES)
    assert len(loops(made)[0].kept) == 1  # the one before the last is no state
    last = run_passes(module_of([h], rows[-1]), MOVES)
    assert loops(last)[0].kept == ()
    assert interpret(last, [np.array(1.0)])[0][0] == 32


def test_the_last_row_that_was_reached_is_the_state():
    h, n = T.dscalar("h"), T.iscalar("n")
    rows, _ = scan(lambda s: (s * 2, until(s > 5)), outputs_info=h, n_steps=n)
    made = run_passes(module_of([h, n], rows[-1]), MOVES)
    (body,) = loops(made)
    assert body.kept == ()
    assert not made.measured()  # so a library can have it
    for steps, wanted in ((10, 16), (3, 8), (1, 2)):
        assert interpret(made, [np.array(1.0), np.array(steps, "int32")])[0][0] == wanted
    with pytest.raises(IndexError):
        interpret(made, [np.array(1.0), np.array(0, "int32")])


def test_a_row_of_all_that_there_is_room_for_is_no_state():
    # Rows beyond the steps that were run are no states.
    h = T.dscalar("h")
    rows, _ = scan(lambda s: (s * 2, until(s > 5)), outputs_info=h, n_steps=10)
    node = rows.owner.inputs[0].owner
    made = run_passes(module_of([h], node.outputs[1][-1]), MOVES)
    assert interpret(made, [np.array(1.0)])[0][0] == 0


def test_loops_of_a_cost_and_its_gradient_become_one():
    x, a = T.dvector("x"), T.dscalar("a")
    rows, _ = scan(lambda e, s: T.tanh(s * a + e), x, T.constant(np.float64(0)))
    cost = T.sqr(rows).sum()
    module = module_of([x, a], [cost, symc.grad(cost, a)])
    canonical = [s for s in choose(symc.Mode()) if s is not fuse]
    assert len(loops(run_passes(module, canonical))) == 2  # forwards and backwards


def test_what_is_not_read_goes():
    x, y = T.dvector("x"), T.dvector("y")
    (first, second), _ = scan(lambda a, b, s, t: (s + a, t * b), [x, y], [T.zeros(()), T.ones(())])
    (body,) = loops(run_passes(module_of([x, y], first.sum()), MOVES))
    assert (len(body.elements), len(body.states), len(body.kept)) == (1, 1, 1)
    assert "multiply" not in ops_of(body)
    (both,) = loops(run_passes(module_of([x, y], first.sum() + second.sum()), MOVES))
    assert len(both.states) == 2


def test_a_state_that_never_changes_is_fixed():
    x, h = T.dvector("x"), T.dscalar("h")
    (still, rows), _ = scan(lambda e, s: (s, e * s), x, [h, None])
    made = run_passes(module_of([x, h], [still[-1], rows]), MOVES)
    (body,) = loops(made)
    assert not body.states
    values, (kept,) = np.arange(4.0), interpret(made, [np.arange(4.0), np.array(3.0)])[0][1:]
    np.testing.assert_array_equal(kept, values * 3)


def test_what_is_the_same_in_all_steps_moves_out():
    # What a step reads of the graph outside is outside from the start; derivatives need the pass.
    w, x = T.dmatrix("w"), T.dvector("x")
    rows, _ = scan(lambda s, w: T.dot(T.exp(w), s), outputs_info=x, non_sequences=w, n_steps=3)
    module = module_of([w, x], symc.grad(rows.sum(), [w, x]))
    for body in loops(run_passes(module, MOVES)):
        assert "exp" not in ops_of(body)


def test_products_of_rows_become_one():
    x, w, u = T.dtensor3("x"), T.dmatrix("w"), T.dmatrix("u")
    rows, _ = scan(lambda e, s: T.dot(T.exp(e), w) + T.dot(s, u), x, T.zeros((2, 3)))
    made = run_passes(module_of([x, w, u], rows), MOVES)
    (body,) = loops(made)
    assert ops_of(body).count("dot") == 1
    assert "exp" not in ops_of(body)
    values = [
        np.random.default_rng(k).normal(size=s) for k, s in enumerate([(5, 2, 4), (4, 3), (3, 3)])
    ]
    state, wanted = np.zeros((2, 3)), []
    for row in values[0]:
        state = np.exp(row) @ values[1] + state @ values[2]
        wanted.append(state)
    np.testing.assert_allclose(interpret(made, values)[0][0], wanted)


def test_elementwise_work_on_rows_stays():
    x = T.dvector("x")
    rows, _ = scan(lambda e, s: s + T.exp(e), x, T.zeros(()))
    (body,) = loops(run_passes(module_of([x], rows), MOVES))
    assert "exp" in ops_of(body)
