"""A step of a network of two layers."""

import numpy as np

import symc
import symc.tensor as T

RATE = np.float32(0.1)

x, target = T.fmatrix("x"), T.fmatrix("target")
w1 = symc.shared(np.zeros((784, 500), "float32"), "w1")
b1 = symc.shared(np.zeros(500, "float32"), "b1")
w2 = symc.shared(np.zeros((500, 10), "float32"), "w2")
parameters = [w1, b1, w2]

hidden = T.tanh(T.dot(x, w1) + b1)
loss = T.sqr(T.dot(hidden, w2) - target).mean()
slopes = symc.grad(loss, parameters)

function = symc.function(
    [x, target],
    {"loss": loss},
    updates=[(p, p - RATE * slope) for p, slope in zip(parameters, slopes, strict=True)],
    name="mlp",
)
