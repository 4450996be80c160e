"""Times callables in turn and prints what they took, as medians with their spread."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of one call: the least, the median and the greatest over the rounds."""

    least: float
    median: float
    greatest: float


def interleaved(
    jobs: Mapping[str, Callable[[], object]], rounds: int = 15, seconds: float = 0.02
) -> dict[str, Timing]:
    """Time jobs A B C A B C ..., so that a change of the machine's speed meets all of them."""
    counts = {name: _count(job, seconds) for name, job in jobs.items()}
    samples: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            samples[name].append(_time(job, counts[name]) / counts[name])
    return {name: Timing(min(s), statistics.median(s), max(s)) for name, s in samples.items()}


def _time(job: Callable[[], object], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        job()
    return time.perf_counter() - start


def _count(job: Callable[[], object], seconds: float) -> int:
    count = 1
    while _time(job, count) < seconds / 4:
        count *= 2
    return count


def table(title: str, rows: list[list[str]]) -> None:
    """Print a table; its first row is the head."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    sys.stdout.write(f"\n{title}\n")
    for row in rows:
        cells = [
            cell.ljust(w) if k == 0 else cell.rjust(w)
            for k, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def show(title: str, timings: Mapping[str, Timing], base: str, unit: float = 1e-6) -> None:
    """Print timings in a unit of seconds, with the ratio of medians to one of them."""
    name = {1e-9: "ns", 1e-6: "us", 1e-3: "ms"}[unit]
    rows = [["", f"median {name}", "least", "greatest", f"/ {base}"]]
    for label, t in timings.items():
        figures = [f"{x / unit:.3f}" for x in (t.median, t.least, t.greatest)]
        rows.append([label, *figures, f"{t.median / timings[base].median:.2f}"])
    table(title, rows)
