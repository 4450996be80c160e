"""Loops beside C, NumPy, JAX and PyTensor: networks, recurrences, compile time, memory.

Each runs in a process of its own, on one core, in turn with the others; what is counted is seconds
of the processor. The peers' environments are the folders numpy, jax and pytensor of BENCH_PEERS;
those that are missing are left out.
"""

from __future__ import annotations

import statistics
from contextlib import ExitStack

from loop_cases import COMPILED, MEMORY, TIMED
from measure import table
from peer import Peer, environments

LANGUAGES = ("symc", "c", "numpy", "jax", "pytensor")
WORKER = "loop_worker.py"
ROUNDS, SECONDS = 11, 0.05


def timed(case: str, peers: list[Peer]) -> None:
    """Print how long a case takes, once all agree on its result."""
    mine = [peer for peer in peers if case in peer.known["cases"]]
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
        if COMPILED[0] in peer.known["cases"]:
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
    for name, python in environments(LANGUAGES):
        with Peer(name, python, WORKER) as peer:
            if MEMORY in peer.known["cases"]:
                rows.append([name, f"{peer.ask('memory', case=MEMORY)['bytes'] / 2**20:.1f}"])
    table("memory of 10^5 steps of 1000 numbers, whose last state is used", rows)


def main() -> None:
    """Measure and print."""
    with ExitStack() as stack:
        peers = [stack.enter_context(Peer(*pair, WORKER)) for pair in environments(LANGUAGES)]
        for case in TIMED:
            timed(case, peers)
        compiling(peers)
    memory()


if __name__ == "__main__":
    main()
