"""A recurrent network and the derivative of what it ends with."""

import numpy as np

import symc
import symc.tensor as T

x, start = T.ftensor3("x"), T.fmatrix("start")
w = symc.shared(np.zeros((64, 64), "float32"), "w")


def step(row, state):
    return T.tanh(row + T.dot(state, w))


states, _ = symc.scan(step, sequences=x, outputs_info=start)
loss = T.sqr(states[-1]).sum()

function = symc.function([x, start], [loss, symc.grad(loss, w)], name="recurrent")
