"""An adaptive filter that goes on learning in C: its gradient step is what is compiled.

symc compile examples/filter.py:step -o build/filter/libstep.a
cc -std=c99 -I build/filter examples/filter.c build/filter/libstep.a -o build/filter/filter
build/filter/filter
"""

import numpy as np

import symc
import symc.tensor as T

TAPS = 8
RATE = np.float32(0.05)

history = T.fvector("history")  # the last samples that went in
wanted = T.fscalar("wanted")  # the sample that should have come out
weights = symc.shared(np.zeros(TAPS, "float32"), name="weights")

guess = T.dot(weights, history)
guess.name = "guess"
cost = (wanted - guess) ** 2

step = symc.function(
    [history, wanted],
    guess,
    updates={weights: weights - RATE * symc.grad(cost, weights)},
    name="step",
)
