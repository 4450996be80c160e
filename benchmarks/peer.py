"""Programs in other languages, each in an environment and a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
OWN = ("symc", "c")
"""What runs in the environment of the benchmark itself."""
LIBRARIES = ("OMP", "OPENBLAS", "MKL", "NUMBA")


class Peer:
    """A process of one language: it answers questions, a line of JSON each.

    Its first line, `known`, says what it is. Where it has ended it answers with an 'error'.
    """

    def __init__(self, name: str, python: str, worker: str, threads: int = 1) -> None:
        self.name = name
        numbers = {f"{library}_NUM_THREADS": str(threads) for library in LIBRARIES}
        if threads == 1:
            numbers["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
        self.process = subprocess.Popen(
            [python, str(HERE / worker), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **numbers},
        )
        self.known = self._answer()

    def ask(self, do: str, **what: Any) -> dict[str, Any]:
        """Return the answer to a question."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **what}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        answer: dict[str, Any] = json.loads(self.process.stdout.readline() or '{"error": "ended"}')
        return answer

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def environments(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the languages that there are, each with its Python.

    Those of others are in folders of BENCH_PEERS by their names.
    """
    home = Path(os.environ.get("BENCH_PEERS", Path.home() / ".cache" / "symc-bench"))
    for name in names:
        if name in OWN:
            yield name, sys.executable
        elif (home / name / "bin" / "python").exists():
            yield name, str(home / name / "bin" / "python")
