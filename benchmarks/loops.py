"""Loops: a scalar recurrence beside C, a recurrent network beside NumPy, and compile time."""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from measure import interleaved, show, table

import symc
import symc.tensor as T

RECURRENCE = """
void recurrence(double s, double a, long n, double *rows)
{
    for (long t = 0; t < n; t++)
        rows[t] = s = s * a + 1.0;
}
"""
STEPS, BATCH, HIDDEN, INPUTS = 100, 16, 128, 64


def in_c() -> Callable[..., Any]:
    """Return the recurrence as a C compiler makes it at -O2."""
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder, "recurrence.c"), Path(folder, "recurrence.so")
        source.write_text(RECURRENCE)
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", source, "-o", library], check=True)
        function = ctypes.CDLL(str(library)).recurrence

    def run(s: float, a: float, n: int) -> Any:
        rows = np.empty(n)
        function(
            ctypes.c_double(s),
            ctypes.c_double(a),
            ctypes.c_long(n),
            ctypes.c_void_p(rows.ctypes.data),
        )
        return rows

    return run


def recurrence() -> None:
    """Compare a scalar recurrence that keeps every step."""
    s, a, n = T.dscalar(), T.dscalar(), T.lscalar()
    rows, _ = symc.scan(lambda x: x * a + 1.0, outputs_info=s, n_steps=n)
    function, c = symc.function([s, a, n], rows), in_c()
    for steps in (100_000, 10_000_000):
        jobs = {"symc": lambda k=steps: function(0.5, 0.9, k), "C": lambda k=steps: c(0.5, 0.9, k)}
        timings = interleaved(jobs, 7)
        lines = [["", "median ns a step", "least", "greatest"]]
        for label, t in timings.items():
            figures = [f"{x / steps * 1e9:.2f}" for x in (t.median, t.least, t.greatest)]
            lines.append([label, *figures])
        table(f"scalar recurrence, {steps} steps", lines)


def network() -> None:
    """Compare the forward pass of a tanh network: all hidden states, from float32 rows."""
    x, h, w, u = T.ftensor3(), T.fmatrix(), T.fmatrix(), T.fmatrix()
    rows, _ = symc.scan(lambda v, s: T.tanh(T.dot(v, w) + T.dot(s, u)), sequences=x, outputs_info=h)
    function = symc.function([x, h, w, u], rows)
    random = np.random.default_rng(1)
    shapes = (STEPS, BATCH, INPUTS), (BATCH, HIDDEN), (INPUTS, HIDDEN), (HIDDEN, HIDDEN)
    given = [random.normal(size=shape).astype("float32") * np.float32(0.1) for shape in shapes]

    def numpy() -> Any:
        sequence, state, left, right = given
        kept = np.empty((STEPS, BATCH, HIDDEN), "float32")
        for t, row in enumerate(sequence):
            state = kept[t] = np.tanh(row @ left + state @ right)
        return kept

    timings = interleaved({"symc": lambda: function(*given), "NumPy": numpy})
    show(f"network, {STEPS} steps, batch {BATCH}, hidden {HIDDEN}", timings, "symc")


def compiling() -> None:
    """Show that the number of steps does not change the compile time."""
    rows = [["steps", "seconds"]]
    os.environ["SYMC_CACHE_DIR"] = ""  # nothing is remembered
    x = T.dvector()
    symc.function([x], T.tanh(x))  # imports what compiling needs
    for steps in (10, 1_000_000):
        made, _ = symc.scan(lambda s: T.tanh(s * 1.01), outputs_info=x, n_steps=steps)
        start = time.perf_counter()
        symc.function([x], made[-1])
        rows.append([str(steps), f"{time.perf_counter() - start:.3f}"])
    table("compile time", rows)


def main() -> None:
    """Measure and print."""
    recurrence()
    network()
    compiling()


if __name__ == "__main__":
    main()
