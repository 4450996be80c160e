"""The C99 source of an artefact compiles strictly and computes the same."""

import subprocess

import numpy as np
import pytest

from symc.compiler.artifact import Source, prepare
from symc.compiler.artifact.c_source import C99, quoted
from symc.compiler.bfloat import convert
from symc.compiler.interpret import interpret
from tests.artifacts import HEADERS, Failed, from_c, library_of, planner, source_of
from tests.compiler.artifact.test_failures import INDEX, lookup
from tests.compiler.artifact.test_header import EXPECTED, PROGRAM, averages
from tests.compiler.artifact.test_library import narrow_product
from tests.passes.cases import CASES
from tests.passes.modules import module_of, random_arrays

STRICT = ["-Wall", "-Wextra", "-pedantic-errors", "-Werror"]


def prepared(source, name="f"):
    return prepare(name, [source], planner(C99), C99)


@pytest.mark.parametrize("name", CASES)
def test_equals_the_interpreter(name, tmp_path):
    case = CASES[name]
    source, states = source_of(case)
    inputs = random_arrays(case.shapes)
    outputs, states = interpret(source.module, inputs, states)
    loaded = from_c(prepared(source), tmp_path, *STRICT)
    for call in (loaded.call, loaded.flat):
        loaded.state = loaded.new_state()
        got = [*call("f", *inputs), *loaded.states()]
        for a, b in zip(got, [*outputs, *states], strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


def test_products_of_bfloat16(tmp_path):
    source = Source("f", module_of(narrow_product, [("bfloat16", 2)] * 2))
    rng = np.random.default_rng(2)
    x, y = (convert(rng.standard_normal(shape), "bfloat16") for shape in ((5, 9), (9, 7)))
    got, narrow = from_c(prepared(source), tmp_path, *STRICT).call("f", x, y)
    wanted = x.astype("float64") @ y.astype("float64")
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-5)
    assert narrow.tobytes() == convert(got, "bfloat16").tobytes()


def test_a_program_runs_on_header_and_source(tmp_path):
    from_c(prepared(averages(), "step"), tmp_path)
    (tmp_path / "main.c").write_text(PROGRAM)
    command = ["cc", "-std=c99", "main.c", "step.c", "-I.", "-lm", "-o", "main"]
    (tmp_path / "symc.h").write_bytes((HEADERS / "symc" / "symc.h").read_bytes())
    subprocess.run(command, cwd=tmp_path, check=True)
    run = subprocess.run(["./main"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.stdout == EXPECTED
    assert run.returncode == 0


def test_failures_are_explained_alike(tmp_path):
    loaded = from_c(prepared(lookup()), tmp_path)
    with pytest.raises(Failed) as caught:
        loaded.call("f", np.array([1, 5]), np.array([1.0, 2.0]))
    error = caught.value.error
    assert (error.code, error.where) == (INDEX, b"net.py:41")
    assert error.what == b"an index is out of bounds, in gather(w: vector, i: lvector)"


def test_only_the_interface_is_visible(tmp_path):
    loaded = from_c(prepared(source_of(CASES["sgd"])[0]), tmp_path)
    lines = subprocess.run(
        ["nm", "-D", "--defined-only", loaded.path], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    own = library_of(source_of(CASES["sgd"])[0]).interface.exports()
    assert sorted(line.split()[-1] for line in lines) == sorted(own)


def test_strings_are_quoted():
    assert quoted("f(x: float32[x_0]) -> (y)") == '"f(x: float32[x_0]) -> (y)"'
    assert quoted('"\\??/ü') == '"\\042\\134\\077\\077/\\303\\274"'
