"""Random numbers beside NumPy's Generator: nanoseconds a number, and dropout beside its memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from measure import interleaved, table

import symc
import symc.tensor as T
from symc.tensor.shared_randomstreams import RandomStreams

COUNT = 1_000_000


def show(title: str, jobs: dict[str, Callable[[], Any]]) -> None:
    """Print the nanoseconds that a number takes, and the ratio to the first job."""
    timings = interleaved(jobs, 15)
    base = next(iter(timings.values()))
    rows = [["", "median ns", "least", "greatest", "/ symc"]]
    for label, t in timings.items():
        figures = [f"{x / COUNT * 1e9:.2f}" for x in (t.median, t.least, t.greatest)]
        rows.append([label, *figures, f"{t.median / base.median:.2f}"])
    table(f"{title}, {COUNT} numbers", rows)


def distributions() -> None:
    """Compare the two distributions in both precisions."""
    random, generator = RandomStreams(1), np.random.default_rng(1)
    makers: dict[str, Callable[..., Any]] = {
        "uniform": generator.random,
        "normal": generator.standard_normal,
    }
    for name, numpy in makers.items():
        for dtype in ("float32", "float64"):
            draw = symc.function([], getattr(random, name)((COUNT,), dtype=dtype))
            show(
                f"{name} {dtype}",
                {"symc": draw, "NumPy": lambda d=dtype, f=numpy: f(COUNT, dtype=d)},
            )


def dropout() -> None:
    """Compare dropout, which writes no mask, with NumPy's and with copying the same memory."""
    x = T.fmatrix("x")
    keep = RandomStreams(2).binomial(x.shape, p=0.5, dtype="float32")
    drop = symc.function([x], x * keep * np.float32(2))
    generator = np.random.default_rng(2)
    data = generator.random((1000, COUNT // 1000), dtype="float32")
    out = np.empty_like(data)
    jobs: dict[str, Callable[[], Any]] = {
        "symc": lambda: drop(data),
        "NumPy": lambda: data * (generator.random(data.shape, dtype="float32") < 0.5) * 2,
        "copy": lambda: np.copyto(out, data),
    }
    show("dropout float32", jobs)


def main() -> None:
    """Measure and print."""
    distributions()
    dropout()


if __name__ == "__main__":
    main()
