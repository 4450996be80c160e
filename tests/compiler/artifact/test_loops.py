"""Loops in artefacts: a library and C source run them as the interpreter does."""

import numpy as np
import pytest

from symc.compiler.artifact import Source, prepare
from symc.compiler.artifact.c_source import C99
from symc.compiler.artifact.source import Shared
from symc.compiler.errors import LoopNotCompiled
from symc.compiler.interpret import interpret
from symc.compiler.op import find
from symc.compiler.ops.loop import Body, Leaves, make_loop, results_of
from tests.artifacts import Loaded, from_c, library_of, planner
from tests.passes.modules import module_of, total

F64 = "float64"
INPUTS = [np.linspace(-1, 1, 15).reshape(5, 3), np.array([0.5, -0.25, 1.0])]
STATE = np.linspace(0, 1, 3)


def recurrence(x, h, s):
    """Return a loop whose steps take a row, and add to a state."""
    leaves = Leaves(x.context, 0)
    row, state, added = leaves.element(x), leaves.make(h.type), leaves.make(s.type)
    new = find("tanh")(row + state)
    body = Body(leaves.counter, (row,), (state, added), (), (new, added + new), (new,))
    finals, (rows,) = results_of(make_loop(body, [x], [h, s], [], x.type.shape[0]))
    return [rows, finals[0]], [finals[1]]


def growing(x, h, s):
    """Return a loop that sorts a longer part of a vector in each step."""
    leaves = Leaves(x.context, 0)
    same = leaves.make(h.type)
    value = x.context.size_value
    part = find("slice")(same, value(0), leaves.counter + 1, steps=(1,))
    kept = total(find("sort")(part), 0)
    body = Body(leaves.counter, (), (), (same,), (), (kept,))
    _, (rows,) = results_of(make_loop(body, [], [], [h], 3))
    return [rows], [s]


def source_of(build):
    module = module_of(build, [(F64, 2), (F64, 1)], [(F64, 1)])
    return Source("f", module, (Shared("s", STATE),))


def check(loaded, module):
    outputs, states = interpret(module, INPUTS, [STATE])
    for got in (loaded.call("f", *INPUTS), loaded.states()):
        for a, b in zip(got, outputs if len(got) == 2 else states, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)
    loaded.state = loaded.new_state()
    for a, b in zip(loaded.flat("f", *INPUTS), outputs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
def test_a_library_runs_loops(tmp_path, printer):
    source = source_of(recurrence)
    check(Loaded(library_of(source, printer=printer), tmp_path), source.module)


def test_c_source_runs_loops(tmp_path):
    source = source_of(recurrence)
    check(from_c(prepare("f", [source], planner(C99), C99), tmp_path), source.module)


def test_what_only_the_interpreter_runs_is_refused_by_name():
    with pytest.raises(LoopNotCompiled, match="size of an array differs from step to step"):
        library_of(source_of(growing))
