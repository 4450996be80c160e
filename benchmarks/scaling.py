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

PROGRAM = """
import os, random, sys, time
import numpy as np
import symc
import symc.tensor as T

shape, nodes, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]

def chain(x, count):
    for k in range(count // 2):
        x = T.tanh(x) + float(k + 2)
    return [x]

def wide(x, count):
    y = x * 0.5
    terms = [T.exp(x * float(k + 2)) - y for k in range(count // 4)]
    return [*terms[: len(terms) // 2], T.add(*terms[len(terms) // 2 :])]

def diamond(x, count):
    for _ in range(count // 3):
        x = T.sin(x) * T.cos(x)
    return [x]

def reuse(x, count):
    chosen, made = random.Random(7), [x, x + 1]
    for k in range(count // 2):
        a, b = made[-1], made[chosen.randrange(len(made))]
        made.append(T.tanh(a + b) if k % 2 else a * b)
    return [made[-1]]

def polynomial(x, count):
    a, b = x, x * 0.5
    for k in range(count // 2):
        a, b = b, b * x - a
    return [b]

SHAPES = {f.__name__: f for f in (chain, wide, diamond, reuse)}

def layers(count):
    x, rows = T.fmatrix("x"), []
    for k in range(max(count // 40, 1)):
        rows.append((symc.shared(np.eye(8, dtype="f4")), symc.shared(np.zeros(8, "f4"))))
    h = x
    for w, b in rows:
        h = T.tanh(T.dot(h, w) + b)
    shared = [s for row in rows for s in row]
    grads = derived(T.mean(h), shared)
    return [x], [], [(s, s - np.float32(0.1) * g) for s, g in zip(shared, grads)]

def graph():
    if shape == "layers":
        return layers(nodes)
    if shape == "polynomial":
        x = T.dscalar("x")
        return [x], polynomial(x, nodes), []
    name, x = shape.rstrip("'"), T.dvector("x")
    if name != shape:
        return [x], derived(sum_of(SHAPES[name](x, nodes // 3)), [x]), []
    return [x], SHAPES[name](x, nodes), []

def derived(cost, wrt):
    start = clock()
    found = symc.grad(cost, wrt)
    seconds["grad"] = clock() - start
    return found

def sum_of(found):
    return T.sum(found[0] if len(found) == 1 else T.add(*found))

from symc.build import build
from symc.compiler.module import walk
from symc.compiler.program.text import to_text as program_text
from symc.compiler.target.isa import host_target
from symc.compiler.text import to_text
from symc.passes import pipeline
from symc.passes.plan import plan
from symc.compiler.codegen.contraction import work_bytes
from symc import native
from functools import partial

sys.setrecursionlimit(300)
clock = time.process_time
def note(stage, start):
    print(stage, clock() - start, flush=True)

start, seconds = clock(), {"grad": 0.0}
inputs, outputs, updates = graph()
print("graph", clock() - start - seconds["grad"])
print("grad", seconds["grad"])
start = clock(); module = build(inputs, outputs, updates).module; note("build", start)
print("values", sum(1 for _ in walk(module.roots())))
options = symc.Mode(optimizer="fast_run", printer=mode)
target = host_target()
order = native.site_order(module)
start = clock(); native._key(module, options, target, order, ()); note("key", start)
fused = module
for step in pipeline.choose(options):
    start = clock(); fused = pipeline.run_passes(fused, (step,))
    note(pipeline.name_of(step), start)
start = clock(); program = plan(fused, partial(work_bytes, target=target)); note("plan", start)
start = clock(); to_text(fused); program_text(program); note("text", start)
steps = [type(s).__name__ for s in (*program.body, *program.commit)]
print("launches", sum(name in ("Launch", "Multiply") for name in steps))
if len(sys.argv) > 4:
    from symc.compiler.link import Linker
    start = clock()
    linked = Linker(target, mode, None).link(program)
    note("code", start)
"""

SHAPES = (
    *("chain", "wide", "diamond", "reuse", "chain'", "wide'", "diamond'", "reuse'"),
    *("layers", "polynomial"),
)
"""A mark ' stands for the gradient of a shape, of as many nodes together with it."""

COUNTS = ("values", "launches")
Figures = dict[str, float]


def run(shape: str, nodes: int, *arguments: str) -> Figures:
    """Return the seconds by stage that a new process takes to compile a shape, and counts."""
    command = [sys.executable, "-c", PROGRAM, shape, str(nodes), *arguments]
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
