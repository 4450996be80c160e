"""What the machine can do, measured, and the least time that a case takes on it."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from peer import HERE
from peer_cases import Case

CALL = 8e-8
"""Seconds of an extension function that returns a new array (`call_overhead.py`)."""


def limits(threads: int) -> dict[str, Any]:
    """Return what so many threads can do, all at once."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "limits"
        flags = ["-O3", "-march=native", "-ffast-math"]
        flags += ["-mprefer-vector-width=512"] if platform.machine() == "x86_64" else []
        subprocess.run(
            ["cc", *flags, str(HERE / "limits.c"), "-o", str(program), "-lm"], check=True
        )
        cores = sorted(os.sched_getaffinity(0))[-threads:]
        running = [
            subprocess.Popen(["taskset", "-c", str(core), str(program)], stdout=subprocess.PIPE)
            for core in cores
        ]
        found = [json.loads(process.communicate()[0]) for process in running]
    return _summed(found)


def _summed(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return rates added up."""
    total: dict[str, Any] = {}
    for name, value in found[0].items():
        same = [one[name] for one in found]
        total[name] = _summed(same) if isinstance(value, dict) else sum(same)
    return total


def roofline(case: Case, can: Mapping[str, Any]) -> float:
    """Return the seconds that a case takes at least: of arithmetic, or of memory.

    Memory is as fast as a copy of as many bytes; float64 has half of float32's rates, bfloat16 the
    sixteenfold on AMX: 1024 operations a cycle, where two fused multiply-adds are 64.
    """
    half = {"float64": 2, "bfloat16": 1 / 16}.get(case.dtype, 1)
    arithmetic = case.flops / can["multiply_adds"]
    arithmetic += sum(count / can[function] for function, count in case.functions)
    sizes = sorted(map(int, can["copy"]))
    level = next((size for size in sizes if 2 * size >= case.moved), sizes[-1])
    return CALL + max(half * arithmetic, case.moved / can["copy"][str(level)])
