"""Jacobians and Hessians hold what one gradient for each element gives."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.gradient import DisconnectedInputError
from symc.variable import ancestors
from tests.frontend.test_gradient import CASES, GIVEN, t, v, x

y = T.dscalar("y")
ELEMENT = T.lscalar("element")


@pytest.mark.parametrize("name", CASES)
def test_rows_are_the_gradients_of_the_elements(name):
    flat = CASES[name].flatten()
    wrt = [x, v, t]
    found = T.jacobian(flat, wrt, disconnected_inputs="ignore")
    slopes = symc.grad(flat[ELEMENT], wrt, disconnected_inputs="ignore")
    whole = symc.function(list(GIVEN), [flat, *found], on_unused_input="ignore")
    row = symc.function([*GIVEN, ELEMENT], slopes, on_unused_input="ignore")
    values, *rows = whole(*GIVEN.values())
    wanted = [row(*GIVEN.values(), k) for k in range(len(values))]
    for k, (variable, got) in enumerate(zip(wrt, rows, strict=True)):
        assert found[k].dtype == variable.dtype
        np.testing.assert_allclose(got, [w[k] for w in wanted], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["tanh", "power", "softmax", "logsoftmax", "dot", "slice"])
def test_hessians_are_differences_of_slopes(name):
    vector = T.dvector("vector")
    expression = symc.clone(CASES[name], {x: vector.reshape((2, 3))})
    cost = (expression * T.cos(expression)).sum()
    hessian = symc.function([vector, v], T.hessian(cost, vector), on_unused_input="ignore")
    slope = symc.function([vector, v], symc.grad(cost, vector), on_unused_input="ignore")
    at = GIVEN[x].ravel()
    ends = [[slope(at + h * e, GIVEN[v]) for e in np.eye(6)] for h in (1e-6, -1e-6)]
    wanted = (np.array(ends[0]) - np.array(ends[1])) / 2e-6
    np.testing.assert_allclose(hessian(at, GIVEN[v]), wanted, rtol=1e-5, atol=1e-6)


def test_a_scalar_expression_has_a_gradient():
    assert T.jacobian(y**2, y).eval({y: 3.0}) == 6


def test_the_form_of_wrt_is_kept():
    assert T.jacobian(v, v).ndim == 2
    assert isinstance(T.jacobian(v * y, [v, y]), list)
    assert isinstance(T.jacobian(v * y, (v, y)), tuple)
    assert isinstance(T.hessian((v**2).sum(), [v]), list)


def test_broadcast_patterns():
    column = T.dcol("column")
    assert T.jacobian((column * v).sum(axis=0), column).broadcastable == (False, False, True)


def test_intermediate_and_shared_variables():
    w = symc.shared(np.array([1.0, 2.0]), "w")
    inner = w**2
    rows = T.jacobian(inner * y, [inner, w, y])
    got = [r.eval({y: 3.0}) for r in rows]
    np.testing.assert_array_equal(got[0], 3 * np.eye(2))
    np.testing.assert_array_equal(got[1], np.diag([6, 12]))
    np.testing.assert_array_equal(got[2], [1, 4])


def test_zero_and_disconnected():
    with pytest.raises(DisconnectedInputError, match="jacobian: the expression does not depend"):
        T.jacobian(v, y)
    assert T.jacobian(v, x, disconnected_inputs="ignore").eval({v: [1.0], x: [[1.0]]}).shape == (
        1,
        1,
        1,
    )
    assert T.jacobian(T.floor(v), v).eval({v: [1.5, 2.5]}).tolist() == [[0, 0], [0, 0]]
    assert T.hessian((v * 2).sum(), v).eval({v: [1.5, 2.5]}).tolist() == [[0, 0], [0, 0]]


def test_consider_constant():
    inner = v**2
    rows = T.jacobian(inner * v, v, consider_constant=[inner])
    assert rows.eval({v: [2.0, 3.0]}).tolist() == [[4, 0], [0, 9]]


def test_none_at_all():
    assert T.jacobian(v * 2, v).eval({v: np.zeros(0)}).shape == (0, 0)


def test_a_jacobian_can_be_differentiated():
    rows = T.jacobian(v**3, v)
    assert symc.grad(rows.sum(), v).eval({v: [1.0, 2.0]}).tolist() == [6, 12]


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda: T.jacobian(x, x), "must be a vector of floats"),
        (lambda: T.jacobian(T.lvector(), v), "must be a vector of floats"),
        (lambda: T.jacobian(v, 3), "jacobian: wrt is a variable"),
        (lambda: T.hessian(x.sum(), x), "hessian: wrt is a vector"),
        (lambda: T.hessian(v, v), "the cost must be a scalar"),
    ],
)
def test_bad_requests(ask, text):
    with pytest.raises(TypeError, match=text):
        ask()


def test_rows_come_from_a_loop_where_an_operation_has_no_rule(monkeypatch):
    from symc.passes.batch import RULES

    x, w = T.dvector("x"), T.dmatrix("w")
    y = T.tanh(T.dot(w, x))[T.constant([2, 0, 2])]
    at_once = symc.gradient.jacobian(y, [x, w])
    monkeypatch.delitem(RULES, "scatter_add")
    one_by_one = symc.gradient.jacobian(y, [x, w])
    f = symc.function([x, w], [*at_once, *one_by_one])
    rng = np.random.default_rng(0)
    a, b, c, d = f(rng.normal(size=3), rng.normal(size=(4, 3)))
    np.testing.assert_allclose(c, a)
    np.testing.assert_allclose(d, b)
    assert any(v.owner and "scan" in v.owner.title for v in ancestors(one_by_one))
