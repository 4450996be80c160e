"""Runs programs in processes of their own, as users start them: with Python's compiled files."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

Figures = dict[str, tuple[float, float]]  # name -> seconds of the processor, and by the clock

CLOCK = """
import sys, time
import numpy as np

class Laps:
    def __init__(self):
        self.start()

    def start(self):
        self.before = time.process_time(), time.perf_counter()

    def end(self, name):
        now = time.process_time(), time.perf_counter()
        print(name, *(b - a for a, b in zip(self.before, now)), sep="|")
        self.start()

lap = Laps()
"""
"""What every program begins with: NumPy, and `lap`, which says what a part of it took."""


def environment(folder: Path, cache: str) -> dict[str, str]:
    """Return a process's variables: code once compiled to bytecode, and NumPy without threads.

    The threads of NumPy's library wait by spinning, which the processor's seconds would show.
    """
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    own = {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "OPENBLAS_NUM_THREADS": "1"}
    return {**kept, **own, "SYMC_CACHE_DIR": cache}


def run(program: str, *arguments: str, known: dict[str, str]) -> Figures:
    """Return what the parts of a program took."""
    command = [sys.executable, "-c", CLOCK + program, *arguments]
    done = subprocess.run(command, env=known, capture_output=True, text=True, check=True)
    rows = (line.split("|") for line in done.stdout.splitlines())
    return {name: (float(processor), float(clock)) for name, processor, clock in rows}


def medians(program: str, *arguments: str, rounds: int, kept: bool = False) -> Figures:
    """Return the medians of several processes after one that is not counted.

    kept   whether what the first process compiles is kept for those after it
    """
    with tempfile.TemporaryDirectory() as name:
        known = environment(Path(name), f"{name}/cache" if kept else "")
        run(program, *arguments, known=known)
        runs = [run(program, *arguments, known=known) for _ in range(rounds)]
    return {part: _middle([found[part] for found in runs]) for part in runs[0]}


def _middle(found: list[tuple[float, float]]) -> tuple[float, float]:
    processor, clock = (statistics.median(x) for x in zip(*found, strict=True))
    return processor, clock
