"""What passes through memory from one launch to another, once: counted, each with its reason."""

from collections import Counter

import numpy as np
import pytest

import symc
import symc.tensor as T

POINTS = "they go over other points"
AXES = "they reduce or scan along other axes"
ROWS = "what follows reduces along an axis, and an epilogue has one element"
SEVERAL = "several results are computed of it at once"
KIND = "dot is computed by a kernel of its own kind"
SCATTER = "scatter_add is computed by a kernel of its own kind"
LATE = "one of them writes new states, after all that can fail"
JOINED = "it had joined a nearer kernel, and kernels are not joined later"


def state(name, *shape):
    return symc.shared(np.zeros(shape, "float32"), name=name)


def steps(cost, parameters):
    rate = np.float32(0.1)
    return [(p, p - rate * g) for p, g in zip(parameters, T.grad(cost, parameters), strict=True)]


def normalised(x, scale, shift, axis):
    centred = x - x.mean(axis, keepdims=True)
    return centred / T.sqrt(x.var(axis, keepdims=True) + np.float32(1e-5)) * scale + shift


def softmax():
    x = T.fmatrix("x")
    return [x], [T.nnet.softmax(x)], []


def crossentropy():
    x, y = T.fmatrix("x"), T.ivector("y")
    cost = T.nnet.categorical_crossentropy(T.nnet.softmax(x), y).mean()
    return [x, y], [cost, T.grad(cost, x)], []


def layer_norm():
    x, scale, shift = T.fmatrix("x"), T.fvector("scale"), T.fvector("shift")
    return [x, scale, shift], [normalised(x, scale, shift, 1)], []


def with_gradient(axis):
    x, scale, shift, above = T.fmatrix("x"), T.fvector("g"), T.fvector("b"), T.fmatrix("above")
    y = normalised(x, scale, shift, axis)
    slopes = T.grad((y * above).sum(), [x, scale, shift])
    return [x, scale, shift, above], [y, *slopes], []


def layer_norm_gradient():
    return with_gradient(1)


def batch_norm_gradient():
    return with_gradient(0)


def logistic():
    x, y, w, b = T.fmatrix("x"), T.ivector("y"), state("w", 784, 10), state("b", 10)
    p = T.nnet.softmax(T.dot(x, w) + b)
    cost = -T.mean(T.log(p)[T.arange(y.shape[0]), y])
    return [x, y], [cost], steps(cost, [w, b])


def mlp():
    x, y = T.fmatrix("x"), T.ivector("y")
    w, b, v, c = state("w", 784, 500), state("b", 500), state("v", 500, 10), state("c", 10)
    p = T.nnet.softmax(T.dot(T.tanh(T.dot(x, w) + b), v) + c)
    cost = -T.mean(T.log(p)[T.arange(y.shape[0]), y])
    return [x, y], [cost], steps(cost, [w, b, v, c])


def black_scholes():
    spot, strike, years = T.fvectors("spot", "strike", "years")
    spread = np.float32(0.3) * T.sqrt(years)
    up = (T.log(spot / strike) + np.float32(0.065) * years) / spread
    paid = strike * T.exp(np.float32(-0.02) * years)
    below, above = ((1 + T.erf(d / np.float32(2**0.5))) / 2 for d in (up - spread, up))
    call = spot * above - paid * below
    return [spot, strike, years], [call, call - spot + paid], []


def attention():
    q, k, v = T.fmatrices("q", "k", "v")
    return [q, k, v], [T.dot(T.nnet.softmax(T.dot(q, k.T) / np.float32(8)), v)], []


def adam():
    x, w, m, v = T.fmatrix("x"), *(state(name, 50, 50) for name in "wmv")
    cost = T.sqr(T.dot(x, w)).mean()
    slope = T.grad(cost, w)
    first = np.float32(0.9) * m + np.float32(0.1) * slope
    second = np.float32(0.99) * v + np.float32(0.01) * slope * slope
    step = np.float32(1e-3) * first / (T.sqrt(second) + np.float32(1e-8))
    return [x], [cost], [(m, first), (v, second), (w, w - step)]


def embedding():
    words, near, far = T.ivector("words"), T.ivector("near"), T.imatrix("far")
    inner, outer = state("inner", 300, 40), state("outer", 300, 40)
    found = inner[words]
    right = (found * outer[near]).sum(1)
    wrong = (found.dimshuffle(0, "x", 1) * outer[far]).sum(2)
    cost = T.nnet.softplus(-right).sum() + T.nnet.softplus(wrong).sum()
    return [words, near, far], [cost], steps(cost, [inner, outer])


ONCE = {
    softmax: (1, {}),
    crossentropy: (3, {("kernel", "kernel", POINTS): 2}),
    layer_norm: (1, {}),
    layer_norm_gradient: (2, {("kernel", "kernel", AXES): 2}),
    batch_norm_gradient: (2, {("kernel", "kernel", POINTS): 1}),
    logistic: (7, {("product", "kernel", ROWS): 1, ("kernel", "kernel", POINTS): 3}),
    mlp: (11, {("product", "kernel", ROWS): 1, ("kernel", "kernel", POINTS): 3}),
    black_scholes: (1, {}),
    attention: (3, {("kernel", "product", KIND): 1}),
    adam: (4, {("product", "kernel", SEVERAL): 1}),
    embedding: (
        8,
        {
            ("kernel", "kernel", POINTS): 2,
            ("kernel", "kernel", LATE): 2,
            ("kernel", "kernel", SCATTER): 1,
            ("kernel", "kernel", JOINED): 1,
        },
    ),
}
"""Of each program the launches, and what one of them writes for one other alone, and why."""


def handed_on(explanation):
    """Yield (writer, reader, reason) for each temporary that one launch writes and one reads."""
    writers, readers = {}, {}
    for entry in explanation.entries:
        for name in entry.written:
            writers.setdefault(name, []).append(entry)
        for name in entry.read:
            readers.setdefault(name, []).append(entry)
    for name in writers.keys() & readers.keys():
        written, read = writers[name], readers[name]
        if len(written) == len(read) == 1 and written != read and not name.startswith("new "):
            (reason,) = (s.reason for s in explanation.seams if name in s.through)
            yield written[0].kind, read[0].kind, reason


@pytest.mark.parametrize("program", ONCE, ids=lambda program: program.__name__)
def test_what_is_written_and_read_once(program):
    inputs, outputs, updates = program()
    explanation = symc.printing.explain(symc.function(inputs, outputs, updates=updates))
    launches, once = ONCE[program]
    assert (len(explanation.entries), Counter(handed_on(explanation))) == (launches, once)
