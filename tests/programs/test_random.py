"""Programs that draw: dropout in training, Gibbs sampling of a restricted Boltzmann machine."""

import numpy as np

import symc as theano
import symc.tensor as T
from symc.sandbox.rng_mrg import MRG_RandomStreams
from symc.tensor.shared_randomstreams import RandomStreams


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_dropout_in_training(floatX, random):
    """The mask of the forward pass is that of the backward pass, and new in each call."""
    srng, rate = MRG_RandomStreams(seed=1234), 0.5
    W1, W2 = theano.shared(random(6, 40), "W1"), theano.shared(random(40), "W2")
    x, y = T.matrix("x"), T.vector("y")
    hidden = T.nnet.relu(T.dot(x, W1))
    mask = srng.binomial(size=hidden.shape, n=1, p=1 - rate, dtype=floatX)
    dropped = hidden * mask / theano.tensor.constant(1 - rate, dtype=floatX)
    cost = T.sqr(T.dot(dropped, W2) - y).mean()
    updates = [(w, w - 0.01 * g) for w, g in zip((W1, W2), T.grad(cost, [W1, W2]), strict=True)]
    updates = [(w, T.cast(new, floatX)) for w, new in updates]
    step = theano.function([x, y], [cost, mask], updates=updates)
    X, Y = random(10, 6), random(10)
    masks = []
    for _ in range(3):
        first, second = W1.get_value(), W2.get_value()
        loss, M = step(X, Y)
        inner = X @ first
        H = np.maximum(inner, 0) * M * 2
        error = H @ second - Y
        tolerance = {"rtol": 2e-4 if floatX == "float32" else 1e-10, "atol": 1e-5}
        np.testing.assert_allclose(loss, (error**2).mean(), **tolerance)
        back = 2 * error / 10
        d_second, d_first = H.T @ back, X.T @ (np.outer(back, second) * (inner > 0) * M * 2)
        np.testing.assert_allclose(W2.get_value(), second - 0.01 * d_second, **tolerance)
        np.testing.assert_allclose(W1.get_value(), first - 0.01 * d_first, **tolerance)
        masks.append(M)
    assert all(0.4 < M.mean() < 0.6 for M in masks)
    assert (masks[0] != masks[1]).any()


def test_noise_added_to_the_input(floatX):
    """A test function that shares the graph leaves the state as it is."""
    srng = RandomStreams(seed=9)
    x, std = T.matrix("x"), theano.shared(np.asarray(0.3, floatX))
    noisy = x + srng.normal(x.shape, std=std, dtype=floatX)
    train = theano.function([x], noisy)
    probe = theano.function([x], noisy, no_default_updates=True)
    X = np.zeros((200, 50), floatX)
    np.testing.assert_array_equal(probe(X), train(X))
    assert abs(train(X).std() / 0.3 - 1) < 0.03
    std.set_value(np.asarray(3, floatX))
    assert abs(train(X).std() / 3 - 1) < 0.03


def test_gibbs_step_of_a_machine(floatX, random):
    """Contrastive divergence of one step, as in the Deep Learning Tutorials."""
    srng = RandomStreams(123)
    W = theano.shared(random(8, 5), "W")
    a, b = theano.shared(random(8), "a"), theano.shared(random(5), "b")
    v = T.matrix("v")

    def energy(sample):
        inner = T.dot(sample, W) + b
        return -T.dot(sample, a) - T.sum(T.log(1 + T.exp(inner)), axis=1)

    def up(sample):
        mean = T.nnet.sigmoid(T.dot(sample, W) + b)
        return srng.binomial(size=mean.shape, n=1, p=mean, dtype=theano.config.floatX)

    def down(sample):
        mean = T.nnet.sigmoid(T.dot(sample, W.T) + a)
        return srng.binomial(size=mean.shape, n=1, p=mean, dtype=theano.config.floatX)

    h0 = up(v)
    v1 = down(h0)
    cost = T.mean(energy(v)) - T.mean(energy(v1))
    grads = T.grad(cost, [W, a, b], consider_constant=[v1])
    rate = np.asarray(0.1, floatX)
    updates = [(p, p - rate * g) for p, g in zip((W, a, b), grads, strict=True)]
    step = theano.function([v], [cost, h0, v1], updates=updates)
    V = (random(500, 8) > 0).astype(floatX)
    w, bias = W.get_value(), b.get_value()
    _, H, V1 = step(V)
    assert set(np.unique(H)) == set(np.unique(V1)) == {0, 1}
    mean = sigmoid(V @ w + bias)
    spread = np.sqrt((mean * (1 - mean)).sum(0))
    assert (np.abs((H - mean).sum(0)) < 4.5 * spread).all()
    change = (V1.T @ sigmoid(V1 @ w + bias) - V.T @ mean) / 500
    np.testing.assert_allclose(W.get_value(), w - 0.1 * change, rtol=1e-4, atol=1e-5)
    assert (step(V)[1] != H).any()


def test_a_chain_keeps_its_distribution(floatX):
    """A chain whose state is shared: each call goes on from where the last one was."""
    state = theano.shared(np.zeros(4000, floatX), "state")
    noise = RandomStreams(77).normal((4000,), dtype=floatX)
    new = T.cast(0.6 * state + 0.8 * noise, floatX)
    step = theano.function([], [], updates=[(state, new)])
    for _ in range(12):
        step()
    x = state.get_value()
    assert abs(x.mean()) < 4.5 / np.sqrt(4000)
    assert abs(x.std() - 1) < 4.5 / np.sqrt(8000)
    before = x.copy()
    step()
    assert abs(np.corrcoef(before, state.get_value())[0, 1] - 0.6) < 4.5 * 0.64 / np.sqrt(4000)
