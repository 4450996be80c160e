"""Loops beside C, NumPy, JAX and PyTensor: networks, recurrences, compile time, memory.

Each runs in a process of its own, on one core, in turn with the others; what is counted is seconds
of the processor. The peers' environments are the folders numpy, jax and pytensor of BENCH_PEERS;
those that are missing are left out.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from loop_cases import COMPILED, MEMORY, TIMED
from measure import table

HERE = Path(__file__).parent
LANGUAGES = ("symc", "c", "numpy", "jax", "pytensor")
ONE_THREAD = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}
ROUNDS, SECONDS = 11, 0.05


class Peer:
    """A process that runs the loops of one language."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [python, str(HERE / "loop_worker.py"), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **ONE_THREAD},
        )
        self.cases = self._answer()["cases"]

    def ask(self, do: str, **what: Any) -> dict[str, Any]:
        """Return the answer to a question."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **what}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def environments() -> Iterator[tuple[str, str]]:
    """Yield the languages that there are, each with its Python."""
    home = Path(os.environ.get("BENCH_PEERS", Path.home() / ".cache" / "symc-bench"))
    for name in LANGUAGES:
        if name in ("symc", "c"):
            yield name, sys.executable
        elif (home / name / "bin" / "python").exists():
            yield name, str(home / name / "bin" / "python")


def timed(case: str, peers: list[Peer]) -> None:
    """Print how long a case takes, once all agree on its result."""
    mine = [peer for peer in peers if case in peer.cases]
    sums = {peer.name: peer.ask("prepare", case=case)["sum"] for peer in mine}
    wanted = sums["symc"]
    for name, found in sums.items():
        if abs(found - wanted) > 1e-3 * abs(wanted):
            raise RuntimeError(f"{case}: {name} gives {found}, not {wanted}")
    counts = {peer: _count(peer, case) for peer in mine}
    samples: dict[Peer, list[float]] = {peer: [] for peer in mine}
    for _ in range(ROUNDS):
        for peer, count in counts.items():
            samples[peer].append(peer.ask("time", case=case, count=count)["seconds"] / count)
    base = statistics.median(samples[mine[0]])
    rows = [["", "median us", "least", "greatest", "/ symc"]]
    for peer, found in samples.items():
        middle = statistics.median(found)
        figures = [f"{x * 1e6:.1f}" for x in (middle, min(found), max(found))]
        rows.append([peer.name, *figures, f"{middle / base:.2f}"])
    table(case, rows)


def _count(peer: Peer, case: str) -> int:
    """Return how many runs take long enough to be timed."""
    once = max(peer.ask("time", case=case, count=1)["seconds"], 1e-6)
    return max(1, int(SECONDS / once))


def compiling(peers: list[Peer]) -> None:
    """Print what it takes to compile a loop of few steps and one of many."""
    rows = [["", "10 steps, s", "10^6 steps, s", "ratio"]]
    for peer in peers:
        if COMPILED[0] in peer.cases:
            peer.ask("prepare", case=COMPILED[0])  # imports what compiling needs
            few, many = (
                statistics.median(peer.ask("prepare", case=case)["seconds"] for _ in range(5))
                for case in COMPILED
            )
            rows.append([peer.name, f"{few:.3f}", f"{many:.3f}", f"{many / few:.2f}"])
    table("compile time", rows)


def memory() -> None:
    """Print how much memory a loop takes of which only the last state is used."""
    rows = [["", "MiB"]]
    for name, python in environments():
        with Peer(name, python) as peer:
            if MEMORY in peer.cases:
                rows.append([name, f"{peer.ask('memory', case=MEMORY)['bytes'] / 2**20:.1f}"])
    table("memory of 10^5 steps of 1000 numbers, whose last state is used", rows)


def main() -> None:
    """Measure and print."""
    with ExitStack() as stack:
        peers = [stack.enter_context(Peer(*pair)) for pair in environments()]
        for case in TIMED:
            timed(case, peers)
        compiling(peers)
    memory()


if __name__ == "__main__":
    main()
