"""Factorings in artefacts: values without Python, states that they change, failures explained."""

import matrices
import numpy as np
import pytest

from symc.compiler.artifact import Shared, Source, prepare
from symc.compiler.artifact.c_source import C99
from symc.compiler.interpret import interpret
from symc.compiler.location import Location
from symc.compiler.module import Module
from symc.compiler.op import find
from symc.compiler.value import Context
from symc.passes.lower import lower
from tests.artifacts import Failed, Loaded, from_c, library_of, planner
from tests.compiler.artifact.test_c_source import STRICT
from tests.passes.modules import parameter

DOMAIN = -18


def systems(dtype="float64"):
    """f(x, b): what is made of a definite matrix, and w = solve(x, w)."""
    context = Context()
    x, b = (parameter(context, k, dtype, 2) for k in range(2))
    w = parameter(context, 2, dtype, 2, "state")
    with context.at(0):
        factor = find("cholesky")(x.value, on_error="raise")
    with context.at(1):
        solution = find("solve")(x.value, b.value)
    outputs = [factor, solution, find("det")(x.value), find("pinv")(b.value, rcond=1e-15)]
    outputs += [find("eigh_values")(x.value), find("expm")(x.value)]
    ends = find("svd_left")(b.value), find("svd_right")(b.value)
    bases = find("qr_left")(b.value, mode="reduced"), find("qr_right")(b.value, mode="reduced")
    outputs += [find("dot")(*ends), find("dot")(*bases)]
    new = find("solve")(x.value, w.value)
    sites = (
        Location((("models/gp.py", 12, "fit"),), "cholesky", ("K: matrix",)),
        Location((("models/gp.py", 15, "fit"),), "solve", ("K: matrix", "y: matrix")),
    )
    parameters, checks = (x, b, w), tuple(context.checks)
    module = Module("f", context, parameters, tuple(outputs), ((2, new),), checks, sites)
    names = tuple(f"y{k}" for k in range(len(outputs)))
    return Source("f", lower(module), (Shared("w", np.ones((4, 1), dtype)),), names)


def given(dtype="float64"):
    return [matrices.definite(4).astype(dtype), matrices.tall(4, 3).astype(dtype)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("way", ["llvm", "mlir", "c"])
def test_equals_the_interpreter(way, dtype, tmp_path):
    source, arrays = systems(dtype), given(dtype)
    outputs, states = interpret(source.module, arrays, [np.ones((4, 1), dtype)])
    if way == "c":
        loaded = from_c(prepare("f", [source], planner(C99), C99), tmp_path, *STRICT)
    else:
        loaded = Loaded(library_of(source, printer=way), tmp_path)
    tolerance = 1e-4 if dtype == "float32" else 1e-10
    for call in (loaded.call, loaded.flat):
        loaded.state = loaded.new_state()
        got = [*call("f", *arrays), *loaded.states()]
        for a, b in zip(got, [*outputs, *states], strict=True):
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def test_failures_are_explained(tmp_path):
    loaded = Loaded(library_of(systems()), tmp_path)
    before = loaded.state.tobytes()
    x, b = given()
    x[3, 3] = -1
    with pytest.raises(Failed) as caught:
        loaded.call("f", x, b)
    error = caught.value.error
    assert (error.code, error.where) == (DOMAIN, b"gp.py:12")
    assert error.what == b"the matrix is not positive definite, in cholesky(K: matrix)"
    assert loaded.state.tobytes() == before
