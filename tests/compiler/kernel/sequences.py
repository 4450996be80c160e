"""Kernels that carry scalars from step to step."""

import numpy as np

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
