"""Artefacts compute what the interpreter says, through tensors and through plain pointers."""

import numpy as np
import pytest

from symc.compiler.interpret import interpret
from tests.artifacts import Loaded, library_of, source_of
from tests.passes.cases import CASES
from tests.passes.modules import random_arrays


def expected_of(name):
    case = CASES[name]
    source, states = source_of(case)
    inputs = random_arrays(case.shapes)
    return source, inputs, interpret(source.module, inputs, states)


def close(got, expected):
    for a, b in zip(got, expected, strict=True):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_equals_the_interpreter(name, tmp_path):
    source, inputs, (outputs, states) = expected_of(name)
    loaded = Loaded(library_of(source), tmp_path)
    close(loaded.call("f", *inputs), outputs)
    close(loaded.states(), states)
    loaded.state = loaded.new_state()
    close(loaded.flat("f", *inputs), outputs)
    close(loaded.states(), states)


@pytest.mark.parametrize("name", ["sgd", "softmax"])
def test_both_printers_give_one_result(name, tmp_path):
    source, inputs, _ = expected_of(name)
    results = []
    for printer in ("llvm", "mlir"):
        (tmp_path / printer).mkdir()
        loaded = Loaded(library_of(source, printer=printer), tmp_path / printer)
        results.append([*loaded.call("f", *inputs), *loaded.states()])
    for a, b in zip(*results, strict=True):
        assert a.tobytes() == b.tobytes()
