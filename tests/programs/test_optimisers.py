"""Rules that return updates, and SciPy's optimisers, do what NumPy does by the same formulas."""

from collections import OrderedDict

import numpy as np
import pytest

import symc as theano
import symc.tensor as T


def slots(param, count):
    """Return state for a parameter: shared variables of zeros of its type."""
    value = param.get_value(borrow=True)
    zeros = np.zeros(value.shape, dtype=value.dtype)
    return [theano.shared(zeros, broadcastable=param.broadcastable) for _ in range(count)]


def nesterov(loss, params, floatX):
    updates = OrderedDict()
    for p, g in zip(params, theano.grad(loss, params), strict=True):
        (v,) = slots(p, 1)
        updates[v] = 0.9 * v - 0.05 * g
        updates[p] = p + 0.9 * updates[v] - 0.05 * g
    return updates


def rmsprop(loss, params, floatX):
    one, updates = T.constant(1), OrderedDict()
    for p, g in zip(params, theano.grad(loss, params), strict=True):
        (a,) = slots(p, 1)
        updates[a] = 0.9 * a + (one - 0.9) * g**2
        updates[p] = p - 0.05 * g / T.sqrt(updates[a] + 1e-6)
    return updates


def adam(loss, params, floatX):
    one, updates = T.constant(1), OrderedDict()
    before = theano.shared(np.asarray(0.0, dtype=floatX))
    t = before + 1
    rate = 0.05 * T.sqrt(one - 0.999**t) / (one - 0.9**t)
    for p, g in zip(params, theano.grad(loss, params), strict=True):
        m, v = slots(p, 2)
        updates[m] = 0.9 * m + (one - 0.9) * g
        updates[v] = 0.999 * v + (one - 0.999) * g**2
        updates[p] = p - rate * updates[m] / (T.sqrt(updates[v]) + 1e-8)
    updates[before] = t
    return updates


def nesterov_by_numpy(g, state, t):
    state[0] = 0.9 * state[0] - 0.05 * g
    return 0.9 * state[0] - 0.05 * g


def rmsprop_by_numpy(g, state, t):
    state[0] = 0.9 * state[0] + 0.1 * g**2
    return -0.05 * g / np.sqrt(state[0] + 1e-6)


def adam_by_numpy(g, state, t):
    state[0] = 0.9 * state[0] + 0.1 * g
    state[1] = 0.999 * state[1] + 0.001 * g**2
    rate = 0.05 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return -rate * state[0] / (np.sqrt(state[1]) + 1e-8)


@pytest.mark.parametrize(
    ("rule", "by_numpy"),
    [(nesterov, nesterov_by_numpy), (rmsprop, rmsprop_by_numpy), (adam, adam_by_numpy)],
)
def test_rules(rule, by_numpy, floatX, random):
    error = 1e-10 if floatX == "float64" else 1e-3  # Adam divides by numbers near 0
    X, Y = random(20, 3), random(20, 1)
    x, y = T.matrices("x", "y")
    w = theano.shared(np.zeros((3, 1), floatX), "w", broadcastable=(False, True))
    b = theano.shared(np.zeros(1, floatX), "b", broadcastable=(True,))
    loss = T.mean((T.dot(x, w) + b - y) ** 2)
    step = theano.function([x, y], loss, updates=rule(loss, [w, b], floatX))
    W, B = np.zeros((3, 1)), np.zeros(1)
    states = [[0.0, 0.0], [0.0, 0.0]]
    for t in range(1, 6):
        R = X.astype("float64") @ W + B - Y
        np.testing.assert_allclose(step(X, Y), (R**2).mean(), rtol=error)
        slopes = X.T.astype("float64") @ R / 10, R.sum(0) / 10
        W = W + by_numpy(slopes[0], states[0], t)
        B = B + by_numpy(slopes[1], states[1], t)
    np.testing.assert_allclose(w.get_value(), W, rtol=error, atol=error)
    np.testing.assert_allclose(b.get_value(), B, rtol=error, atol=error)
    assert w.get_value().dtype == floatX


@pytest.fixture
def problem():
    """Return cost, slope and Hessian times vector of softmax regression in one flat vector."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(80, 4)), rng.integers(0, 3, 80)
    X[:, 0] += 2 * Y
    theta, v = T.dvector("theta"), T.dvector("v")
    w, b = theta[:12].reshape((4, 3)), theta[12:15]
    p = T.nnet.softmax(T.dot(theano.shared(X), w) + b)
    cost = -T.mean(T.log(p)[T.arange(80), theano.shared(Y)]) + 1e-2 * T.sum(theta**2)
    slope = T.grad(cost, theta)
    twice = [T.grad(T.sum(slope * v), theta), T.Rop(slope, theta, v)]
    f = theano.function([theta], cost)
    return f, theano.function([theta], slope), theano.function([theta, v], twice)


def test_scipy_finds_one_minimum_in_three_ways(problem):
    optimize = pytest.importorskip("scipy.optimize")
    f, g, h = problem
    start = np.zeros(15)
    found, value, _ = optimize.fmin_l_bfgs_b(f, start, g, pgtol=1e-9, factr=10)
    np.testing.assert_allclose(g(found), 0, atol=1e-5)
    by_newton = optimize.minimize(
        f, start, jac=g, hessp=lambda x, v: h(x, v)[1], method="Newton-CG", options={"xtol": 1e-9}
    )
    by_gradients = optimize.fmin_cg(f, start, g, gtol=1e-6, disp=False)
    for other in (by_newton.x, by_gradients):
        np.testing.assert_allclose(other, found, atol=1e-3)
    assert f(found) == pytest.approx(value)


def test_hessian_times_vector_in_three_ways(problem):
    _, g, h = problem
    rng = np.random.default_rng(1)
    x, v = rng.normal(size=15), rng.normal(size=15)
    by_grad, by_rop = h(x, v)
    np.testing.assert_allclose(by_grad, by_rop, rtol=1e-9)
    np.testing.assert_allclose(by_rop, (g(x + 1e-5 * v) - g(x - 1e-5 * v)) / 2e-5, atol=1e-7)
