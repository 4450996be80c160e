"""Kernels that carry scalars from step to step."""

import numpy as np

from symc.compiler.kernel.combine import combine_for
from symc.compiler.kernel.record import Buffer, Kernel
from tests.compiler.kernel.drafts import Draft, axes
from tests.compiler.kernel.examples import (
    LINE,
    PLANE,
    example,
    f32,
    line,
    plane,
    total,
    zeros,
)


def cumsum(outer, axis, place):
    d = Draft(**{axis: "s0" if axis == "j0" else "s1"})
    x = d.read(0, "float64", *place)
    following = d("add", d.carried(0, "float64"), x)
    d.carry("float64", 0, following)
    d.store(1, place, following)
    buffers = (plane("float64"), plane("float64", "out"))
    return Kernel(2, buffers, outer, (d.stage(),))


for name, kernel, axis in (
    ("cumsum down", cumsum(axes(i1="s1"), "j0", ("j0", "i1")), 0),
    ("cumsum along", cumsum(axes(i0="s0"), "j1", ("i0", "j1")), 1),
):
    example(
        name,
        kernel,
        PLANE,
        lambda r, n, m: [r.standard_normal((n, m)), zeros(n, m, dtype="float64")],
        lambda b, n, m, axis=axis: {1: np.cumsum(b[0], axis=axis)},
        rtol=1e-12,
    )


def running_product():
    """Multiply numbers so far and wrap around, from the count of rows on; keep the last."""
    d, last = Draft(j1="s1"), Draft()
    following = d("multiply", d.read(0, "int32", "i0", "j1"), d.carried(0, "int32"))
    d.carry("int32", 3, following)
    d.store(1, ("i0", "j1"), d("add", following, d.cast(d.axis("j1"), "int32")))
    last.store(2, ("i0",), last.result(0, 0, "int32"))
    buffers = (plane("int32"), plane("int32", "out"), line("s0", "int32", "out"))
    return Kernel(2, buffers, axes(i0="s0"), (d.stage(), last.stage()))


def multiplied(b, n, m):
    product = 3 * np.cumprod(np.pad(b[0], ((0, 0), (1, 0)), constant_values=1), 1, "int32")
    return {1: product[:, 1:] + np.arange(m, dtype="int32"), 2: product[:, -1]}


example(
    "running product",
    running_product(),
    PLANE,
    lambda r, n, m: [
        r.integers(-9, 9, (n, m), "int32"),
        zeros(n, m, dtype="int32"),
        zeros(n, dtype="int32"),
    ],
    multiplied,
)


def runs_of_runs():
    """Run sums of exp(x) from the largest x on and sums of those; keep what both end with."""
    most, d, last = Draft(j1="s1"), Draft(j1="s1"), Draft()
    most.reduce(combine_for("max", "float64", "float64", "float64"), most.read(0, "float64", *ROW))
    sums = d("add", d.carried(0, "float64"), d("exp", d.read(0, "float64", *ROW)))
    twice = d("add", sums, d.carried(1, "float64"))
    d.carry("float64", ("result", 0, 0), sums)
    d.carry("float64", -0.0, twice)
    d.reduce(total("float64"), twice)
    d.store(1, ROW, d("multiply", twice, sums))
    for k in range(3):
        last.store(2, ("i0", k), last.result(1, k, "float64"))
    buffers = (plane("float64"), plane("float64", "out"), Buffer("float64", ("s0", 3), "out"))
    return Kernel(2, buffers, axes(i0="s0"), (most.stage(), d.stage(), last.stage()))


def ran_twice(b, n, m):
    x = b[0]
    begin = x.max(1, initial=-np.inf, keepdims=True)
    sums = np.cumsum(np.hstack([begin, np.exp(x)]), 1)
    twice = np.cumsum(sums[:, 1:], 1)
    ends = [twice.sum(1), sums[:, -1], twice[:, -1] if m else np.zeros(n)]
    return {1: twice * sums[:, 1:], 2: np.stack(ends, 1)}


ROW = ("i0", "j1")

example(
    "runs of runs",
    runs_of_runs(),
    PLANE,
    lambda r, n, m: [
        r.standard_normal((n, m)),
        zeros(n, m, dtype="float64"),
        zeros(n, 3, dtype="float64"),
    ],
    ran_twice,
    rtol=1e-12,
)


def recurrence():
    """Run h = tanh(w * h + x[t]) from the mean of x, and keep the last h."""
    mean, d, last = Draft(j0="s0"), Draft(j0="s0"), Draft()
    mean.reduce(total("float64"), mean.read(0, "float64", "j0"))
    h = d("multiply", d.carried(0, "float64"), d.read(1, "float64"))
    h = d("tanh", d("add", h, d.read(0, "float64", "j0")))
    d.carry("float64", ("result", 0, 0), h)
    d.store(2, ("j0",), h)
    last.store(3, (), last.result(1, 0, "float64"))
    buffers = (
        line("s0", "float64"),
        Buffer("float64", (), "in"),
        line("s0", "float64", "out"),
        Buffer("float64", (), "out"),
    )
    return Kernel(1, buffers, (), (mean.stage(), d.stage(), last.stage()))


def recurred(b, n):
    h, steps = b[0].sum(), []
    for x in b[0]:
        h = np.tanh(b[1] * h + x)
        steps.append(h)
    return {2: np.array(steps), 3: h}


example(
    "recurrence",
    recurrence(),
    LINE,
    lambda r, n: [r.standard_normal(n), r.standard_normal(()), np.zeros(n), np.zeros(())],
    recurred,
    rtol=1e-9,
)


def many_recurrences():
    """Run one recurrence a column, with an index that counts steps."""
    d = Draft(j0="s0")
    h = d("multiply", d.carried(0, "float32"), d.read(1, "float32", "i1"))
    h = d("tanh", d("add", h, d.read(0, "float32", "j0", "i1")))
    count = d(
        "add", d.carried(1, "int32"), d.cast(d("greater", h, d.constant(0, "float32")), "int32")
    )
    d.carry("float32", 0.5, h)
    d.carry("int32", 0, count)
    low = Draft()
    low.store(2, ("i1",), low.result(0, 0, "float32"))
    low.store(3, ("i1",), low.result(0, 1, "int32"))
    buffers = (plane(), line("s1"), line("s1", role="out"), line("s1", "int32", "out"))
    return Kernel(2, buffers, axes(i1="s1"), (d.stage(), low.stage()))


def columns_recurred(b, n, m):
    h, count = np.full(m, 0.5), np.zeros(m, "int32")
    for x in b[0].astype("float64"):
        h = np.tanh(b[1] * h + x)
        count += h > 0
    return {2: h, 3: count}


example(
    "recurrence a column",
    many_recurrences(),
    PLANE,
    lambda r, n, m: [f32(r, n, m), f32(r, m), zeros(m), zeros(m, dtype="int32")],
    columns_recurred,
)
