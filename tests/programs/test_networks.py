"""Networks and their optimisers make the steps that NumPy makes."""

from collections import OrderedDict

import numpy as np
import pytest
from near import assert_near

import symc as theano
import symc.tensor as T


class Layer:
    """One layer, written as in Theano's multilayer tutorial."""

    def __init__(self, w_init, b_init, activation):
        n_output, _ = w_init.shape
        self.W = theano.shared(w_init, name="W", borrow=True)
        self.b = theano.shared(
            b_init.reshape(n_output, 1), name="b", borrow=True, broadcastable=(False, True)
        )
        self.activation = activation
        self.params = [self.W, self.b]

    def output(self, x):
        linear = T.dot(self.W, x) + self.b
        return linear if self.activation is None else self.activation(linear)


def momentum(cost, params, rate, mu):
    updates = []
    for param in params:
        step = theano.shared(param.get_value() * 0.0, broadcastable=param.broadcastable)
        updates.append((param, param - rate * step))
        updates.append((step, mu * step + (1.0 - mu) * T.grad(cost, param)))
    return updates


def test_multilayer_perceptron_with_momentum(floatX, random):
    X, Y = random(2, 15), (random(15) > 0).astype(floatX)
    layers = [
        Layer(random(4, 2), np.ones(4, floatX), T.nnet.sigmoid),
        Layer(random(1, 4), np.ones(1, floatX), T.nnet.sigmoid),
    ]
    params = [p for layer in layers for p in layer.params]
    x, y = T.matrix("mlp_input"), T.vector("mlp_target")
    out = x
    for layer in layers:
        out = layer.output(out)
    cost = T.sum((out - y) ** 2)
    train = theano.function([x, y], cost, updates=momentum(cost, params, 0.01, 0.9))
    evaluate = theano.function([x], out)

    W1, b1, W2, b2 = (p.get_value().astype("float64") for p in params)
    V = [np.zeros_like(p) for p in (W1, b1, W2, b2)]
    for _ in range(8):
        H = 1 / (1 + np.exp(-(W1 @ X + b1)))
        P = 1 / (1 + np.exp(-(W2 @ H + b2)))
        assert_near(train(X, Y), ((P - Y) ** 2).sum(), floatX)
        D2 = 2 * (P - Y) * P * (1 - P)
        D1 = (W2.T @ D2) * H * (1 - H)
        G = [D1 @ X.T, D1.sum(1, keepdims=True), D2 @ H.T, D2.sum(1, keepdims=True)]
        W1, b1, W2, b2 = (p - 0.01 * v for p, v in zip((W1, b1, W2, b2), V, strict=True))
        V = [0.9 * v + 0.1 * g for v, g in zip(V, G, strict=True)]
    for param, wanted in zip(params, (W1, b1, W2, b2), strict=True):
        assert_near(param.get_value(), wanted, floatX)
    H = 1 / (1 + np.exp(-(W1 @ X + b1)))
    assert_near(evaluate(X), 1 / (1 + np.exp(-(W2 @ H + b2))), floatX)


def same(params):
    return [theano.shared(np.zeros_like(p.get_value())) for p in params]


def adam(params, grads, rate=0.001, b1=0.9, b2=0.999, eps=1e-8):
    t = theano.shared(np.asarray(0, theano.config.floatX))
    t_new = t + 1
    a = rate * T.sqrt(1 - b2**t_new) / (1 - b1**t_new)
    updates = OrderedDict()
    for p, g, m, v in zip(params, grads, same(params), same(params), strict=True):
        m_new = b1 * m + (1 - b1) * g
        v_new = b2 * v + (1 - b2) * g**2
        updates[m], updates[v] = m_new, v_new
        updates[p] = p - a * m_new / (T.sqrt(v_new) + eps)
    updates[t] = t_new
    return updates


def adam_by_numpy(steps, p, gradient, rate=0.001, b1=0.9, b2=0.999, eps=1e-8):
    m, v = [np.zeros_like(x) for x in p], [np.zeros_like(x) for x in p]
    for t in range(1, steps + 1):
        a = rate * np.sqrt(1 - b2**t) / (1 - b1**t)
        for k, g in enumerate(gradient(*p)):
            m[k] = b1 * m[k] + (1 - b1) * g
            v[k] = b2 * v[k] + (1 - b2) * g**2
            p[k] = p[k] - a * m[k] / (np.sqrt(v[k]) + eps)
    return p


