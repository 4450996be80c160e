"""Runs the loops of one language in a process of its own, as lines on its input ask."""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from loop_cases import Program, Run


class Worker:
    """The programs of one language, those compiled so far."""

    def __init__(self, programs: dict[str, Program]) -> None:
        self.programs = programs
        self.runs: dict[str, Run] = {}

    def prepare(self, case: str) -> dict[str, Any]:
        """Compile a case; return the seconds that took and a number that tells its result."""
        start = time.process_time()
        self.runs[case] = self.programs[case]()
        seconds = time.process_time() - start
        return {"seconds": seconds, "sum": _total(self.runs[case]())}

    def time(self, case: str, count: int) -> dict[str, Any]:
        """Return the seconds of the processor that so many runs took together."""
        run = self.runs[case]
        start = time.process_time()
        for _ in range(count):
            run()
        return {"seconds": time.process_time() - start}

    def memory(self, case: str) -> dict[str, Any]:
        """Return the bytes by which the greatest memory of the process grows while a case runs."""
        run = self.programs[case]()
        before = _peak()
        run()
        return {"bytes": _peak() - before}


def _total(result: Any) -> float:
    parts = result if isinstance(result, (list, tuple)) else [result]
    return float(sum(np.asarray(part, "float64").sum() for part in parts))


def _peak() -> int:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Answer each line, a JSON object, with another."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what compilers print is no answer
    module = importlib.import_module(f"loop_programs.in_{sys.argv[1]}")
    worker = Worker(module.PROGRAMS)
    tasks: dict[str, Callable[..., dict[str, Any]]] = {
        "prepare": worker.prepare,
        "time": worker.time,
        "memory": worker.memory,
    }
    answers.write(json.dumps({"cases": list(module.PROGRAMS)}) + "\n")
    answers.flush()
    for line in sys.stdin:
        asked = json.loads(line)
        answers.write(json.dumps(tasks[asked.pop("do")](**asked)) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
