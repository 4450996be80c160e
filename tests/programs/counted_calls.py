"""Prints how often each of some functions allocates in a call, once they have run for a while."""

import ctypes
import json
import sys

import numpy as np

import symc
import symc.tensor as T

WARM, CALLS = 30, 200
allocations = ctypes.CDLL(None).allocations
allocations.restype = ctypes.c_long
RATE = np.float32(0.01)


def per_call(f, *arguments):
    """Return the allocations of a call; results are dropped."""
    for _ in range(WARM):
        f(*arguments)
    before = allocations()
    for _ in range(CALLS):
        f(*arguments)
    return (allocations() - before) / CALLS


def network():
    """Return a step of training with its arguments: products, a softmax, updates in place."""
    x, y = T.fmatrix("x"), T.ivector("y")
    w = symc.shared(np.zeros((200, 100), "float32"))
    v = symc.shared(np.zeros((100, 10), "float32"))
    scores = T.dot(T.tanh(T.dot(x, w)), v)
    loss = -T.log(T.nnet.softmax(scores))[T.arange(y.shape[0]), y].mean()
    updates = [(p, p - RATE * symc.grad(loss, p)) for p in (w, v)]
    arguments = np.ones((64, 200), "float32"), np.zeros(64, "int32")
    return symc.function([x, y], [], updates=updates), *arguments


def loop():
    """Return a loop over rows with products in its steps and rows that are kept."""
    x, start = T.fmatrix("x"), symc.shared(np.zeros(50, "float32"))
    w = symc.shared(np.zeros((50, 50), "float32"))
    states, _ = symc.scan(lambda row, h: T.tanh(row + T.dot(h, w)), x, start)
    return symc.function([x], [], updates=[(start, states[-1] + states.sum(axis=0))]), np.ones(
        (40, 50), "float32"
    )


def sorting():
    """Return a sort of long rows into a shared variable."""
    x, kept = T.fmatrix("x"), symc.shared(np.zeros((4, 50_000), "float32"))
    return symc.function([x], [], updates=[(kept, kept + T.sort(T.exp(x)))]), np.ones(
        (4, 50_000), "float32"
    )


def results(size):
    """Return a function of two results of a size."""
    x = T.fvector("x")
    return symc.function([x], [T.exp(x), x * 2]), np.ones(size, "float32")


def large():
    """Return a function with results that are recycled."""
    return results(1_000_000)


def middling():
    """Return a function with results that numpy's own allocator gives."""
    return results(2000)


PROGRAMS = (network, loop, sorting, large, middling)

if __name__ == "__main__":
    found = {program.__name__: per_call(*program()) for program in PROGRAMS}
    sys.stdout.write(json.dumps(found) + "\n")