def rmsprop(params, grads, rate=0.01, rho=0.9, eps=1e-6):
    updates = OrderedDict()
    for p, g, acc in zip(params, grads, same(params), strict=True):
        updates[acc] = rho * acc + (1 - rho) * g**2
        updates[p] = p - rate * g / T.sqrt(updates[acc] + eps)
    return updates


def rmsprop_by_numpy(steps, p, gradient, rate=0.01, rho=0.9, eps=1e-6):
    acc = [np.zeros_like(x) for x in p]
    for _ in range(steps):
        for k, g in enumerate(gradient(*p)):
            acc[k] = rho * acc[k] + (1 - rho) * g**2
            p[k] = p[k] - rate * g / np.sqrt(acc[k] + eps)
    return p


def adadelta(params, grads, rho=0.95, eps=1e-6):
    updates = []
    for p, g, g2, d2 in zip(params, grads, same(params), same(params), strict=True):
        new = rho * g2 + (1 - rho) * T.sqr(g)
        step = g * T.sqrt(d2 + eps) / T.sqrt(new + eps)
        updates += [(g2, new), (p, p - step), (d2, rho * d2 + (1 - rho) * T.sqr(step))]
    return updates


def adadelta_by_numpy(steps, p, gradient, rho=0.95, eps=1e-6):
    g2, d2 = [np.zeros_like(x) for x in p], [np.zeros_like(x) for x in p]
    for _ in range(steps):
        for k, g in enumerate(gradient(*p)):
            g2[k] = rho * g2[k] + (1 - rho) * g**2
            step = g * np.sqrt(d2[k] + eps) / np.sqrt(g2[k] + eps)
            d2[k] = rho * d2[k] + (1 - rho) * step**2
            p[k] = p[k] - step
    return p


def nesterov(params, grads, rate=0.05, mu=0.9):
    updates = OrderedDict()
    for p, g, v in zip(params, grads, same(params), strict=True):
        new = mu * v - rate * g
        updates[v] = new
        updates[p] = p + mu * new - rate * g
    return updates


def nesterov_by_numpy(steps, p, gradient, rate=0.05, mu=0.9):
    v = [np.zeros_like(x) for x in p]
    for _ in range(steps):
        for k, g in enumerate(gradient(*p)):
            v[k] = mu * v[k] - rate * g
            p[k] = p[k] + mu * v[k] - rate * g
    return p


OPTIMISERS = [
    (adam, adam_by_numpy),
    (rmsprop, rmsprop_by_numpy),
    (adadelta, adadelta_by_numpy),
    (nesterov, nesterov_by_numpy),
]


@pytest.mark.parametrize(("optimiser", "by_numpy"), OPTIMISERS, ids=lambda f: f.__name__)
def test_optimiser(floatX, random, optimiser, by_numpy):
    X, Y = random(20, 6), random(20, 3)
    W = theano.shared(random(6, 5), "W")
    c = theano.shared(random(5), "c")
    V = theano.shared(random(5, 3), "V")
    x, y = T.matrices("xy")
    cost = T.mean((T.dot(T.tanh(T.dot(x, W) + c), V) - y) ** 2)
    params = [W, c, V]
    start = [p.get_value().astype("float64") for p in params]
    step = theano.function([x, y], cost, updates=optimiser(params, T.grad(cost, params)))

    def gradient(W, c, V):
        H = np.tanh(X @ W + c)
        D = 2 * (H @ V - Y) / Y.size
        E = D @ V.T * (1 - H**2)
        return X.T @ E, E.sum(axis=0), H.T @ D

    for _ in range(4):
        step(X, Y)
    for p, wanted in zip(params, by_numpy(4, start, gradient), strict=True):
        assert p.dtype == floatX
        np.testing.assert_allclose(
            p.get_value(), wanted, rtol=0, atol=2e-4 if floatX == "float32" else 1e-11
        )


