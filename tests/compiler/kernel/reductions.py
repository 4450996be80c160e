"""Kernels that reduce: rows, columns, outside axes, everything."""

import numpy as np

from symc.compiler.kernel.combine import combine_for
from symc.compiler.kernel.record import Buffer, Kernel
from tests.compiler.kernel.drafts import Draft, axes
from tests.compiler.kernel.examples import (
    PLANE,
    example,
    f32,
    largest,
    total,
    with_ties,
    zeros,
)

SOME = [(n, m) for n, m in PLANE if m]


def row_position(name, dtype):
    top, low = Draft(j0="s1"), Draft()
    top.reduce(
        combine_for(name, dtype, dtype, "int64"), top.read(0, dtype, "i0", "j0"), top.axis("j0")
    )
    low.store(1, ("i0",), low.result(0, 0, "int64"))
    buffers = (Buffer(dtype, ("s0", "s1"), "in"), Buffer("int64", ("s0",), "out"))
    return Kernel(2, buffers, axes(i0="s0"), (top.stage(), low.stage()))


for name, numpy in (("argmax", np.argmax), ("argmin", np.argmin)):
    example(
        name,
        row_position(name, "float32"),
        SOME,
        lambda r, n, m: [with_ties(r, n, m), zeros(n, dtype="int64")],
        lambda b, n, m, numpy=numpy: {1: numpy(b[0], axis=1)},
    )
example(
    "argmax of integers",
    row_position("argmax", "int16"),
    SOME,
    lambda r, n, m: [r.integers(-3, 3, (n, m)).astype("int16"), zeros(n, dtype="int64")],
    lambda b, n, m: {1: b[0].argmax(1)},
)


def row_fold(name, dtype, acc, out):
    top, low = Draft(j0="s1"), Draft()
    top.reduce(combine_for(name, dtype, acc, out), top.read(0, dtype, "i0", "j0"))
    low.store(1, ("i0",), low.result(0, 0, out))
    buffers = (Buffer(dtype, ("s0", "s1"), "in"), Buffer(out, ("s0",), "out"))
    return Kernel(2, buffers, axes(i0="s0"), (top.stage(), low.stage()))


def bools(random, n, m):
    return random.random((n, m)) < random.random((n, 1)) ** 0.1


for name, numpy in (("all", np.all), ("any", np.any)):
    example(
        name,
        row_fold(name, "bool", "bool", "bool"),
        PLANE,
        lambda r, n, m: [bools(r, n, m) ^ (r.random((n, 1)) < 0.5), zeros(n, dtype="bool")],
        lambda b, n, m, numpy=numpy: {1: numpy(b[0], axis=1)},
    )
for name, numpy in (("max", np.max), ("min", np.min)):
    example(
        f"{name} with NaN",
        row_fold(name, "float32", "float32", "float32"),
        SOME,
        lambda r, n, m: [with_ties(r, n, m), zeros(n)],
        lambda b, n, m, numpy=numpy: {1: numpy(b[0], axis=1)},
    )
example(
    "sum of small integers",
    row_fold("sum", "int8", "int64", "int64"),
    PLANE,
    lambda r, n, m: [r.integers(-128, 128, (n, m)).astype("int8"), zeros(n, dtype="int64")],
    lambda b, n, m: {1: b[0].sum(1, dtype="int64")},
)
example(
    "product",
    row_fold("prod", "float64", "float64", "float64"),
    PLANE,
    lambda r, n, m: [r.uniform(0.9, 1.1, (n, m)), zeros(n, dtype="float64")],
    lambda b, n, m: {1: b[0].prod(1)},
)
example(
    "mean of halves",
    row_fold("sum", "float16", "float32", "float16"),
    PLANE,
    lambda r, n, m: [r.uniform(0, 1, (n, m)).astype("float16"), zeros(n, dtype="float16")],
    lambda b, n, m: {1: b[0].astype("float32").sum(1).astype("float16")},
    rtol=1e-3,
)


def column_sum():
    top, low = Draft(j0="s0"), Draft()
    x = top.read(0, "float32", "j0", "i1")
    top.reduce(total("float32", "float64"), top("multiply", x, top.read(1, "float32", "j0")))
    low.store(2, ("i1",), low("exp", low("negate", low.result(0, 0, "float32"))))
    buffers = (
        Buffer("float32", ("s0", "s1"), "in"),
        Buffer("float32", ("s0",), "in"),
        Buffer("float32", ("s1",), "out"),
    )
    return Kernel(2, buffers, axes(i1="s1"), (top.stage(), low.stage()))


example(
    "column sums",
    column_sum(),
    PLANE,
    lambda r, n, m: [f32(r, n, m) / 16, f32(r, n), zeros(m)],
    lambda b, n, m: {2: np.exp(-(b[0].astype("float64") * b[1][:, None]).sum(0))},
)


def outside_sum():
    """Sum a cube over its first and last axes, with the middle one left."""
    top, low = Draft(j0="s0", j2="s2"), Draft()
    top.reduce(total("float32", "float64"), top.read(0, "float32", "j0", "i1", "j2"))
    low.store(1, ("i1",), low.result(0, 0, "float32"))
    buffers = (Buffer("float32", ("s0", "s1", "s2"), "in"), Buffer("float32", ("s1",), "out"))
    return Kernel(3, buffers, axes(i1="s1"), (top.stage(), low.stage()))


example(
    "sum over outside axes",
    outside_sum(),
    [(2, 3, 70), (3, 0, 5), (0, 3, 5), (3, 4, 0), (4, 20, 3), (1, 1, 17), (5, 2, 16)],
    lambda r, n, m, k: [f32(r, n, m, k), zeros(m)],
    lambda b, n, m, k: {1: b[0].sum((0, 2), dtype="float64")},
)


def full_sum():
    top, low = Draft(j0="s0", j1="s1"), Draft()
    x = top.read(0, "float32", "j0", "j1")
    top.reduce(total("float32", "float64"), x)
    top.reduce(largest("float32"), top("absolute", x))
    low.store(1, (), low.result(0, 0, "float32"))
    low.store(2, (), low.result(0, 1, "float32"))
    buffers = (
        Buffer("float32", ("s0", "s1"), "in"),
        Buffer("float32", (), "out"),
        Buffer("float32", (), "out"),
    )
    return Kernel(2, buffers, (), (top.stage(), low.stage()))


example(
    "full sum and maximum",
    full_sum(),
    PLANE,
    lambda r, n, m: [f32(r, n, m), zeros(), zeros()],
    lambda b, n, m: {1: b[0].sum(dtype="float64"), 2: np.abs(b[0]).max(initial=-np.inf)},
)


def column_positions():
    top, low = Draft(j0="s0"), Draft()
    combine = combine_for("argmax", "float32", "float32", "int64")
    top.reduce(combine, top.read(0, "float32", "j0", "i1"), top.axis("j0"))
    low.store(1, ("i1",), low.result(0, 0, "int64"))
    buffers = (Buffer("float32", ("s0", "s1"), "in"), Buffer("int64", ("s1",), "out"))
    return Kernel(2, buffers, axes(i1="s1"), (top.stage(), low.stage()))


example(
    "column argmax",
    column_positions(),
    [(n, m) for n, m in PLANE if n],
    lambda r, n, m: [with_ties(r, n, m), zeros(m, dtype="int64")],
    lambda b, n, m: {1: b[0].argmax(0)},
)
