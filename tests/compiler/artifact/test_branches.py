"""Branches in artefacts: a library and C source run the side that is taken."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.build import build_module
from symc.compiler.artifact import Source, prepare
from symc.compiler.artifact.c_source import C99
from symc.compiler.interpret import interpret
from symc.ifelse import ifelse
from tests.artifacts import Failed, Loaded, from_c, library_of, planner

ROWS = np.arange(1.0, 4.0)
MISTAKE = 7
"""A place that ROWS does not have."""


def source():
    """Return a function of a side with a loop, and one that fails for few rows."""
    k, x = T.lscalar("k"), T.dvector("x")
    sums, _ = symc.scan(lambda a, s: ifelse(a > 1.5, s + a, s * 2), x, [np.float64(1)])
    number, rows = ifelse(k, [x.sum(), sums], [x[MISTAKE], x])
    return Source("f", build_module([k, x], [number, T.exp(rows)]), ())


def check(loaded, module):
    long = np.linspace(0, 2, MISTAKE + 1)
    for choice, rows in ((1, ROWS), (1, long), (0, long)):
        given = [np.array(choice), rows]
        wanted, _ = interpret(module, given, [])
        for a, b in zip(loaded.call("f", *given), wanted, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)
    with pytest.raises(Failed):
        loaded.call("f", np.array(0), ROWS)


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
def test_a_library_runs_branches(tmp_path, printer):
    made = source()
    check(Loaded(library_of(made, printer=printer), tmp_path), made.module)


def test_c_source_runs_branches(tmp_path):
    made = source()
    check(from_c(prepare("f", [made], planner(C99), C99), tmp_path), made.module)
