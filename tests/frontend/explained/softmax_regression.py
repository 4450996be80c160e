"""A step of a softmax regression, as tutorials write it."""

import numpy as np

import symc
import symc.tensor as T

RATE = np.float32(0.1)

x, y = T.fmatrix("x"), T.ivector("y")
w = symc.shared(np.zeros((784, 10), "float32"), "w")
b = symc.shared(np.zeros(10, "float32"), "b")

p = T.nnet.softmax(T.dot(x, w) + b)
loss = -T.log(p)[T.arange(y.shape[0]), y].mean()
loss.name = "loss"
grad_w, grad_b = symc.grad(loss, [w, b])

function = symc.function(
    [x, y], loss, updates=[(w, w - RATE * grad_w), (b, b - RATE * grad_b)], name="regression"
)
