"""Derivatives: of derivatives, of intermediate variables, with parts held constant."""

import numpy as np
import pytest
from near import assert_near

import symc as theano
import symc.tensor as T


def test_second_derivative(floatX):
    x = T.scalar("x")
    y = T.exp(T.sin(x)) * x**3
    first = T.grad(y, x)
    second = T.grad(first, x)
    third = T.grad(second, x)
    f = theano.function([x], [y, first, second, third])
    X = 0.7 if floatX == "float64" else float(np.float32(0.7))
    h = 1e-3
    g = lambda t: np.exp(np.sin(t)) * t**3  # noqa: E731
    got = f(np.asarray(X, floatX))
    assert_near(got[0], g(X), floatX)
    np.testing.assert_allclose(got[1], (g(X + h) - g(X - h)) / (2 * h), rtol=1e-4)
    np.testing.assert_allclose(got[2], (g(X + h) - 2 * g(X) + g(X - h)) / h**2, rtol=1e-4)
    d3 = (g(X + 2 * h) - 2 * g(X + h) + 2 * g(X - h) - g(X - 2 * h)) / (2 * h**3)
    np.testing.assert_allclose(got[3], d3, rtol=1e-3)


def test_newton_minimum_of_rosenbrock(floatX):
    x = T.vector("x")
    cost = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    g = T.grad(cost, x)
    h = T.stack([T.grad(g[i], x) for i in range(2)])
    f = theano.function([x], [cost, g, h])
    X = np.array([-1.2, 1.0])
    for _ in range(7):
        a, b = X.astype(floatX).astype("float64")
        cost, g, h = f(X.astype(floatX))
        assert_near(cost, (1 - a) ** 2 + 100 * (b - a * a) ** 2, floatX)
        assert_near(g, [-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)], floatX)
        assert_near(h, [[2 - 400 * (b - 3 * a * a), -400 * a], [-400 * a, 200]], floatX)
        X = X - np.linalg.solve(h.astype("float64"), g)
    np.testing.assert_allclose(X, [1, 1], atol=1e-4)


def test_hessian_vector_product(floatX, random):
    A, X, V = random(5, 5), random(5), random(5)
    a, x, v = T.matrix("a"), T.vector("x"), T.vector("v")
    cost = T.sum(T.tanh(T.dot(a, x)) ** 2)
    product = T.grad(T.sum(T.grad(cost, x) * v), x)
    f = theano.function([a, x, v], product)
    M, Z = A.astype("float64"), X.astype("float64")
    t = np.tanh(M @ Z)
    curvature = 2 * (1 - t**2) * (1 - 3 * t**2)
    assert_near(f(A, X, V), M.T @ (curvature * (M @ V)), floatX)


def test_gradient_penalty(floatX, random):
    X, W = random(8, 3), random(3)
    x, w = T.matrix("x"), T.vector("w")
    output = T.nnet.softplus(T.dot(x, w))
    gx = T.grad(output.sum(), x)
    penalty = T.mean((T.sqrt((gx**2).sum(axis=1)) - 1) ** 2)
    f = theano.function([x, w], [penalty, T.grad(penalty, w)])
    Z, V = X.astype("float64"), W.astype("float64")
    s, n = 1 / (1 + np.exp(-(Z @ V))), np.linalg.norm(V)
    got = f(X, W)
    assert_near(got[0], ((s * n - 1) ** 2).mean(), floatX)
    inner = 2 * (s * n - 1) / 8
    wanted = ((inner * s * (1 - s) * n)[:, None] * Z).sum(0) + (inner * s).sum() * V / n
    assert_near(got[1], wanted, floatX)


def test_intermediate_and_known_gradients(floatX, random):
    x = T.vector("x")
    h = T.tanh(x)
    cost = (h**3).sum()
    by_h = T.grad(cost, h)
    by_x = T.grad(None, x, known_grads={h: by_h})
    f = theano.function([x], [by_h, by_x, T.grad(cost, x)])
    X = random(5)
    H = np.tanh(X.astype("float64"))
    got = f(X)
    assert_near(got[0], 3 * H**2, floatX)
    assert_near(got[1], 3 * H**2 * (1 - H**2), floatX)
    assert_near(got[2], 3 * H**2 * (1 - H**2), floatX)


def test_consider_constant(floatX, random):
    x, y = T.vectors("x", "y")
    h = x * y
    cost = (h * x).sum()
    f = theano.function(
        [x, y],
        [
            T.grad(cost, x, consider_constant=[h]),
            T.grad((theano.gradient.disconnected_grad(h) * x).sum(), x),
            T.grad((theano.gradient.zero_grad(h) * x).sum(), y),
            T.grad(cost, x),
        ],
    )
    X, Y = random(4), random(4)
    got = f(X, Y)
    for k, wanted in enumerate((X * Y, X * Y, 0 * X, 2 * X * Y)):
        assert_near(got[k], wanted, floatX)


