"""Linear algebra beside NumPy, whose LAPACK runs on one core: seconds of the processor."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported

import numpy as np
from measure import table

import symc
import symc.tensor as T
from symc.tensor import nlinalg, slinalg

ROUNDS = 7
SIZES = (4, 32, 256, 1000)
SECONDS = 0.05
"""What one measurement takes at least, for small matrices."""

Arrays = list[np.ndarray[Any, Any]]
X, Y = T.dmatrix("X"), T.dmatrix("Y")


def square(n: int) -> np.ndarray[Any, Any]:
    """Return a matrix of normal numbers."""
    return np.random.default_rng(n).normal(size=(n, n))


def definite(n: int) -> np.ndarray[Any, Any]:
    """Return a positive definite matrix."""
    return square(n) @ square(n).T + n * np.eye(n)


Case = tuple[list[Any], Any, Callable[[int], Arrays], Callable[..., object]]
CASES: dict[str, Case] = {
    "cholesky": ([X], slinalg.cholesky(X), lambda n: [definite(n)], np.linalg.cholesky),
    "solve, 1 column": (
        [X, Y],
        slinalg.solve(X, Y),
        lambda n: [square(n), square(n)[:, :1].copy()],
        np.linalg.solve,
    ),
    "solve, n columns": (
        [X, Y],
        slinalg.solve(X, Y),
        lambda n: [square(n), definite(n)],
        np.linalg.solve,
    ),
    "inverse": ([X], nlinalg.matrix_inverse(X), lambda n: [square(n)], np.linalg.inv),
    "det": ([X], nlinalg.det(X), lambda n: [square(n) / n**0.5], np.linalg.det),
    "qr": ([X], nlinalg.qr(X), lambda n: [square(n)], np.linalg.qr),
    "eigh": ([X], nlinalg.eigh(X), lambda n: [definite(n)], np.linalg.eigh),
    "svd": ([X], nlinalg.svd(X, 0), lambda n: [square(n)], lambda x: np.linalg.svd(x, False)),
    "pinv": ([X], nlinalg.pinv(X), lambda n: [square(n)], np.linalg.pinv),
}


def _seconds(job: Callable[..., object], arrays: Arrays, count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        job(*arrays)
    return (time.process_time() - start) / count


def measured(jobs: list[Callable[..., object]], arrays: Arrays) -> list[float]:
    """Return the median time of each job; they take turns."""
    for job in jobs:
        job(*arrays)
    once = max(_seconds(job, arrays, 1) for job in jobs)
    count = max(1, int(SECONDS / max(once, 1e-6)))
    rounds = [[_seconds(job, arrays, count) for job in jobs] for _ in range(ROUNDS)]
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def main() -> None:
    """Print microseconds of both, and their ratio, for every operation and size."""
    rows = [["", *(f"n = {n}: symc / NumPy = ratio" for n in SIZES)]]
    for name, (inputs, outputs, make, peer) in CASES.items():
        f = symc.function(inputs, outputs)
        cells = []
        for n in SIZES:
            ours, theirs = measured([f, peer], make(n))
            cells.append(f"{1e6 * ours:.1f} / {1e6 * theirs:.1f} = {ours / theirs:.2f}")
        rows.append([name, *cells])
    table("linear algebra, float64, microseconds of the processor", rows)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
