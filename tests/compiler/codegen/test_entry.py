"""Entry points run natively what the interpreter says, for every printer."""

import numpy as np
import pytest

from symc.compiler.interpret import interpret
from tests.passes.cases import CASES
from tests.passes.modules import module_of, random_arrays
from tests.running import native


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
@pytest.mark.parametrize("name", CASES)
def test_equals_the_interpreter(name, printer):
    case = CASES[name]
    module = module_of(case.build, case.inputs, list(case.states))
    inputs, states = random_arrays(case.shapes), random_arrays(list(case.state_shapes), 1)
    expected, new_states = interpret(module, inputs, states)
    function, containers = native(module, states, printer)
    got = function(*inputs) or []
    for a, b in zip([*got, *(c.get() for c in containers)], [*expected, *new_states], strict=True):
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)
