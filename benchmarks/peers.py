"""Everyday programs beside other languages, and beside what the machine can do.

Each peer runs in an environment and a process of its own, in turn with the others. The environments
are folders of BENCH_PEERS by the peers' names; those that are missing are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from measure import table
from peer import Peer, environments
from peer_cases import CASES
from peer_ratios import Measured, best_of, ratio
from roofline import limits, roofline

PEERS = ("numpy", "jax", "torch", "torch_compile", "pytensor", "numba", "iree")
SECONDS = 0.06


def seconds_of(name: str, peers: Sequence[Peer], rounds: int) -> Measured:
    """Return what a run takes, a number a round, for those that agree with symc.

    While one runs the others are stopped. Nothing where symc fails.
    """
    for peer in peers:
        peer.send("prepare", case=name)  # all at once: compiling takes most of the time
    found = {peer: peer.receive() for peer in peers}
    wanted = found[peers[0]].get("found")
    if wanted is None:
        sys.stderr.write(f"{name}: symc fails: {found[peers[0]]}\n")
        return {}
    tolerance = CASES[name].tolerance
    ready = [peer for peer, answer in found.items() if _agrees(answer, wanted, tolerance)]
    samples: Measured = {peer.name: [] for peer in ready}
    with ExitStack() as stack:
        for peer in peers:
            stack.enter_context(peer.stopped())
        counts = {peer: _count(peer) for peer in ready}
        for _ in range(rounds):
            for peer in ready:
                samples[peer.name].append(_seconds(peer, counts[peer]))
    return samples


def _seconds(peer: Peer, count: int) -> float:
    """Return the seconds of a run, which follows another."""
    with peer.running():
        peer.ask("time", count=1)
        seconds: float = peer.ask("time", count=count)["seconds"]
    return seconds


def _agrees(answer: Mapping[str, Any], wanted: Any, tolerance: float) -> bool:
    """Tell whether a peer gives as many results, of the same sizes and about the same numbers."""
    found = answer.get("found", [])
    if [size for size, *_ in found] != [size for size, *_ in wanted]:
        return False
    numbers = (
        (x, y) for pair in zip(found, wanted, strict=True) for x, y in zip(*pair, strict=True)
    )
    return all(abs(x - y) <= tolerance * max(abs(x), abs(y), 1e-2) for x, y in numbers)


def _count(peer: Peer) -> int:
    """Return how many runs take long enough to be timed."""
    return max(1, int(SECONDS / max(_seconds(peer, 1), 1e-7)))


def report(results: Mapping[str, Measured], can: Mapping[str, Any]) -> None:
    """Print the table: symc's time, its ratios to the roofline, to each peer and to the best."""
    names = list(dict.fromkeys(name for taken in results.values() for name in taken))[1:]
    rows = [["", "symc us", "x roofline", *(f"{name} / symc" for name in names), "best / symc"]]
    best = []
    for case, taken in results.items():
        mine = statistics.median(taken["symc"])
        cells = [f"{ratio(taken, name):.2f}" if name in taken else "-" for name in names]
        least = best_of(taken)
        best += [least.ratio] if least else []
        above = f"{mine / roofline(CASES[case], can):.1f}"
        rows.append([case, f"{mine * 1e6:.4g}", above, *cells, str(least or "-")])
    if best:
        mean = f"{statistics.geometric_mean(best):.2f}"
        rows.append(["geometric mean", "", "", *("" for _ in names), mean])
    table("times of peers over symc's, above 1 where symc is ahead", rows)


def _processor() -> str:
    """Return what the machine computes with."""
    cores = len(os.sched_getaffinity(0))
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return f"{cores} cores of {line.partition(':')[2].strip()}"
    return f"{cores} cores of {platform.processor() or platform.machine()}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--cases", default="", help="parts of the names of cases, with semicolons")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    options = _arguments()
    parts, threads = options.cases.split(";"), options.threads
    chosen = [name for name in CASES if any(part in name for part in parts)]
    can = limits(threads)
    results: dict[str, Measured] = {}
    with ExitStack() as stack:
        pairs = list(environments(["symc", *options.peers.split(",")]))
        peers = [stack.enter_context(Peer(*pair, "peer_worker.py", threads)) for pair in pairs]
        versions = {peer.name: peer.known.get("version", "?") for peer in peers}
        known = {"seconds": results, "versions": versions, "limits": can, "threads": threads}
        known |= {"date": f"{datetime.now(UTC):%Y-%m-%d}", "processor": _processor()}
        for name in chosen:
            taken = seconds_of(name, peers, options.rounds)
            if not taken:
                continue
            results[name] = taken
            sys.stderr.write(f"{name}: {best_of(taken)}\n")
            if options.json:
                _save(options.json, known)
    report(results, can)
    sys.stdout.write("\n" + ", ".join(versions.values()) + f"; threads: {threads}\n")


def _save(path: Path, known: Mapping[str, Any]) -> None:
    """Write what has been measured so far: whatever ends the run, it is not lost."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(known, indent=1) + "\n")


if __name__ == "__main__":
    main()
