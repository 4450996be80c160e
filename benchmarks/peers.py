"""Everyday programs beside NumPy, JAX, PyTorch and PyTensor, and beside what the machine can do.

Each peer runs in an environment and a process of its own, in turn with the others. The environments
are folders of BENCH_PEERS by the peers' names; those that are missing are left out.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from measure import table
from peer import HERE, Peer, environments
from peer_cases import CASES, Case

PEERS = ("numpy", "jax", "torch", "pytensor")
SECONDS = 0.08
TOLERANCE = 2e-3
SETTLE = 0.2
"""Seconds in which the threads of the peer before stop looking for work, and leave the cores."""
CALL = 8e-8
"""Seconds of an extension function that returns a new array (`call_overhead.py`)."""


def limits() -> dict[str, Any]:
    """Return what the machine can do on one thread."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "limits"
        flags = ["-O3", "-march=native", "-ffast-math"]
        flags += ["-mprefer-vector-width=512"] if platform.machine() == "x86_64" else []
        subprocess.run(
            ["cc", *flags, str(HERE / "limits.c"), "-o", str(program), "-lm"], check=True
        )
        found: dict[str, Any] = json.loads(subprocess.check_output([str(program)]))
        return found


def roofline(case: Case, can: Mapping[str, Any]) -> float:
    """Return the seconds that one thread needs at least: of arithmetic, or of memory.

    Memory is as fast as a copy of as many bytes; float64 has half of float32's rates.
    """
    half = 2 if case.dtype == "float64" else 1
    arithmetic = case.flops / can["multiply_adds"]
    arithmetic += sum(count / can[function] for function, count in case.functions)
    sizes = sorted(map(int, can["copy"]))
    level = next((size for size in sizes if 2 * size >= case.moved), sizes[-1])
    return CALL + max(half * arithmetic, case.moved / can["copy"][str(level)])


def seconds_of(name: str, peers: list[Peer], rounds: int, pause: float) -> dict[str, float]:
    """Return the median over the rounds of what a run takes, for those that agree with symc."""
    found = {peer: peer.ask("prepare", case=name) for peer in peers}
    wanted = found[peers[0]]["found"]
    ready = [peer for peer, answer in found.items() if _agrees(answer, wanted)]
    counts = {peer: _count(peer) for peer in ready}
    samples: dict[str, list[float]] = {peer.name: [] for peer in ready}
    for _ in range(rounds):
        for peer in ready:
            time.sleep(pause)
            samples[peer.name].append(peer.ask("time", count=counts[peer])["seconds"])
    return {peer: statistics.median(taken) for peer, taken in samples.items()}


def _agrees(answer: Mapping[str, Any], wanted: Any) -> bool:
    """Tell whether a peer gives as many results, of the same sizes and about the same numbers."""
    found = answer.get("found", [])
    if [size for size, *_ in found] != [size for size, *_ in wanted]:
        return False
    numbers = (
        (x, y) for pair in zip(found, wanted, strict=True) for x, y in zip(*pair, strict=True)
    )
    return all(abs(x - y) <= TOLERANCE * max(abs(x), abs(y), 1e-2) for x, y in numbers)


def _count(peer: Peer) -> int:
    """Return how many runs take long enough to be timed."""
    peer.ask("time", count=2)
    return max(1, int(SECONDS / max(peer.ask("time", count=2)["seconds"], 1e-7)))


def report(results: Mapping[str, Mapping[str, float]], can: Mapping[str, Any] | None) -> None:
    """Print the table: symc's time, its ratios to the roofline, to each peer and to the best."""
    names = list(dict.fromkeys(name for taken in results.values() for name in taken))[1:]
    rows = [["", "symc us", "x roofline", *(f"{name} / symc" for name in names), "best / symc"]]
    best = []
    for case, taken in results.items():
        mine = taken["symc"]
        ratios = [taken[name] / mine for name in names if name in taken]
        best.append(min(ratios, default=1.0))
        above = f"{mine / roofline(CASES[case], can):.1f}" if can else "-"
        cells = [f"{taken[name] / mine:.2f}" if name in taken else "-" for name in names]
        rows.append([case, f"{mine * 1e6:.4g}", above, *cells, f"{best[-1]:.2f}"])
    mean = f"{statistics.geometric_mean(best):.2f}"
    rows.append(["geometric mean", "", "", *("" for _ in names), mean])
    table("times of peers over symc's, above 1 where symc is ahead", rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--cases", default="", help="parts of the names of cases, with commas")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    parts = options.cases.split(",")
    chosen = [name for name in CASES if any(part in name for part in parts)]
    can = limits() if options.threads == 1 else None
    pause = SETTLE if options.threads > 1 else 0.0
    with ExitStack() as stack:
        pairs = list(environments(["symc", *options.peers.split(",")]))
        peers = [
            stack.enter_context(Peer(*pair, "peer_worker.py", options.threads)) for pair in pairs
        ]
        results = {name: seconds_of(name, peers, options.rounds, pause) for name in chosen}
        versions = [peer.known["version"] for peer in peers]
    report(results, can)
    sys.stdout.write("\n" + ", ".join(versions) + f"; threads: {options.threads}\n")
    if options.json:
        known = {"seconds": results, "versions": versions, "limits": can}
        options.json.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    main()
