"""Kernels that gather and scatter by indices from data."""

import numpy as np

from symc.compiler.kernel.record import Buffer, Kernel, Picked
from tests.compiler.kernel.drafts import Draft, axes
from tests.compiler.kernel.examples import (
    LINE,
    PLANE,
    example,
    f32,
    line,
    plane,
    zeros,
)


def gather_rows():
    d = Draft()
    picked = Picked(d.read(1, "int64", "i0"), 0)
    d.store(2, ("i0", "i1"), d.read(0, "float32", picked, "i1"))
    buffers = (Buffer("float32", ("s2", "s1"), "in"), line("s0", "int64"), plane(role="out"))
    return Kernel(3, buffers, axes(i0="s0", i1="s1"), (d.stage(),), checks=1)


example(
    "gather of rows",
    gather_rows(),
    [(n, m, 7) for n, m in PLANE],
    lambda r, n, m, k: [f32(r, k, m), r.integers(-k, k, n), zeros(n, m)],
    lambda b, n, m, k: {2: b[0][b[1]]},
)


def gather_elements():
    """Pick a column of each row, and a proven place of a table."""
    d = Draft()
    picked = Picked(d.read(1, "int64", "i0"), 0)
    table = d("bit_and", d.read(1, "int64", "i0"), d.constant(3, "int64"))
    x = d.read(0, "float32", "i0", picked)
    d.store(3, ("i0",), d("add", x, d.read(2, "float32", Picked(table))))
    buffers = (plane(), line("s0", "int64"), Buffer("float32", (4,), "in"), line("s0", role="out"))
    return Kernel(2, buffers, axes(i0="s0"), (d.stage(),), checks=1)


example(
    "gather of elements",
    gather_elements(),
    [(n, m) for n, m in PLANE if m],
    lambda r, n, m: [f32(r, n, m), r.integers(-m, m, n), f32(r, 4), zeros(n)],
    lambda b, n, m: {3: b[0][np.arange(n), b[1]] + b[2][b[1] & 3]},
)


def scatter_add(inner):
    """Add rows, or numbers, to places that repeat."""
    fill, d = Draft(f0="s2", **inner), Draft(j0="s0", **inner)
    rest = tuple(inner)
    fill.store(2, ("f0", *rest), fill.constant(0.5, "float32"))
    picked = Picked(d.read(0, "int64", "j0"), 0)
    d.add(2, (picked, *rest), d.read(1, "float32", "j0", *rest))
    sizes = tuple(inner.values())
    buffers = (
        line("s0", "int64"),
        Buffer("float32", ("s0", *sizes), "in"),
        Buffer("float32", ("s2", *sizes), "out"),
    )
    return Kernel(3, buffers, (), (fill.stage(), d.stage()), checks=1)


def scattered(b, n, m, k):
    out = np.full(b[2].shape, 0.5, "float32")
    np.add.at(out, b[0], b[1])
    return {2: out}


example(
    "scatter of numbers",
    scatter_add({}),
    [(n, 1, 6) for (n,) in LINE],
    lambda r, n, m, k: [r.integers(-k, k, n), f32(r, n), zeros(k)],
    scattered,
)
example(
    "scatter of rows",
    scatter_add({"j1": "s1"}),
    [(n, m, 5) for n, m in PLANE],
    lambda r, n, m, k: [r.integers(-k, k, n), f32(r, n, m), zeros(k, m)],
    scattered,
)


def histogram():
    """Add over an outer axis to places its points share."""
    d = Draft()
    d.add(1, (Picked(d.read(0, "int64", "i0")),), d.constant(1, "int64"))
    buffers = (line("s0", "int64"), Buffer("int64", (9,), "inout"))
    return Kernel(1, buffers, axes(i0="s0"), (d.stage(),))


example(
    "histogram",
    histogram(),
    LINE,
    lambda r, n: [r.integers(0, 9, n), np.arange(9)],
    lambda b, n: {1: np.arange(9) + np.bincount(b[0], minlength=9)},
)