def test_tied_autoencoder_with_corruption(floatX, random):
    X, mask = (random(10, 8) > 0).astype(floatX), (random(10, 8) > -1).astype("int8")
    x, corruption = T.matrix("x"), T.bmatrix("corruption")
    W = theano.shared(random(8, 3), "W")
    b, c = theano.shared(random(3), "b"), theano.shared(random(8), "c")
    y = T.nnet.sigmoid(T.dot(x * corruption, W) + b)
    z = T.nnet.sigmoid(T.dot(y, W.T) + c)
    loss = -T.sum(x * T.log(z) + (1 - x) * T.log(1 - z), axis=1)
    cost = T.mean(loss)
    params = [W, b, c]
    train = theano.function(
        [x, corruption],
        [cost, z],
        updates=[(p, p - 0.1 * g) for p, g in zip(params, T.grad(cost, params), strict=True)],
    )
    w, d, e = (p.get_value().astype("float64") for p in params)
    for _ in range(4):
        C = (X * mask).astype("float64")
        H = 1 / (1 + np.exp(-(C @ w + d)))
        Z = 1 / (1 + np.exp(-(H @ w.T + e)))
        got = train(X, mask)
        assert_near(got[0], -(X * np.log(Z) + (1 - X) * np.log(1 - Z)).sum(1).mean(), floatX)
        assert_near(got[1], Z, floatX)
        D = (Z - X) / 10
        E = D @ w * H * (1 - H)
        w, d, e = w - 0.1 * (C.T @ E + D.T @ H), d - 0.1 * E.sum(0), e - 0.1 * D.sum(0)
    for p, wanted in zip(params, (w, d, e), strict=True):
        assert_near(p.get_value(), wanted, floatX)


def test_batch_normalisation_layer(floatX, random):
    X, G, B = random(16, 5), random(5), random(5)
    x, gamma, beta = T.matrix("x"), T.vector("gamma"), T.vector("beta")
    mean, variance = x.mean(axis=0), x.var(axis=0)
    out = (x - mean) / T.sqrt(variance + 1e-4) * gamma + beta
    running = theano.shared(np.zeros(5, floatX))
    f = theano.function(
        [x, gamma, beta],
        [out, T.grad((out**3).sum(), x)],
        updates=[(running, 0.9 * running + 0.1 * mean)],
    )
    got, gradient = f(X, G, B)
    Z = X.astype("float64")
    centered, deviation = Z - Z.mean(0), np.sqrt(Z.var(0) + 1e-4)
    N = centered / deviation
    assert_near(got, N * G + B, floatX)
    D = 3 * (N * G + B) ** 2 * G
    wanted = (D - D.mean(0) - N * (D * N).mean(0)) / deviation
    assert_near(gradient, wanted, floatX)
    assert_near(running.get_value(), 0.1 * Z.mean(0), floatX)


def test_layer_normalisation_and_relu(floatX, random):
    X = random(6, 9)
    x = T.matrix("x")
    centered = x - x.mean(axis=-1, keepdims=True)
    normal = centered / (x.std(axis=-1, keepdims=True) + 1e-6)
    f = theano.function([x], [normal, T.nnet.relu(normal), T.nnet.relu(normal, 0.1)])
    Z = X.astype("float64")
    N = (Z - Z.mean(-1, keepdims=True)) / (Z.std(-1, keepdims=True) + 1e-6)
    got = f(X)
    assert_near(got[0], N, floatX)
    assert_near(got[1], np.maximum(N, 0), floatX)
    assert_near(got[2], np.where(N > 0, N, 0.1 * N), floatX)


def test_unrolled_recurrent_network(floatX, random):
    steps = 4
    X, R = random(steps, 3, 5), random(5, 5)
    x = T.tensor3("x")
    r = theano.shared(R * np.asarray(0.3, floatX), "r")
    h = T.zeros((x.shape[1], 5))
    for k in range(steps):
        h = T.tanh(x[k] + T.dot(h, r))
    f = theano.function([x], [h, T.grad(h.sum(), r)])
    S, states = R.astype("float64") * np.asarray(0.3, floatX), [np.zeros((3, 5))]
    for k in range(steps):
        states.append(np.tanh(X[k] + states[-1] @ S))
    D, G = np.ones((3, 5)), np.zeros((5, 5))
    for k in reversed(range(steps)):
        E = D * (1 - states[k + 1] ** 2)
        G, D = G + states[k].T @ E, E @ S.T
    got, gradient = f(X)
    assert_near(got, states[-1], floatX)
    assert_near(gradient, G, floatX)


def test_attention(floatX, random):
    Q, K, V = random(2, 3, 4), random(2, 5, 4), random(2, 5, 6)
    q, k, v = T.tensor3s("q", "k", "v")
    weights = T.nnet.softmax(T.batched_dot(q, k.dimshuffle(0, 2, 1)) / T.sqrt(q.shape[2]))
    f = theano.function([q, k, v], T.batched_dot(weights, v))
    S = Q.astype("float64") @ K.transpose(0, 2, 1) / 2.0
    P = np.exp(S - S.max(-1, keepdims=True))
    wanted = (P / P.sum(-1, keepdims=True)) @ V
    got = f(Q, K, V)
    assert str(got.dtype) == "float64"  # the root of a size is
    assert_near(got.astype(floatX), wanted, floatX)
