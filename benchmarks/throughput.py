"""Kernels beside NumPy and the limit: bytes moved for elementwise and rows, flops for products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from measure import interleaved, show

import symc
import symc.tensor as T


def elementwise() -> None:
    """Compare the fused chain with NumPy's passes and with copying the same memory."""
    x, a, b = T.fvector("x"), T.fscalar("a"), T.fscalar("b")
    f = symc.function([x, a, b], T.tanh(a * x + b) * T.nnet.sigmoid(x) - T.exp(-(x**2)))
    n = 10_000_000
    data = np.random.default_rng(0).normal(size=n).astype("float32")
    out = np.empty_like(data)

    def numpy() -> Any:
        return np.tanh(1.5 * data + 0.5) / (1 + np.exp(-data)) - np.exp(-(data**2))

    jobs: dict[str, Callable[[], Any]] = {
        "symc": lambda: f(data, np.float32(1.5), np.float32(0.5)),
        "NumPy": numpy,
        "copy": lambda: np.copyto(out, data),
    }
    show("tanh(a x + b) sigmoid(x) - exp(-x^2), 1e7 float32", interleaved(jobs, 7), "symc", 1e-3)


def memory() -> None:
    """Compare what memory alone limits with NumPy and with copying what `-x` moves."""
    x, y = T.fvectors("x", "y")
    first, second = np.random.default_rng(0).normal(size=(2, 10_000_000)).astype("float32")
    out = np.empty_like(first)
    programs = {
        "-x": (symc.function([x], -x), lambda: -first, [first]),
        "x + y": (symc.function([x, y], x + y), lambda: first + second, [first, second]),
        "a copy of x": (symc.function([x], x.copy()), first.copy, [first]),
        "x[::-1]": (symc.function([x], x[::-1].copy()), first[::-1].copy, [first]),
    }
    for name, (f, numpy, arrays) in programs.items():
        jobs: dict[str, Callable[[], Any]] = {
            "symc": lambda f=f, a=arrays: f(*a),
            "NumPy": numpy,
            "copy": lambda: np.copyto(out, first),
        }
        show(f"{name}, 1e7 float32", interleaved(jobs, 9), "symc", 1e-3)


def rows() -> None:
    """Compare the one-pass softmax of rows with NumPy's passes and a copy."""
    x = T.fmatrix("x")
    f = symc.function([x], T.nnet.softmax(x))
    for shape in ((256, 1024), (8192, 1024)):
        data = np.random.default_rng(0).normal(size=shape).astype("float32")
        out = np.empty_like(data)

        def numpy(d: Any = data) -> Any:
            e = np.exp(d - d.max(axis=1, keepdims=True))
            return e / e.sum(axis=1, keepdims=True)

        jobs: dict[str, Callable[[], Any]] = {
            "symc": lambda d=data: f(d),
            "NumPy": numpy,
            "copy": lambda d=data, o=out: np.copyto(o, d),
        }
        show(f"softmax of rows, {shape} float32", interleaved(jobs, 9), "symc")


def products() -> None:
    """Compare products with NumPy's library on one thread (set OPENBLAS_NUM_THREADS=1)."""
    x, w = T.fmatrix("x"), T.fmatrix("w")
    f = symc.function([x, w], T.dot(x, w))
    for m, n, k in ((64, 64, 64), (256, 256, 256), (1024, 1024, 1024), (60, 500, 784)):
        random = np.random.default_rng(0)
        left = random.normal(size=(m, k)).astype("float32")
        right = random.normal(size=(k, n)).astype("float32")
        jobs: dict[str, Callable[[], Any]] = {
            "symc": lambda a=left, b=right: f(a, b),
            "NumPy": lambda a=left, b=right: a @ b,
        }
        show(f"product {m} x {n} x {k}, float32", interleaved(jobs, 9), "symc")


def main() -> None:
    """Measure and print."""
    elementwise()
    memory()
    rows()
    products()


if __name__ == "__main__":
    main()
