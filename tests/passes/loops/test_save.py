"""What loops keep for their derivatives: the fewest bytes that spare doing work again."""

import logging

import pytest

import symc
import symc.tensor as T
from symc.build import build_module
from symc.compiler.module import walk
from symc.compiler.ops.loop import body_of
from symc.passes.loops.save import is_work
from symc.variable import ancestors


def forward_of(inputs, cost, wrt):
    """Return the body of the first loop of a gradient, as it was written."""
    module = symc.function(inputs, symc.grad(cost, wrt), on_unused_input="ignore").module
    bodies = [body_of(v) for v in walk(module.roots()) if v.op.name == "loop"]
    return max(bodies, key=lambda body: len(body.kept)), bodies


def names(values):
    return sorted(v.op.name for v in values)


def test_elementwise_steps_keep_their_states_alone():
    x, s, a = T.dmatrix("x"), T.dvector("s"), T.dscalar("a")
    rows, _ = symc.scan(lambda e, s: T.tanh(T.exp(e) * s * a), x, s)
    body, _ = forward_of([x, s, a], rows[-1].sum(), [s, a, x])
    assert set(body.kept) == {body.states[0], body.next[0]}  # the rows themselves are asked for


def test_products_are_kept_with_the_least_that_is_made_of_them():
    # The gates are one product; all that is made of them is computed again.
    x, h, c = T.dtensor3("x"), T.dmatrix("h"), T.dmatrix("c")
    w, u = T.dmatrix("w"), T.dmatrix("u")

    def step(x, h, c):
        z = T.dot(x, w) + T.dot(h, u)
        size = h.shape[1]
        i, f, o = (T.nnet.sigmoid(z[:, k * size : (k + 1) * size]) for k in range(3))
        new = f * c + i * T.tanh(z[:, 3 * size :])
        return o * T.tanh(new), new

    (rows, _), _ = symc.scan(step, x, [h, c])
    body, _ = forward_of([x, h, c, w, u], rows[-1].sum(), [w, u])
    kept = [v for v in body.kept if v not in body.next]
    assert names(kept) == ["add", "bound", "bound"]


def test_less_is_kept_where_a_product_becomes_smaller():
    s, w = T.dvector("s"), T.dmatrix("w")
    rows, _ = symc.scan(lambda s: s * T.tanh(T.dot(s, w).sum()), outputs_info=s, n_steps=4)
    body, _ = forward_of([s, w], rows[-1].sum(), [s, w])
    assert {v.type.ndim for v in body.kept if v not in (*body.states, *body.next)} == {0}


def test_the_choice_is_logged(caplog):
    s, w = T.dvector("s"), T.dmatrix("w")
    rows, _ = symc.scan(lambda s: T.sin(T.dot(s, w)), outputs_info=s, n_steps=4)
    with caplog.at_level(logging.DEBUG, logger="symc.passes"):
        symc.grad(rows.sum(), w)
    (said,) = [r.getMessage() for r in caplog.records if "derivative keeps" in r.getMessage()]
    assert "cos float64" in said  # as large as the product, and next to what reads it
    assert "state float64" in said


M, V = T.dmatrix("m"), T.dvector("v")
EXPRESSIONS = {
    "dot": (T.dot(M, M), True),
    "sort": (T.sort(V), True),
    "loop_result": (symc.scan(lambda e: e + 1, V)[0], True),
    "scatter_add": (T.inc_subtensor(V[[0, 1]], 1.0), True),
    "solve": (symc.tensor.slinalg.solve(M, V), True),
    "inverse": (symc.tensor.nlinalg.matrix_inverse(M), True),
    "exp": (T.exp(V), False),
    "sum": (V.sum(), False),
    "cumsum": (T.cumsum(V), False),
    "softmax": (T.nnet.softmax(M), False),
    "logsumexp": (T.nnet.logsoftmax(M), False),
    "gather": (V[T.arange(3)], False),
    "bounded": (V[T.lscalar("k")], False),
    "concatenate": (T.concatenate([V] * 9), False),
    "block_gradient": (symc.gradient.disconnected_grad(V), False),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_what_is_work_of_its_own(name):
    expression, work = EXPRESSIONS[name]
    inputs = [x for x in ancestors([expression]) if x.owner is None and x.name]
    module = build_module(inputs, [expression])
    assert any(map(is_work, walk(module.roots()))) == work


def test_what_took_work_is_kept():
    s, m = T.dvector("s"), T.dmatrix("m")
    rows, _ = symc.scan(
        lambda s: T.tanh(symc.tensor.slinalg.solve(m, s)), outputs_info=s, n_steps=4
    )
    body, _ = forward_of([s, m], rows[-1].sum(), [s, m])
    assert {v.op.name for v in body.kept if v not in body.next} <= {"solve", "lu", "bound"}
