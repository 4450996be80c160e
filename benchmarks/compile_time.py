"""What compiling costs: a training step in stages, and the same from the cache in a new process."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

from measure import table

PROGRAM = """
import os, sys, time
import numpy as np
import symc
import symc.tensor as T

def step(mode):
    x, y = T.fmatrix("x"), T.ivector("y")
    random = np.random.default_rng(0)
    sizes = (64, 100, 50, 10)
    layers = []
    for m, n in zip(sizes, sizes[1:]):
        w = random.normal(size=(m, n)).astype("f4")
        layers.append((symc.shared(w), symc.shared(np.zeros(n, "f4"))))
    h = x
    for w, b in layers[:-1]:
        h = T.tanh(T.dot(h, w) + b)
    p = T.nnet.softmax(T.dot(h, layers[-1][0]) + layers[-1][1])
    cost = -T.mean(T.log(p)[T.arange(y.shape[0]), y])
    shared = [s for layer in layers for s in layer]
    grads = symc.grad(cost, shared)
    rate = np.float32(0.1)
    updates = [(s, s - rate * g) for s, g in zip(shared, grads)]
    return symc.function([x, y], cost, updates=updates, mode=mode)

mode = symc.Mode(optimizer="fast_run", printer=sys.argv[1])
start = time.perf_counter()
f = step(mode)
print("whole", time.perf_counter() - start)
artifact = f.call.artifact
for stage, seconds in artifact.timings.items():
    print(stage, seconds)
f(np.zeros((60, 64), "f4"), np.zeros(60, "i4"))
if len(sys.argv) > 2:  # again, with the code generators loaded and every cache off
    start = time.perf_counter()
    f = step(mode)
    print("warm", time.perf_counter() - start)
    for stage, seconds in f.call.artifact.timings.items():
        print("warm " + stage, seconds)
"""


def run(*arguments: str, cache: str) -> dict[str, float]:
    """Return the seconds that a new process prints, with its whole time as 'process'."""
    environment = {**os.environ, "SYMC_CACHE_DIR": cache}
    command = [sys.executable, "-c", PROGRAM, *arguments]
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found = {"process": time.perf_counter() - start}
    for line in done.stdout.splitlines():
        name, _, seconds = line.rpartition(" ")
        found[name] = float(seconds)
    return found


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure."""
    return {name: statistics.median(r[name] for r in runs) for name in runs[0]}


def main() -> None:
    """Measure and print."""
    rows = [["ms", "MLIR", "LLVM"]]
    columns = [medians([run(p, "again", cache="") for _ in range(3)]) for p in ("mlir", "llvm")]
    for name in columns[0]:
        rows.append([name, *(f"{1e3 * c.get(name, 0.0):.1f}" for c in columns)])
    table("compiling a three-layer training step; 'warm' has the code generators loaded", rows)
    with tempfile.TemporaryDirectory() as folder:
        run("mlir", cache=folder)
        found = medians([run("mlir", cache=folder) for _ in range(5)])
    rows = [["ms", "from the cache"], *([n, f"{1e3 * s:.1f}"] for n, s in found.items())]
    table("the same in a new process, unchanged", rows)


if __name__ == "__main__":
    main()
