"""Fused modules compute what the modules they come from do, in the kernels one would draw."""

import numpy as np
import pytest

from symc.compiler.interpret import interpret
from symc.compiler.module import walk
from symc.compiler.verify import verify
from symc.passes.fuse.emission import fuse
from tests.passes.cases import CASES
from tests.passes.modules import module_of, random_arrays


@pytest.mark.parametrize("name", CASES)
def test_equals_the_interpreted_module(name):
    case = CASES[name]
    module = module_of(case.build, case.inputs, list(case.states))
    inputs, states = random_arrays(case.shapes), random_arrays(list(case.state_shapes), 1)
    expected, expected_states = interpret(module, inputs, states)
    fused = fuse(module)
    got, got_states = interpret(fused, inputs, states)
    for a, b in zip([*got, *got_states], [*expected, *expected_states], strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_fused_modules_verify(name):
    case = CASES[name]
    verify(fuse(module_of(case.build, case.inputs, list(case.states))))


@pytest.mark.parametrize("name", CASES)
def test_number_of_kernels(name):
    case = CASES[name]
    fused = fuse(module_of(case.build, case.inputs, list(case.states)))
    kernels = [v for v in walk(fused.roots()) if v.op.name == "kernel" and v.operands]
    assert len(kernels) == case.kernels
    names = {v.op.name for v in walk((*fused.outputs, *(v for _, v in fused.updates)))}
    left = names - {"kernel", "result", "parameter", "constant", "dimension", "dimshuffle"}
    assert left <= {"reshape", "multiply", "add", "subtract"}
