"""Kernels written by hand, each with its arguments and what NumPy makes of them: the registry."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from symc.compiler.kernel.combine import combine_for
from symc.compiler.kernel.record import Buffer, Kernel

LINE = [(0,), (1,), (3,), (4,), (5,), (15,), (16,), (17,), (70,), (300,)]
PLANE = [(0, 5), (5, 0), (1, 1), (2, 15), (3, 16), (17, 3), (4, 17), (16, 31), (3, 200), (70, 9)]

EXAMPLES = {}


@dataclass(frozen=True)
class Example:
    """A kernel, sizes to try, and functions from (random, *sizes) to its buffers and results.

    expected   (buffers before, *sizes) -> {number of a buffer: its contents after}
    """

    name: str
    kernel: Kernel
    sizes: list[tuple[int, ...]]
    buffers: Callable[..., list[Any]]
    expected: Callable[..., dict[int, Any]]
    rtol: float = 1e-5
    atol: float = 1e-6


def example(name, kernel, sizes, buffers, expected, **tolerance):
    EXAMPLES[name] = Example(name, kernel, sizes, buffers, expected, **tolerance)


def f32(random, *shape):
    return random.standard_normal(shape).astype("float32")


def zeros(*shape, dtype="float32"):
    return np.full(shape, 77).astype(dtype)


def total(dtype, acc=None):
    return combine_for("sum", dtype, acc or dtype, dtype)


def largest(dtype):
    return combine_for("max", dtype, dtype, dtype)


def with_ties(random, n, m):
    x = random.integers(-2, 3, (n, m)).astype("float32")
    x[random.random((n, m)) < 0.02] = np.nan
    x[:1] = -np.inf
    return x


def plane(dtype="float32", role="in"):
    return Buffer(dtype, ("s0", "s1"), role)


def line(size, dtype="float32", role="in"):
    return Buffer(dtype, (size,), role)
