"""Kernels whose rows are reduced and rewritten: softmax, normalisation, combines as data."""

import numpy as np

from symc.compiler.kernel.combine import make_body
from symc.compiler.kernel.record import Buffer, Combine, Kernel
from tests.compiler.kernel.drafts import Draft, axes
from tests.compiler.kernel.examples import (
    PLANE,
    example,
    f32,
    largest,
    total,
    zeros,
)


def row_softmax():
    top, mid, low = Draft(j0="s1"), Draft(j0="s1"), Draft(j0="s1")
    top.reduce(largest("float32"), top.read(0, "float32", "i0", "j0"))
    shifted = mid("subtract", mid.read(0, "float32", "i0", "j0"), mid.result(0, 0, "float32"))
    e = mid("exp", shifted)
    mid.reduce(total("float32", "float64"), e)
    mid.store(1, ("i0", "j0"), e)
    scale = low("reciprocal", low.result(1, 0, "float32"))
    low.store(1, ("i0", "j0"), low("multiply", low.read(1, "float32", "i0", "j0"), scale))
    plane = ("s0", "s1")
    buffers = (Buffer("float32", plane, "in"), Buffer("float32", plane, "out"))
    return Kernel(2, buffers, axes(i0="s0"), (top.stage(), mid.stage(), low.stage()))


def softmax(buffers, n, m):
    x = buffers[0].astype("float64")
    e = np.exp(x - x.max(1, keepdims=True, initial=-1e9))
    return {1: e / e.sum(1, keepdims=True)}


example("softmax", row_softmax(), PLANE, lambda r, n, m: [f32(r, n, m), zeros(n, m)], softmax)


def scratch_softmax():
    """Keep the exponentials in scratch instead of the result."""
    top, mid, low = Draft(j0="s1"), Draft(j0="s1"), Draft(j0="s1")
    top.reduce(largest("float64"), top.read(0, "float64", "i0", "j0"))
    e = mid("exp", mid("subtract", mid.read(0, "float64", "i0", "j0"), mid.result(0, 0, "float64")))
    mid.reduce(total("float64"), e)
    mid.store(2, ("j0",), e)
    e = low.read(2, "float64", "j0")
    low.store(1, ("i0", "j0"), low("true_divide", e, low.result(1, 0, "float64")))
    plane = ("s0", "s1")
    buffers = (
        Buffer("float64", plane, "in"),
        Buffer("float64", plane, "out"),
        Buffer("float64", ("s1",), "row"),
    )
    return Kernel(2, buffers, axes(i0="s0"), (top.stage(), mid.stage(), low.stage()))


example(
    "softmax with scratch",
    scratch_softmax(),
    PLANE,
    lambda r, n, m: [r.standard_normal((n, m)), zeros(n, m, dtype="float64"), np.zeros(m)],
    softmax,
    rtol=1e-13,
)


def welford():
    """Return the combine of mean and variance in one pass, float32 carried as float64."""
    wide = ("float64",) * 3

    def step(d, count, mean, spread, x):
        x, one = d.cast(x, "float64"), d.constant(1.0, "float64")
        count = d("add", "float64", count, one)
        delta = d("subtract", "float64", x, mean)
        mean = d("add", "float64", mean, d("true_divide", "float64", delta, count))
        left = d("subtract", "float64", x, mean)
        return count, mean, d("add", "float64", spread, d("multiply", "float64", delta, left))

    def merge(d, n, mean, spread, m, other, far):
        both = d("add", "float64", n, m)
        least = d("maximum", "float64", both, d.constant(1.0, "float64"))
        delta = d("subtract", "float64", other, mean)
        part = d("true_divide", "float64", m, least)
        moved = d("add", "float64", mean, d("multiply", "float64", delta, part))
        square = d("multiply", "float64", d("multiply", "float64", delta, delta), n)
        between = d("multiply", "float64", square, part)
        return both, moved, d("add", "float64", d("add", "float64", spread, far), between)

    def finish(d, count, mean, spread):
        least = d("maximum", "float64", count, d.constant(1.0, "float64"))
        variance = d("true_divide", "float64", spread, least)
        return d.cast(mean, "float32"), d.cast(variance, "float32")

    return Combine(
        "welford",
        (("float64", 0.0), ("float64", 0.0), ("float64", 0.0)),
        make_body((*wide, "float32"), step),
        make_body(wide * 2, merge),
        make_body(wide, finish),
    )


def row_norm():
    top, low = Draft(j0="s1"), Draft(j0="s1")
    top.reduce(welford(), top.read(0, "float32", "i0", "j0"))
    x = low.read(0, "float32", "i0", "j0")
    centred = low("subtract", x, low.result(0, 0, "float32"))
    safe = low("add", low.result(0, 1, "float32"), low.constant(1e-5, "float32"))
    y = low("true_divide", centred, low("sqrt", safe))
    y = low("add", low("multiply", y, low.read(1, "float32", "j0")), low.read(2, "float32", "j0"))
    low.store(3, ("i0", "j0"), y)
    plane = ("s0", "s1")
    buffers = (
        Buffer("float32", plane, "in"),
        Buffer("float32", ("s1",), "in"),
        Buffer("float32", ("s1",), "in"),
        Buffer("float32", plane, "out"),
    )
    return Kernel(2, buffers, axes(i0="s0"), (top.stage(), low.stage()))


def layer_norm(buffers, n, m):
    x, gain, bias, _ = (b.astype("float64") for b in buffers)
    if not x.size:
        return {3: x}
    return {
        3: (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5) * gain + bias
    }


example(
    "layer norm",
    row_norm(),
    PLANE,
    lambda r, n, m: [f32(r, n, m), f32(r, m), f32(r, m), zeros(n, m)],
    layer_norm,
)


def log_sum_exp():
    """Return the combine that keeps a maximum and the sum of exponentials under it."""
    pair = ("float64",) * 2

    def join(d, top, sum_, other, more):
        new = d("maximum", "float64", top, other)
        low = d.constant(-1e300, "float64")
        safe = d("maximum", "float64", new, low)
        ours = d("exp", "float64", d("subtract", "float64", top, safe))
        theirs = d("exp", "float64", d("subtract", "float64", other, safe))
        ours = d("multiply", "float64", sum_, ours)
        return new, d("add", "float64", ours, d("multiply", "float64", more, theirs))

    def finish(d, top, sum_):
        return (d("add", "float64", top, d("log", "float64", sum_)),)

    return Combine(
        "logsumexp",
        (("float64", "min"), ("float64", 0.0)),
        make_body(
            (*pair, "float64"), lambda d, t, s, x: join(d, t, s, x, d.constant(1.0, "float64"))
        ),
        make_body(pair * 2, join),
        make_body(pair, finish),
    )


def row_logsumexp():
    top, low = Draft(j0="s1"), Draft()
    top.reduce(log_sum_exp(), top.read(0, "float64", "i0", "j0"))
    low.store(1, ("i0",), low.result(0, 0, "float64"))
    buffers = (Buffer("float64", ("s0", "s1"), "in"), Buffer("float64", ("s0",), "out"))
    return Kernel(2, buffers, axes(i0="s0"), (top.stage(), low.stage()))


def logsumexp(buffers, n, m):
    with np.errstate(divide="ignore"):
        return {1: np.log(np.exp(buffers[0]).sum(1))}


example(
    "logsumexp",
    row_logsumexp(),
    PLANE,
    lambda r, n, m: [r.standard_normal((n, m)), zeros(n, dtype="float64")],
    logsumexp,
    rtol=1e-12,
)
