"""Kernels that compute or move each element."""

import numpy as np

from symc.compiler.kernel.record import Affine, Buffer, Kernel
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


def broadcasts():
    """Combine a plane with a row, a column and a number."""
    d = Draft()
    x = d("add", d.read(0, "float32", "i0", "i1"), d.read(1, "float32", "i1"))
    x = d("multiply", x, d.read(2, "float32", "i0"))
    d.store(4, ("i0", "i1"), d("tanh", d("add", x, d.read(3, "float32"))))
    buffers = (plane(), line("s1"), line("s0"), Buffer("float32", (), "in"), plane(role="out"))
    return Kernel(2, buffers, axes(i0="s0", i1="s1"), (d.stage(),))


example(
    "broadcasts",
    broadcasts(),
    PLANE,
    lambda r, n, m: [f32(r, n, m), f32(r, m), f32(r, n), f32(r), zeros(n, m)],
    lambda b, n, m: {4: np.tanh((b[0] + b[1]) * b[2][:, None] + b[3])},
)


def transpose():
    d = Draft()
    d.store(1, ("i0", "i1"), d("negate", d.read(0, "float32", "i1", "i0")))
    buffers = (Buffer("float32", ("s1", "s0"), "in"), plane(role="out"))
    return Kernel(2, buffers, axes(i0="s0", i1="s1"), (d.stage(),))


example(
    "transpose",
    transpose(),
    PLANE,
    lambda r, n, m: [f32(r, m, n), zeros(n, m)],
    lambda b, n, m: {1: -b[0].T},
)


def across():
    """Combine planes that lie along either axis, one of bools, with a column."""
    d = Draft()
    x = d("multiply", d.read(1, "float64", "i1", "i0"), d.read(3, "float64", "i0"))
    x = d("switch", d.read(2, "bool", "i1", "i0"), x, d.read(0, "float64", "i0", "i1"))
    d.store(4, ("i0", "i1"), x)
    buffers = (
        plane("float64"),
        Buffer("float64", ("s1", "s0"), "in"),
        Buffer("bool", ("s1", "s0"), "in"),
        line("s0", "float64"),
        plane("float64", "out"),
    )
    return Kernel(2, buffers, axes(i0="s0", i1="s1"), (d.stage(),))


example(
    "planes across",
    across(),
    [*PLANE, (70, 150), (64, 33)],
    lambda r, n, m: [
        r.standard_normal((n, m)),
        r.standard_normal((m, n)),
        r.random((m, n)) < 0.5,
        r.standard_normal(n),
        zeros(n, m, dtype="float64"),
    ],
    lambda b, n, m: {4: np.where(b[2].T, b[1].T * b[3][:, None], b[0])},
)


def turned_round():
    """Exchange the first and the last of three axes, leaving out a border of the array read."""
    d = Draft()
    inside = [Affine(((name, 1),), 1) for name in ("i2", "i1", "i0")]
    d.store(1, ("i0", "i1", "i2"), d("negate", d.read(0, "int16", *inside)))
    whole = Buffer("int16", ("s3", "s4", "s5"), "in")
    out = Buffer("int16", ("s0", "s1", "s2"), "out")
    return Kernel(6, (whole, out), axes(i0="s0", i1="s1", i2="s2"), (d.stage(),))


def _bordered(*sizes):
    return (*sizes, *(n + 2 for n in sizes[::-1]))


example(
    "axes turned round",
    turned_round(),
    [_bordered(*sizes) for sizes in ((1, 1, 1), (3, 2, 5), (65, 3, 17), (0, 2, 3), (16, 0, 130))],
    lambda r, *sizes: [
        r.integers(-99, 99, sizes[3:]).astype("int16"),
        zeros(*sizes[:3], dtype="int16"),
    ],
    lambda b, *sizes: {1: -b[0][1:-1, 1:-1, 1:-1].transpose(2, 1, 0)},
)


def strides():
    """Read every second element, another vector backwards, a third by a step of run time."""
    d = Draft()
    second = d.read(0, "float64", Affine((("i0", 2),), 1))
    back = d.read(1, "float64", Affine((("i0", -1), ("s0", 1)), -1))
    far = d.read(2, "float64", Affine((("i0", "s1"),)))
    d.store(3, (Affine((("i0", 3),)),), d("add", second, back, far))
    buffers = (
        line("s2", "float64"),
        line("s0", "float64"),
        line("s3", "float64"),
        line("s4", "float64", "inout"),
    )
    return Kernel(5, buffers, axes(i0="s0"), (d.stage(),))


