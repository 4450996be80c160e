"""Runs the cases of one peer in a process of its own, as lines on its input ask."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from peer_cases import Program, Run

BFLOAT = "torch.bfloat16"
"""What NumPy takes no tensor of."""


class Worker:
    """The programs of one peer, and the case that is ready."""

    def __init__(self, programs: dict[str, Program], clock: Callable[[], float]) -> None:
        self.programs = programs
        self.clock = clock
        self.run: Run = float

    def prepare(self, case: str) -> dict[str, Any]:
        """Compile a case; return what tells the results of its first run."""
        self.run = self.programs[case]()
        found = self.run()
        parts = found if isinstance(found, (list, tuple)) else [found]
        parts = [x.float() if str(getattr(x, "dtype", "")) == BFLOAT else x for x in parts]
        arrays = [np.asarray(part).astype("float64").ravel() for part in parts]
        return {"found": [[len(a), float(np.abs(a).mean()), float(a[-1])] for a in arrays]}

    def time(self, count: int) -> dict[str, Any]:
        """Return the seconds that each of so many runs took."""
        start = self.clock()
        for _ in range(count):
            self.run()
        return {"seconds": (self.clock() - start) / count}


def main() -> None:
    """Answer each line, a JSON object, with another."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what compilers print is no answer
    alone = os.environ["OMP_NUM_THREADS"] == "1"
    if alone:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    module = importlib.import_module(f"peer_programs.in_{sys.argv[1]}")
    # On a machine that others use too, one thread's own seconds say more than those on the wall.
    worker = Worker(module.PROGRAMS, time.process_time if alone else time.perf_counter)
    tasks: dict[str, Callable[..., dict[str, Any]]] = {
        "prepare": worker.prepare,
        "time": worker.time,
    }
    answers.write(json.dumps({"cases": list(module.PROGRAMS), "version": module.VERSION}) + "\n")
    answers.flush()
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = tasks[asked.pop("do")](**asked)
        except Exception as error:  # a peer that cannot do a case is told of, and the others go on
            answer = {"error": f"{type(error).__name__}: {str(error).splitlines()[:1]}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
