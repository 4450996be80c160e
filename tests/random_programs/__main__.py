"""Runs random programs, FIRST COUNT [FOLDER]: what differs is shrunk and kept in the folder."""

from __future__ import annotations

import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import grow
from .compare import MODES, TURNS, Comparison, Tally
from .make import TOGETHER, batch
from .program import Program, code
from .shrink import shrunk


def problems(
    program: Program, tally: Tally | None = None, modes: Sequence[Any] = tuple(MODES)
) -> list[str]:
    """Return what is wrong with a program, as text."""
    try:
        return [str(d) for d in Comparison(program, tally, modes).differences()]
    except Exception as error:
        return [f"raises {type(error).__name__}: {error}\n{traceback.format_exc(limit=-4)}"]


def kind(text: str) -> str:
    """Return the part of a problem that stays when a program is shrunk."""
    return re.sub(r", call.*|\d+|\n.*", "", text)[:70]


def report(program: Program, found: list[str], folder: Path, modes: Sequence[Any]) -> str:
    """Shrink a failing program, write it to a file, and return a line about it."""
    wanted = kind(found[0])
    (folder / f"raw_{program.label}.py").write_text(code(program))
    small = shrunk(program, lambda p: any(kind(t) == wanted for t in problems(p, None, modes)))
    text = "\n".join(f"# {line}" for t in problems(small) for line in t.splitlines())
    path = folder / f"fail_{program.label}.py"
    path.write_text(f"# seeds {program.label}\n{text}\n{code(small)}\n")
    return f"{path.name}: {found[0].splitlines()[0]}  ({len(small.lines)} lines)"


def main(first: int, count: int, folder: Path) -> None:
    """Run `count` programs in batches, and print how it goes."""
    tally, kinds, start = Tally(), Counter[str](), time.time()
    for seed in range(first, first + count, TOGETHER):
        try:
            program = batch(range(seed, seed + TOGETHER))
        except grow.Broken as error:
            print(f"seed {seed}: cannot be grown: {str(error)[:600]}", flush=True)
            continue
        tally.counts["programs"] += TOGETHER
        modes = TURNS[seed // TOGETHER % len(TURNS)]
        found = problems(program, tally, modes)
        if found:
            kinds[kind(found[0])] += 1
            print(report(program, found, folder, modes), flush=True)
        if (seed - first) // TOGETHER % 25 == 24:
            print(
                f"{time.time() - start:.0f} s, seeds {first}..{seed + TOGETHER - 1}: "
                f"{dict(tally.counts)} {dict(kinds)}",
                flush=True,
            )
    print(f"{time.time() - start:.0f} s {dict(tally.counts)} {dict(kinds)}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3] if len(sys.argv) > 3 else "."))
