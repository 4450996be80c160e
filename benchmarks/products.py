"""Products of many shapes beside NumPy's library; OPENBLAS_NUM_THREADS says how many threads."""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported

import numpy as np
from measure import table

import symc
import symc.tensor as T

THREADS = int(os.environ["OPENBLAS_NUM_THREADS"])
SQUARE = (4, 5, 8, 10, 12, 16, 17, 24, 31, 32, 48, 63, 64, 65, 96, 100, 128, 129, 192, 250, 256)
LARGE = (333, 384, 512, 700, 1000, 1024, 1500, 2048)
ROWS, LONG = (1, 2, 3, 10, 60, 64), (64, 300, 784, 1024, 4096)
TURNED = ((16, 16, 16), (60, 500, 784), (100, 100, 100), (300, 200, 250), (512, 512, 512))
BATCHES = ((10_000, 4, 4, 4), (1000, 16, 16, 16), (100, 64, 64, 64), (300, 33, 20, 50))
LAYERS = tuple((m, n, k) for m in (1, 10, 60) for n, k in ((10, 784), (100, 100), (256, 64)))

Array = np.ndarray[Any, Any]
Job = Callable[[], object]
clock = time.process_time if THREADS == 1 else time.perf_counter


@dataclass(frozen=True, slots=True)
class Case:
    """A product: its sizes, whether each operand is stored by columns, how many at once."""

    m: int
    n: int
    k: int
    stored: str = "nn"
    batch: int = 0

    def __str__(self) -> str:
        sizes = f"{self.m} x {self.n} x {self.k}" + f" {self.stored}" * (self.stored != "nn")
        return f"{self.batch} of {sizes}" if self.batch else sizes

    def operands(self, dtype: str) -> list[Array]:
        """Return arrays of normal numbers, as they are stored."""
        shapes = (self.m, self.k), (self.k, self.n)
        turned = [s[::-1] if t == "t" else s for s, t in zip(shapes, self.stored, strict=True)]
        outer = (self.batch,) if self.batch else ()
        random = np.random.default_rng(0)
        return [random.normal(size=outer + s).astype(dtype) for s in turned]


def cases() -> Iterator[tuple[str, list[Case]]]:
    """Return the groups of products."""
    yield "square", [Case(n, n, n) for n in (*SQUARE, *LARGE)]
    yield "skinny", [Case(m, n, k) for m in ROWS for n in LONG for k in LONG]
    yield "narrow", [Case(m, n, k) for n in ROWS for m in LONG for k in LONG]
    yield "transposed", [Case(*s, stored) for s in TURNED for stored in ("nt", "tn", "tt")]
    yield "batched", [Case(*sizes, batch=batch) for batch, *sizes in BATCHES]
    yield "layers", [Case(*sizes) for sizes in LAYERS]


def product(case: Case, dtype: str, threads: int) -> Callable[..., object]:
    """Return symc's function of two operands."""
    x, y = (T.TensorType(dtype, (False,) * (3 if case.batch else 2))() for _ in "xy")
    with symc.config.change_flags(threads=threads):
        return symc.function([x, y], _turned(T.batched_dot if case.batch else T.dot, case)(x, y))


def _turned(multiply: Callable[..., Any], case: Case) -> Callable[..., Any]:
    def call(x: Any, y: Any) -> Any:
        return multiply(*(z.T if t == "t" else z for z, t in zip((x, y), case.stored, strict=True)))

    return call


def jobs_of(case: Case, dtype: str) -> list[Job]:
    """Return the product by symc, by NumPy and, on several threads, by symc on one."""
    values, numpy = case.operands(dtype), _turned(np.matmul, case)
    counts = (THREADS,) if THREADS == 1 else (THREADS, 1)
    ours, *alone = (product(case, dtype, count) for count in counts)
    return [lambda f=f: f(*values) for f in (ours, numpy, *alone)]  # type: ignore[misc]


def seconds(job: Job, count: int) -> float:
    """Return the seconds of some calls."""
    start = clock()
    for _ in range(count):
        job()
    return clock() - start


def measured(jobs: list[Job], rounds: int, least: float) -> list[list[float]]:
    """Return the seconds of a call of each, round by round; a round takes at least some seconds."""
    counts = []
    for job in jobs:
        count = 1
        while seconds(job, count) < least / 4:
            count *= 2
        counts.append(2 * count)
    return [[seconds(j, n) / n for j, n in zip(jobs, counts, strict=True)] for _ in range(rounds)]


def row(case: Case, dtype: str, rounds: int, least: float) -> tuple[list[str], float]:
    """Return a product's line in the table, and NumPy's time over symc's."""
    found = measured(jobs_of(case, dtype), rounds, least)
    ratio = statistics.median(theirs / ours for ours, theirs, *_ in found)
    ours, theirs, *_ = (min(times) for times in zip(*found, strict=True))
    flops = 2e-9 * case.m * case.n * case.k * max(case.batch, 1)
    cells = [str(case), f"{1e6 * ours:.2f}", f"{1e6 * theirs:.2f}", f"{flops / ours:.1f}"]
    if THREADS > 1:
        cells.append(f"{statistics.median(times[2] / times[0] for times in found):.2f}")
    return [*cells, f"{ratio:.2f}", "<" if ratio < 1 else ""], ratio


def main() -> None:
    """Print microseconds of both and their ratio; what is behind NumPy is marked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--groups", default="", help="parts of names, with commas")
    parser.add_argument("--dtypes", default="float32,float64")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.01, help="of a round, at least")
    options = parser.parse_args()
    head = ["", "symc us", "NumPy us", "Gflop/s", *["/ one thread"] * (THREADS > 1), "ratio", ""]
    for name, group in cases():
        if not any(part in name for part in options.groups.split(",")):
            continue
        for dtype in options.dtypes.split(","):
            lines = [row(case, dtype, options.rounds, options.seconds) for case in group]
            mean = statistics.geometric_mean(ratio for _, ratio in lines)
            title = f"{name} products, {dtype}, {THREADS} threads: m x n x k, mean {mean:.2f}"
            table(title, [head, *(cells for cells, _ in lines)])


if __name__ == "__main__":
    main()
