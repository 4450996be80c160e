"""Derivatives agree with differences, and with what Theano promises of grad."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.gradient import DisconnectedInputError, disconnected_grad, zero_grad

X = np.array([[0.5, -1.5, 2.0], [3.25, 0.4, -0.75]])
V = np.array([1.5, -2.0, 0.25])
S3 = np.random.default_rng(7).normal(size=(2, 3, 4))
J = np.array([1, 0, 1, 2])

x, v, t = T.dmatrix("x"), T.dvector("v"), T.dtensor3("t")
j = T.lvector("j")
GIVEN = {x: X, v: V, t: S3, j: J}

CASES = {
    "add": x + v,
    "mul": x * v,
    "div": v / (x + 5),
    "power": (x**2) ** 1.5,
    "exponent": 2.0**x,
    "tanh": T.tanh(x * v),
    "log": T.log(x**2 + 1),
    "sqrt": T.sqrt(x**2 + 1),
    "maximum": T.maximum(x, v),
    "clip": T.clip(x, -1, 1),
    "switch": T.switch(x > 0, x**2, v * x),
    "abs": abs(x) * v,
    "mod": x % 0.7,
    "sum axis": T.sqr(x.sum(axis=0)),
    "mean": T.sqr(x.mean(axis=1)),
    "var": x.var(axis=1) * 3,
    "std": x.std(axis=0),
    "prod": x.prod(axis=1),
    "max": x.max(axis=1) * v[0],
    "min": x.min(axis=0) * v,
    "keepdims": x / x.sum(axis=1, keepdims=True),
    "norm": x.norm(2),
    "logsumexp": T.logsumexp(x, axis=1) * v[:2],
    "dot": T.dot(x, v) ** 2,
    "dot matrices": T.dot(x, x.T) ** 2,
    "dot vectors": T.dot(v, v) * v,
    "vector dot matrix": T.dot(v, x.T) ** 2,
    "dot higher": T.dot(x, t) ** 2,
    "tensordot": T.tensordot(t, t, [[0, 1], [0, 1]]) ** 2,
    "batched_dot": T.batched_dot(t, t.dimshuffle(0, 2, 1)) ** 2,
    "outer": T.outer(v, v) * v,
    "dimshuffle": x.dimshuffle(1, "x", 0) * v.dimshuffle(0, "x", "x"),
    "reshape": x.reshape((3, 2)) * v.dimshuffle(0, "x"),
    "flatten": x.flatten() ** 2,
    "repeat": T.repeat(x, 2, axis=0) ** 2,
    "tile": T.tile(v, 2) ** 2,
    "slice": x[:, 1:] ** 2,
    "slice back": x[::-1, ::-2] ** 2,
    "item": x[0] * x[1, 2],
    "negative item": x[-1] * v,
    "gather": x.T[j] ** 2,
    "gather pairs": x.T[j, T.zeros_like(j)] * 3,
    "gather columns": x[:, j] ** 2,
    "inc": T.inc_subtensor(x[0], v * x[1]) ** 2,
    "set": T.set_subtensor(x[:, 1:], x[:, :2] * 2) ** 2,
    "inc array": T.inc_subtensor(x.T[j], 2 * x.T[j]) ** 2,
    "join": T.join(0, x, x * 2) ** 2,
    "stack": T.stack([v, v**2], axis=1) ** 2,
    "alloc": T.alloc(v[0], 3) * v,
    "fill": x.fill(v[0]) * x,
    "diag": T.diag(v) * v,
    "triu": T.triu(x) ** 2,
    "softmax": T.nnet.softmax(x) * v,
    "logsoftmax": T.nnet.logsoftmax(x) * v,
    "crossentropy": T.nnet.categorical_crossentropy(T.nnet.softmax(x), j[:2]),
    "binary": T.nnet.binary_crossentropy(T.nnet.sigmoid(x), 0.3),
    "relu": T.nnet.relu(x, 0.1) * v,
    "elu": T.nnet.elu(x) * v,
    "selu": T.nnet.selu(x),
    "softplus": T.nnet.softplus(x) * v,
    "addbroadcast": T.addbroadcast(x[:1], 0) * x,
    "cast": (x.astype("float32") * 2).astype("float64") * v,
}


def differences(f, arrays, place, step=1e-6):
    """Return central differences of a scalar function in one of its arguments."""
    result = np.zeros_like(arrays[place])
    for k in np.ndindex(result.shape):
        ends = []
        for sign in (1, -1):
            moved = [np.array(a) for a in arrays]
            moved[place][k] += sign * step
            ends.append(f(*moved))
        result[k] = (ends[0] - ends[1]) / (2 * step)
    return result


def weighted(expression):
    """Sum an expression with weights that differ for every element."""
    flat = expression.flatten()
    return (flat * T.cos(T.arange(flat.shape[0]) + 1.0)).sum()


@pytest.mark.parametrize("name", CASES)
def test_against_differences(name):
    cost = weighted(CASES[name])
    inputs = list(GIVEN)
    f = symc.function(inputs, cost, on_unused_input="ignore")
    wrt = [x, v, t]
    found = symc.grad(cost, wrt, disconnected_inputs="ignore")
    g = symc.function(inputs, found, on_unused_input="ignore")
    arrays = list(GIVEN.values())
    rough = {"cast": 2e-2}.get(name, 1e-6)
    step = 1e-2 if name == "cast" else 1e-6
    for place, (variable, got) in enumerate(zip(wrt, g(*arrays), strict=True)):
        assert found[place].type == variable.type
        if name != "cast" or place == 0:
            expected = differences(f, arrays, place, step)
            np.testing.assert_allclose(got, expected, rtol=rough, atol=rough)


@pytest.mark.parametrize(
    "name", ["tanh", "power", "softmax", "logsoftmax", "dot matrices", "slice"]
)
def test_second_derivatives(name):
    cost = weighted(CASES[name])
    first = symc.grad(cost, x)
    second = symc.grad(weighted(first), x)
    inputs = [x, v]
    f = symc.function(inputs, weighted(first), on_unused_input="ignore")
    g = symc.function(inputs, second, on_unused_input="ignore")
    np.testing.assert_allclose(g(X, V), differences(f, [X, V], 0), rtol=1e-6, atol=1e-7)


# --- what is asked for


y, z = T.dscalar("y"), T.dscalar("z")


def test_one_wrt_gives_one_result():
    assert symc.grad(y**2, y).type == y.type
    assert isinstance(symc.grad(y**2, [y]), list)
    assert isinstance(symc.grad(y**2, (y,)), tuple)


def test_the_same_wrt_twice():
    first, second = symc.grad(y**3, [y, y])
    assert first.eval({y: 2.0}) == second.eval({y: 2.0}) == 12


def test_the_cost_itself():
    cost = y * z
    assert symc.grad(cost, cost).eval() == 1


def test_an_intermediate_variable():
    inner = y * z
    cost = inner**2 + inner
    assert symc.grad(cost, inner).eval({y: 2.0, z: 3.0}) == 13


def test_an_intermediate_variable_behind_another():
    first = y * 2
    second = first**2
    d_first, d_second, d_y = symc.grad(second * 3, [first, second, y])
    assert d_first.eval({y: 1.5}) == 18
    assert d_second.eval({y: 1.5}) == 3
    assert d_y.eval({y: 1.5}) == 36


def test_an_intermediate_variable_that_stabilising_would_lose():
    inner = T.nnet.sigmoid(y)
    slope = symc.grad(T.log(inner), inner)
    assert slope.eval({y: 0.0}) == 2


def test_shared_variables():
    w = symc.shared(2.0, "w")
    same = w.clone()
    assert symc.grad(w * w * y, w).eval({y: 3.0}) == 12
    assert symc.grad(w * same * y, w).eval({y: 3.0}) == 12


def test_consider_constant():
    cost = y * z + y**2
    assert symc.grad(cost, y, consider_constant=[z]).eval({y: 1.0, z: 5.0}) == 7
    inner = y**2
    assert symc.grad(inner * y, y, consider_constant=[inner]).eval({y: 3.0}) == 9


def test_known_grads():
    inner = T.exp(y)
    slope = symc.grad(None, y, known_grads={inner: T.constant(2.0)})
    assert np.allclose(slope.eval({y: 1.0}), 2 * np.e)
    slope = symc.grad(inner * z, [y, inner], known_grads={inner: T.constant(10.0)})
    assert np.allclose(slope[0].eval({y: 1.0}), 10 * np.e)
    assert slope[1].eval() == 10


def test_known_grads_of_two_variables():
    first, second = y * 2, y * z
    known = {first: T.constant(3.0), second: T.constant(5.0)}
    assert symc.grad(None, y, known_grads=known).eval({y: 1.0, z: 4.0}) == 26


def test_integers_have_no_slope():
    n = T.lvector("n")
    slope = symc.grad((n * y).sum(), n)
    assert slope.type == T.dvector
    assert slope.eval({n: [1, 2], y: 3.0}).tolist() == [0, 0]


def test_names():
    cost = y**2
    cost.name = "cost"
    assert symc.grad(cost, y).name == "(dcost/dy)"
    assert symc.grad(cost, y, add_names=False).name is None


def test_float32_stays_float32():
    a = T.fvector("a")
    slope = symc.grad((a**2).mean(), a)
    assert slope.dtype == "float32"
    assert slope.eval({a: np.float32([1, 2])}).dtype == "float32"


def test_stabilised_first():
    slope = symc.grad(T.log(T.nnet.sigmoid(y)), y)
    assert slope.eval({y: -1000.0}) == 1
    assert slope.eval({y: 1000.0}) == 0
    logistic = symc.grad(T.nnet.binary_crossentropy(T.nnet.sigmoid(y), 0.0), y)
    assert logistic.eval({y: 800.0}) == 1


# --- what does not depend


def test_disconnected_raises_with_name_and_line():
    with pytest.raises(DisconnectedInputError) as caught:
        symc.grad(y**2, z)
    text = str(caught.value)
    assert "the cost does not depend on z: float64 scalar" in text
    assert "test_gradient.py" in text
    assert "symc.grad(y**2, z)" in text
    assert "disconnected_inputs='ignore'" in text


def test_disconnected_warns():
    with pytest.warns(UserWarning, match="does not depend on z"):
        slope = symc.grad(y**2, z, disconnected_inputs="warn")
    assert slope.eval({z: 1.0}) == 0


def test_disconnected_ignored():
    slope = symc.grad(y**2, v, disconnected_inputs="ignore")
    assert slope.type == v.type
    assert slope.eval({v: V}).tolist() == [0, 0, 0]
    assert symc.grad(y, z, disconnected_inputs="ignore", return_disconnected="none") is None


def test_disconnected_grad():
    with pytest.raises(DisconnectedInputError):
        symc.grad(disconnected_grad(y) * 2, y)
    assert symc.grad(disconnected_grad(y) * y, y).eval({y: 3.0}) == 3


def test_zero_grad_depends():
    assert symc.grad(zero_grad(y) * 2, y).eval({y: 3.0}) == 0
    assert symc.grad(zero_grad(y) * y, y).eval({y: 3.0}) == 3


def test_a_slope_of_zero_is_no_disconnection():
    assert symc.grad(y - y, y).eval({y: 3.0}) == 0
    assert symc.grad(T.floor(y), y).eval({y: 3.5}) == 0


# --- bad requests


@pytest.mark.parametrize(
    ("ask", "error", "text"),
    [
        (lambda: symc.grad(v, v), TypeError, "the cost must be a scalar"),
        (lambda: symc.grad(T.lscalar(), y), TypeError, "the cost must be a float"),
        (lambda: symc.grad(y, {y}), TypeError, "wrt is a variable, or a list or tuple"),
        (lambda: symc.grad(y, [3]), TypeError, "wrt is a variable, not 3"),
        (lambda: symc.grad(None, y), AssertionError, "known_grads={y: ...} say where to start"),
        (lambda: symc.grad(y, y, consider_constant=y), TypeError, "is a list of variables"),
        (lambda: symc.grad(T.constant(np.nan), y), ValueError, "the cost is NaN"),
        (lambda: symc.grad(y, z, disconnected_inputs="no"), ValueError, "raise, warn or ignore"),
        (lambda: symc.grad(y, y, null_gradients="no"), ValueError, "null_gradients is raise"),
        (lambda: symc.grad(y, z, known_grads={y: v}), TypeError, "is not that of y"),
    ],
)
def test_bad_requests(ask, error, text):
    with pytest.raises(error, match=text):
        ask()


def test_gradients_say_where_they_come_from():
    cost = (x**2).sum()
    slope = symc.grad(cost, x)
    frames = slope.owner.location.location.frames
    functions = [function for _, _, function in frames]
    assert "test_gradients_say_where_they_come_from" in functions
    lines = {line for file, line, _ in frames if file.endswith("test_gradient.py")}
    assert len(lines) >= 2