def strided(b, n, step, *rest):
    out = b[3].copy()
    out[: 3 * n : 3] = b[0][1 : 2 * n + 1 : 2] + b[1][::-1] + b[2][: n * step : step]
    return {3: out}


example(
    "strides",
    strides(),
    [
        (n, step, 2 * n + 1, n * step, 3 * n)
        for (n,), step in zip(LINE, [1, 2, 3, 4, 5] * 2, strict=True)
    ],
    lambda r, n, step, a, b, c: [r.standard_normal(k) for k in (a, n, b, c)],
    strided,
)


def padding():
    """Put a row between zeros on both sides."""
    d = Draft()
    place = d("subtract", d.axis("i1"), d.constant(2, "int64"))
    inside = d(
        "bit_and", d("greater_equal", place, d.constant(0, "int64")), d("less", place, d.size("s1"))
    )
    x = d.read(0, "float32", "i0", Affine((("i1", 1),), -2), guard=inside)
    d.store(1, ("i0", "i1"), d("add", x, d.constant(1.0, "float32")))
    buffers = (plane(), Buffer("float32", ("s0", "s2"), "out"))
    return Kernel(3, buffers, axes(i0="s0", i1="s2"), (d.stage(),))


example(
    "padding",
    padding(),
    [(n, m, m + 5) for n, m in PLANE],
    lambda r, n, m, k: [f32(r, n, m), zeros(n, k)],
    lambda b, n, m, k: {1: np.pad(b[0], ((0, 0), (2, 3))) + 1},
)


def guarded_store():
    """Clamp in place where a mask of bytes says so."""
    d = Draft()
    x = d.read(0, "float32", "i0")
    d.store(0, ("i0",), d("minimum", x, d.constant(0.25, "float32")), guard=d.read(1, "bool", "i0"))
    return Kernel(1, (line("s0", role="inout"), line("s0", "bool")), axes(i0="s0"), (d.stage(),))


example(
    "guarded store",
    guarded_store(),
    LINE,
    lambda r, n: [f32(r, n), r.random(n) < 0.5],
    lambda b, n: {0: np.where(b[1], np.minimum(b[0], np.float32(0.25)), b[0])},
)


def join():
    """Write two vectors behind one another: stages with axes of their own."""
    first, second = Draft(j0="s0"), Draft(k0="s1")
    first.store(2, ("j0",), first.read(0, "float32", "j0"))
    moved = Affine((("k0", 1), ("s0", 1)))
    second.store(2, (moved,), second.read(1, "float32", "k0"))
    buffers = (line("s0"), line("s1"), line("s2", role="out"))
    return Kernel(3, buffers, (), (first.stage(), second.stage()))


example(
    "join",
    join(),
    [(n, m, n + m) for n, m in PLANE],
    lambda r, n, m, k: [f32(r, n), f32(r, m), zeros(k)],
    lambda b, n, m, k: {2: np.concatenate(b[:2])},
)


def mixed_types():
    """Compare integers, choose halves, store bytes."""
    d = Draft()
    a, b = d.read(0, "int32", "i0"), d.read(1, "int32", "i0")
    below = d("less", a, b)
    half = d("switch", below, d.read(2, "float16", "i0"), d.constant(2.0, "float16"))
    d.store(3, ("i0",), d("multiply", half, half))
    d.store(4, ("i0",), d("bit_not", below))
    rest = d("remainder", a, b)
    d.store(5, ("i0",), d.cast(d("add", rest, d("floor_divide", a, b)), "uint8"))
    buffers = (
        *(line("s0", dtype) for dtype in ("int32", "int32", "float16")),
        *(line("s0", dtype, "out") for dtype in ("float16", "bool", "uint8")),
    )
    return Kernel(1, buffers, axes(i0="s0"), (d.stage(),))


def mixed(b, n):
    zero = b[1] == 0
    safe = np.where(zero, 1, b[1])
    rest = np.where(zero, 0, b[0] % safe) + np.where(zero, 0, b[0] // safe)
    half = np.where(b[0] < b[1], b[2], np.float16(2))
    return {3: half * half, 4: b[0] >= b[1], 5: rest.astype("uint8")}


example(
    "mixed types",
    mixed_types(),
    LINE,
    lambda r, n: [
        *(r.integers(-9, 9, n).astype("int32") for _ in range(2)),
        r.standard_normal(n).astype("float16"),
        *(zeros(n, dtype=d) for d in ("float16", "bool", "uint8")),
    ],
    mixed,
)
