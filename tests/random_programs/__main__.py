"""Runs many random programs; what differs is shrunk and kept in a folder as scripts."""

from __future__ import annotations

import argparse
import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import grow, limits
from .compare import MODES, TURNS, Comparison, Difference, Tally
from .make import TOGETHER, batch
from .program import Program, code
from .shrink import alone, shrunk

MOST_SHRUNK = 3  # of a kind, in one run


def problems(
    program: Program, tally: Tally | None = None, modes: Sequence[Any] = tuple(MODES)
) -> list[Difference]:
    """Return what is wrong with a program."""
    try:
        return Comparison(program, tally, modes).differences()
    except Exception as error:
        text = f"{error}\n{traceback.format_exc(limit=-4)}"
        return [Difference(f"raises {type(error).__name__}", 0, "", text)]


def kind(problem: Difference) -> str:
    """Return the part of a problem that stays when a program is shrunk."""
    if problem.name:
        return problem.ways
    return re.sub(r"\d+|\n.*", "", f"{problem.ways}: {problem.text}")[:70]


def report(program: Program, found: list[Difference], folder: Path, modes: Sequence[Any]) -> str:
    """Shrink a failing program, write it to a file, and return a line about it."""
    wanted = kind(found[0])

    def fails(smaller: Program) -> bool:
        return any(kind(p) == wanted for p in problems(smaller, None, modes))

    small = shrunk(alone(program, found[0].name, fails), fails)
    text = "\n".join(f"# {line}" for p in problems(small) for line in str(p).splitlines())
    path = folder / f"fail_{program.label}.py"
    path.write_text(f"# seeds {program.label}\n{text}\n{code(small)}\n")
    return f"{path.name}: {str(found[0]).splitlines()[0]}  ({len(small.lines)} lines)"


def main(first: int, count: int, folder: Path) -> int:
    """Run `count` programs in batches, print how it goes, and return how many batches fail."""
    tally, kinds, start = Tally(), Counter[str](), time.time()
    for seed in range(first, first + count, TOGETHER):
        try:
            program = batch(range(seed, seed + TOGETHER))
        except grow.Broken as error:
            print(f"seed {seed}: cannot be grown: {str(error)[:600]}", flush=True)
            kinds["cannot be grown"] += 1
            continue
        tally.counts["programs"] += TOGETHER
        modes = TURNS[seed // TOGETHER % len(TURNS)]
        found = problems(program, tally, modes)
        if found:
            kinds[kind(found[0])] += 1
            if kinds[kind(found[0])] <= MOST_SHRUNK:
                print(report(program, found, folder, modes), flush=True)
            else:
                print(f"seed {seed}: {str(found[0]).splitlines()[0]}", flush=True)
        if (seed - first) // TOGETHER % 25 == 24:
            said = f"{time.time() - start:.0f} s, seeds {first}..{seed + TOGETHER - 1}"
            print(f"{said}: {dict(tally.counts)} {dict(kinds)}", flush=True)
    print(f"{time.time() - start:.0f} s {dict(tally.counts)} {dict(kinds)}")
    for reason, count in tally.interpreted.most_common():
        print(f"{count} interpreted: {reason}")
    for reason, line in grow.refused.items():
        print(f"refused: {reason}: {line}")
    return kinds.total()


def parsed() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser("random_programs", description=__doc__)
    parser.add_argument("first", type=int, help="the seed of the first program")
    parser.add_argument("count", type=int, help="how many programs")
    parser.add_argument("folder", type=Path, nargs="?", default=Path(), help="where scripts go")
    parser.add_argument("--lower", action="store_true", help=limits.__doc__)
    return parser.parse_args()


if __name__ == "__main__":
    asked = parsed()
    if asked.lower:
        limits.lower()
    sys.exit(main(asked.first, asked.count, asked.folder) > 0)
