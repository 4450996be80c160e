"""The scalar loops in C, compiled with gcc -O2."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import loop_cases as cases
import numpy as np
from loop_cases import Program, Run

SOURCE = """
void recurrence(double s, double a, long n, double *rows)
{
    for (long t = 0; t < n; t++)
        rows[t] = s = s * a + 1.0;
}

double until(double x, double limit)
{
    do
        x = x + 1.0 / (x + 1.0);
    while (x <= limit);
    return x;
}
"""


def _library() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder, "loops.c"), Path(folder, "loops.so")
        source.write_text(SOURCE)
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", source, "-o", library], check=True)
        return ctypes.CDLL(str(library))


def _recurrence(steps: int) -> Run:
    function, rows = _library().recurrence, np.zeros(steps)
    function.argtypes = [ctypes.c_double, ctypes.c_double, ctypes.c_long, ctypes.c_void_p]

    def run() -> Any:
        function(cases.START, cases.FACTOR, steps, rows.ctypes.data)
        return rows

    return run


def _while() -> Run:
    function = _library().until
    function.argtypes, function.restype = [ctypes.c_double] * 2, ctypes.c_double
    return lambda: function(cases.START, cases.LIMIT)


PROGRAMS: dict[str, Program] = {
    "recurrence 1e5": lambda: _recurrence(100_000),
    "recurrence 1e7": lambda: _recurrence(10_000_000),
    "while": _while,
}
