"""Compiles one graph of `shapes.py` and prints the seconds by stage: what `scaling.py` runs.

python benchmarks/stages.py SHAPE NODES PRINTER [code]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import shapes

import symc
from symc import native
from symc.build import build
from symc.compiler.codegen.contraction import work_bytes
from symc.compiler.collector import resting
from symc.compiler.link import Linker
from symc.compiler.module import Module, walk
from symc.compiler.program.record import Program
from symc.compiler.program.text import to_text as program_text
from symc.compiler.target.isa import host_target
from symc.compiler.text import to_text
from symc.passes import pipeline
from symc.passes.plan import plan

Result = TypeVar("Result")


class Stages:
    """Prints what each stage took, in seconds of the processor."""

    def __init__(self) -> None:
        self.derivative = 0.0

    def run(self, name: str, job: Callable[[], Result]) -> Result:
        """Run a stage and print its seconds."""
        found, seconds = _timed(job)
        show(name, seconds)
        return found

    def graph(self, shape: str, nodes: int) -> shapes.Graph:
        """Return a graph; its derivative is a stage of its own."""
        found, seconds = _timed(lambda: shapes.graph(shape, nodes, self._derive))
        show("graph", seconds - self.derivative)
        show("grad", self.derivative)
        return found

    def _derive(self, cost: Any, wrt: Sequence[Any]) -> list[Any]:
        found, seconds = _timed(lambda: symc.grad(cost, wrt))
        self.derivative += seconds
        return list(found)

    @resting()
    def program(self, module: Module, options: symc.Mode) -> Program:
        """Return what the passes make of a module."""
        target = host_target()
        order = native.site_order(module)
        self.run("key", lambda: native.function_key(module, options, target, order, ()))
        for step in pipeline.choose(options):
            one = partial(pipeline.run_passes, module, (step,))
            module = self.run(pipeline.name_of(step), one)
        made = self.run("plan", lambda: plan(module, partial(work_bytes, target=target)))
        self.run("text", lambda: to_text(module) + program_text(made))
        return made


def _timed(job: Callable[[], Result]) -> tuple[Result, float]:
    start = time.process_time()
    found = job()
    return found, time.process_time() - start


def show(name: str, figure: float) -> None:
    """Print one figure."""
    sys.stdout.write(f"{name} {figure}\n")


def main(shape: str, nodes: int, printer: str, code: Sequence[str]) -> None:
    """Compile a shape, to code where that is asked for."""
    sys.setrecursionlimit(300)
    stages = Stages()
    graph = stages.graph(shape, nodes)
    made = stages.run("build", lambda: build(graph.inputs, graph.outputs, graph.updates))
    show("values", sum(1 for _ in walk(made.module.roots())))
    options = symc.Mode(optimizer="fast_run", printer=printer)
    program = stages.program(made.module, options)
    steps = [type(step).__name__ for step in (*program.body, *program.commit)]
    show("launches", sum(name in ("Launch", "Multiply") for name in steps))
    if code:
        stages.run("code", lambda: Linker(host_target(), printer, None).link(program))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:])
