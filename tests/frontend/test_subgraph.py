"""Gradients of parts, handed on, are the gradient of the whole."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.gradient import subgraph_grad

x, target = T.dvectors("x", "target")
w1, w2 = T.dmatrices("w1", "w2")
GIVEN = {
    x: np.array([0.5, -1.0]),
    target: np.array([1.0, 0.0]),
    w1: np.array([[0.1, 0.2], [-0.3, 0.4]]),
    w2: np.array([[0.5, -0.6], [0.7, 0.8]]),
}
hidden = T.tanh(T.dot(w1, x))
output = T.nnet.sigmoid(T.dot(w2, hidden))
cost1 = ((output - target) ** 2).sum()
cost2 = (hidden**2).sum() * 0.1


def value(*expressions):
    return symc.function(list(GIVEN), list(expressions))(*GIVEN.values())


def test_parts_make_the_whole():
    (dw2,), (dh,) = subgraph_grad([w2], [hidden], cost=cost1)
    (dw1,), (dx,) = subgraph_grad([w1], [x], start={hidden: dh}, cost=cost2)
    whole = symc.grad(cost1 + cost2, [w2, w1, x])
    for got, wanted in zip(value(dw2, dw1, dx), value(*whole), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12)


def test_details():
    _, (dh,) = subgraph_grad([w2], [hidden], cost=cost1)
    found, (dx,), by_start, by_cost = subgraph_grad(
        [w1], [x], start={hidden: dh}, cost=cost2, details=True
    )
    assert (len(by_start), len(by_cost)) == (2, 2)
    total, by_first, by_second = value(found[0], by_start[0], by_cost[0])
    np.testing.assert_allclose(total, by_first + by_second)
    assert dx.type == x.type


def test_nothing_to_start_from():
    with pytest.raises(AssertionError, match="give start, cost, or both"):
        subgraph_grad([w1], [x])
