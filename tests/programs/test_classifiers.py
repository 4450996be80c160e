"""Classifiers, as Theano's tutorials write them, learn what NumPy computes."""

import numpy as np
import pytest
from near import assert_near

import symc as theano
import symc.tensor as T


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def hot(y, classes):
    return np.eye(classes)[y]


def test_logistic_regression(floatX, random):
    features, labels = random(40, 6), (random(40) > 0).astype(floatX)
    x, y = T.matrix("x"), T.vector("y")
    w = theano.shared(random(6), name="w")
    b = theano.shared(np.asarray(0, floatX), name="b")
    p_1 = 1 / (1 + T.exp(-T.dot(x, w) - b))
    prediction = p_1 > 0.5
    xent = -y * T.log(p_1) - (1 - y) * T.log(1 - p_1)
    cost = xent.mean() + 0.01 * (w**2).sum()
    gw, gb = T.grad(cost, [w, b])
    train = theano.function(
        inputs=[x, y],
        outputs=[prediction, xent],
        updates=((w, w - 0.1 * gw), (b, b - 0.1 * gb)),
    )
    predict = theano.function(inputs=[x], outputs=prediction)

    W, B = w.get_value().astype("float64"), 0.0
    for _ in range(10):
        P = sigmoid(features.astype("float64") @ W + B)
        got, loss = train(features, labels)
        assert_near(got, P > 0.5, "bool")
        assert_near(loss, -labels * np.log(P) - (1 - labels) * np.log(1 - P), floatX)
        D = (P - labels) / 40
        W, B = W - 0.1 * (features.T.astype("float64") @ D + 0.02 * W), B - 0.1 * D.sum()
    assert_near(w.get_value(), W, floatX)
    assert_near(b.get_value(), B, floatX)
    assert_near(predict(features), sigmoid(features @ W + B) > 0.5, "bool")


@pytest.mark.parametrize("labels", ["int32", "int64", "uint8"])
def test_softmax_regression(floatX, random, labels):
    features = random(30, 5)
    targets = np.arange(30).astype(labels) % 3
    x, y = T.matrix("x"), T.vector("y", dtype=labels)
    w = theano.shared(random(5, 3), name="W", borrow=True)
    b = theano.shared(np.zeros((3,), dtype=theano.config.floatX), name="b", borrow=True)
    p_y_given_x = T.nnet.softmax(T.dot(x, w) + b)
    y_pred = T.argmax(p_y_given_x, axis=1)
    cost = -T.mean(T.log(p_y_given_x)[T.arange(y.shape[0]), y])
    errors = T.mean(T.neq(y_pred, y))
    params = [w, b]
    train = theano.function(
        [x, y],
        [cost, errors],
        updates=[(p, p - 0.5 * g) for p, g in zip(params, T.grad(cost, params), strict=True)],
    )

    W, B, X = w.get_value().astype("float64"), np.zeros(3), features.astype("float64")
    for _ in range(5):
        P = softmax(X @ W + B)
        loss, wrong = train(features, targets)
        assert_near(loss, -np.log(P[np.arange(30), targets]).mean(), floatX)
        assert_near(wrong, (P.argmax(axis=1) != targets).mean(), "float64")
        D = (P - hot(targets, 3)) / 30
        W, B = W - 0.5 * X.T @ D, B - 0.5 * D.sum(axis=0)
    assert_near(w.get_value(), W, floatX)
    assert_near(b.get_value(), B, floatX)


def test_softmax_regression_of_one_hot_targets(floatX, random):
    features, targets = random(12, 4), hot(np.arange(12) % 3, 3).astype(floatX)
    x, t = T.matrices("x", "t")
    w = theano.shared(random(4, 3))
    cost = T.nnet.categorical_crossentropy(T.nnet.softmax(x.dot(w)), t).mean()
    f = theano.function([x, t], [cost, theano.grad(cost, w)])
    P = softmax(features.astype("float64") @ w.get_value())
    loss, gradient = f(features, targets)
    assert_near(loss, -(targets * np.log(P)).sum(axis=1).mean(), floatX)
    assert_near(gradient, features.T @ (P - targets) / 12, floatX)


def test_hinge_loss(floatX, random):
    features, labels = random(50, 7), np.where(random(50) > 0, 1, -1).astype("int8")
    x, y = T.matrix("x"), T.bvector("y")
    w = theano.shared(random(7), "w")
    margin = 1 - y * T.dot(x, w)
    cost = T.maximum(0, margin).mean() + 0.1 * T.sum(T.sqr(w)) / 2
    step = theano.function([x, y], cost, updates={w: w - T.cast(0.05, floatX) * T.grad(cost, w)})
    W, X = w.get_value().astype("float64"), features.astype("float64")
    for _ in range(6):
        M = 1 - labels * (X @ W)
        assert_near(step(features, labels), np.maximum(0, M).mean() + 0.05 * (W**2).sum(), floatX)
        W = W - 0.05 * (-(X * ((M > 0) * labels)[:, None]).mean(axis=0) + 0.1 * W)
    assert_near(w.get_value(), W, floatX)


def test_stable_crossentropy_of_extreme_logits(floatX, mode):
    logits = np.array([-120, -30, 0, 30, 120], floatX)
    z, t = T.vector("z"), T.vector("t")
    loss = T.nnet.binary_crossentropy(T.nnet.sigmoid(z), t)
    f = theano.function([z, t], [loss, T.grad(loss.sum(), z)])
    for target in (0, 1):
        loss, gradient = f(logits, np.full(5, target, floatX))
        Z = logits.astype("float64")
        if mode == "FAST_RUN":  # the others compute what is written; a gradient is always stable
            assert_near(loss, np.logaddexp(0, Z) - target * Z, floatX)
        wanted = -sigmoid(-Z) if target else sigmoid(Z)
        precise = {"float32": (3e-6, 1e-38), "float64": (1e-13, 0)}[floatX]
        np.testing.assert_allclose(gradient, wanted, *precise)


def test_confusion_and_accuracy(floatX, random):
    scores, y = T.matrix("scores"), T.ivector("y")
    guess = T.argmax(scores, axis=1)
    matches = T.eq(guess, y)
    table = T.dot(
        T.eq(y.dimshuffle(0, "x"), T.arange(4)).T.astype("int32"),
        T.eq(guess.dimshuffle(0, "x"), T.arange(4)).astype("int32"),
    )
    f = theano.function([scores, y], [matches.sum(), matches.mean(), table, T.any(matches)])
    S, Y = random(25, 4), (np.arange(25) % 4).astype("int32")
    G = S.argmax(axis=1)
    count, share, confusion, some = f(S, Y)
    assert_near(count, (G == Y).sum(), "int64")
    assert_near(share, (G == Y).mean(), "float64")
    assert_near(confusion, hot(Y, 4).T @ hot(G, 4), "int32")
    assert_near(some, True, "bool")
