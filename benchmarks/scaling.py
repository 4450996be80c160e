"""How compile time grows with the graph: seconds by stage for shapes of many sizes, and slopes."""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from pathlib import Path

from measure import table
from shapes import SHAPES

PROGRAM = Path(__file__).with_name("stages.py")
COUNTS = ("values", "launches")
Figures = dict[str, float]


def run(shape: str, nodes: int, *arguments: str) -> Figures:
    """Return the seconds by stage that a new process takes to compile a shape, and counts."""
    command = [sys.executable, str(PROGRAM), shape, str(nodes), *arguments]
    environment = {**os.environ, "SYMC_CACHE_DIR": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{shape} of {nodes} nodes: {done.stderr[-2000:]}")
    pairs = (line.rpartition(" ") for line in done.stdout.splitlines())
    return {name: float(figure) for name, _, figure in pairs}


def before_code(figures: Figures) -> float:
    """Return the seconds from the finished graph to the program that code is generated from."""
    left_out = {*COUNTS, "graph", "code"}
    return sum(seconds for stage, seconds in figures.items() if stage not in left_out)


def slope(points: list[tuple[float, float]]) -> float:
    """Return the exponent of growth: the slope of the least squares line through the logarithms."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x = sum(x for x, _ in logs) / len(logs)
    mean_y = sum(y for _, y in logs) / len(logs)
    across = sum((x - mean_x) * (y - mean_y) for x, y in logs)
    return across / sum((x - mean_x) ** 2 for x, _ in logs)


def summary(shape: str, found: dict[int, Figures]) -> list[list[str]]:
    """Return a shape's rows: its figures at every size, and the slopes of each column."""
    stages = list(dict.fromkeys(name for figures in found.values() for name in figures))
    rows = [["nodes", "before code", *stages]]
    for nodes, figures in found.items():
        cells = [f"{before_code(figures):.3f}"]
        for stage in stages:
            figure = figures.get(stage, math.nan)
            cells.append(f"{figure:.0f}" if stage in COUNTS else f"{figure:.3f}")
        rows.append([str(nodes), *cells])
    if len(found) > 1:
        whole = slope([(n, before_code(figures)) for n, figures in found.items()])
        rows.append(["slope", f"{whole:.2f}", *(_slope_of(stage, found) for stage in stages)])
    return rows


def _slope_of(stage: str, found: dict[int, Figures]) -> str:
    points = [(n, figures[stage]) for n, figures in found.items() if figures.get(stage, 0) > 0]
    return f"{slope([(float(n), y) for n, y in points]):.2f}" if len(points) > 1 else ""


def main(arguments: list[str] | None = None) -> None:
    """Measure and print; write the figures as JSON where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*", default=SHAPES, help="default: all")
    parser.add_argument("--largest", type=int, default=100_000, help="nodes; from 100 in tens")
    parser.add_argument("--code", action="store_true", help="generate code too")
    parser.add_argument("--printer", default="mlir")
    parser.add_argument("--json", type=Path, help="a file to write")
    asked = parser.parse_args(arguments or [])
    sizes = [10**k for k in range(2, 9) if 10**k <= asked.largest]
    figures: dict[str, dict[int, Figures]] = {}
    for shape in asked.shapes:
        extra = ["code"] if asked.code else []
        figures[shape] = {n: run(shape, n, asked.printer, *extra) for n in sizes}
        table(f"{shape}: seconds by stage", summary(shape, figures[shape]))
        sys.stdout.flush()
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