def test_disconnected(floatX):
    x, y = T.vectors("x", "y")
    cost = (x**2).sum()
    with pytest.raises(theano.gradient.DisconnectedInputError):
        T.grad(cost, y)
    gy = T.grad(cost, y, disconnected_inputs="ignore")
    assert T.grad(cost, [y], disconnected_inputs="ignore", return_disconnected="None") == [None]
    f = theano.function([y], gy)
    assert_near(f(np.ones(3, floatX)), np.zeros(3), floatX)


def test_gradient_through_indexing_joining_and_shapes(floatX, random):
    x = T.matrix("x")
    parts = T.concatenate([x[1:, ::2], x[:-1, 1::2]], axis=1)
    turned = parts.reshape((parts.shape[1], parts.shape[0])).dimshuffle(1, "x", 0)
    cost = T.sum(turned**2 * T.arange(parts.shape[0], dtype=floatX).dimshuffle(0, "x", "x"))
    cost = cost + T.sum(x[0, ::-1] ** 3) + T.sum(T.max(x, axis=0)) + T.sum(x.flatten()[3:7])
    f = theano.function([x], [cost, T.grad(cost, x)])
    X = random(4, 4)

    def value(Z):
        P = np.concatenate([Z[1:, ::2], Z[:-1, 1::2]], axis=1)
        Q = P.reshape(P.shape[1], P.shape[0]).T[:, None, :]
        result = (Q**2 * np.arange(P.shape[0])[:, None, None]).sum() + (Z[0, ::-1] ** 3).sum()
        return result + Z.max(0).sum() + Z.ravel()[3:7].sum()

    Z, h = X.astype("float64"), 1e-6
    wanted = np.zeros_like(Z)
    for k in np.ndindex(Z.shape):
        E = np.zeros_like(Z)
        E[k] = h
        wanted[k] = (value(Z + E) - value(Z - E)) / (2 * h)
    got = f(X)
    assert_near(got[0], value(Z), floatX)
    np.testing.assert_allclose(got[1], wanted, rtol=1e-4, atol=1e-4)


def test_gradient_of_integers_is_zero(floatX):
    i, x = T.lvector("i"), T.vector("x")
    cost = (x * i).sum()
    gi, gx = T.grad(cost, [i, x])
    f = theano.function([i, x], [gi, gx], on_unused_input="ignore")
    got = f([1, 2], np.ones(2, floatX))
    assert got[0].dtype == floatX
    assert not got[0].any()
    assert_near(got[1].astype(floatX), [1, 2], floatX)


def test_stable_derivatives(floatX):
    x = T.vector("x")
    X = np.array([-1000, -50, -1e-8, 0, 1e-8, 50, 1000], floatX)
    rows = T.stack([x, T.zeros_like(x)], axis=1)
    p = T.nnet.softmax(rows)
    costs = {
        "softplus": (T.log(1 + T.exp(x)), 1 / (1 + np.exp(-X.astype("float64").clip(-700, 700)))),
        "log sigmoid": (
            T.log(T.nnet.sigmoid(x)),
            1 / (1 + np.exp(X.astype("float64").clip(-700, 700))),
        ),
        "log softmax": (T.log(p)[:, 0], 1 / (1 + np.exp(X.astype("float64").clip(-700, 700)))),
        "logsumexp": (
            T.log(T.sum(T.exp(rows), axis=1)),
            1 / (1 + np.exp(-X.astype("float64").clip(-700, 700))),
        ),
    }
    for name, (cost, wanted) in costs.items():
        f = theano.function([x], T.grad(cost.sum(), x))
        np.testing.assert_allclose(
            f(X), wanted, 1e-5 if floatX == "float32" else 1e-12, 1e-16, err_msg=name
        )


def test_vector_of_one_element(floatX):
    """A reduction over dimensions that all have size 1, whose parts its gradient needs again."""
    a, b = T.scalar("a"), T.TensorType(floatX, (True,))("b")
    inner = T.log(abs(a) + 1)
    cost = T.minimum((inner * a) ** 3, T.arctan2(b, inner**2 + 1)).sum()
    f = theano.function([a, b], [cost, *T.grad(cost, [a, b])])
    value, by_a, by_b = f(np.asarray(0.5, floatX), np.ones(1, floatX))
    u = np.log(1.5)
    assert_near(value, (0.5 * u) ** 3, floatX)
    assert_near(by_a, 3 * (0.5 * u) ** 2 * (u + 0.5 / 1.5), floatX)
    assert_near(by_b, [0], floatX)
