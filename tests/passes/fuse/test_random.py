"""Random modules: fused and compiled natively, against the interpreter on the unfused module."""

import os
from types import SimpleNamespace

import numpy as np
import pytest

from symc.compiler.interpret import interpret
from symc.compiler.op import find
from symc.passes.pipeline import run
from tests.passes.modules import module_of, random_arrays
from tests.passes.random_modules import random_program
from tests.running import native, native_fused

COUNT = int(os.environ.get("SYMC_FUZZ", "40"))
FIRST = int(os.environ.get("SYMC_FUZZ_SEED", "0"))
SHAPES = {
    "square": [(5, 5), (5, 5), (1, 5), (5,), (4,), (5, 5), (5,)],
    "wide": [(3, 37), (3, 37), (1, 37), (37,), (2,), (3, 37), (37,)],
    "tall": [(70, 2), (70, 2), (1, 2), (2,), (9,), (70, 2), (2,)],
}


FULL = SimpleNamespace(pipeline="FAST_RUN", include=frozenset(), exclude=frozenset())


def random_module(seed, dtype):
    """Return a random module whose arguments' sizes are known to be equal where they are in use."""
    inputs = [(dtype, 2), (dtype, 2), (dtype, 2, (0,)), (dtype, 1), ("int64", 1)]
    build = random_program(seed)

    def with_equal_sizes(x, y, r, v, i, s, t):
        add = find("add")
        add(x, y, r, s)
        add(v, t)
        add(find("dimshuffle")(v, order=("x", 0)), x)
        return build(x, y, r, v, i, s, t)

    return module_of(with_equal_sizes, inputs, [(dtype, 2), (dtype, 1)])


def compare(module, function, containers, dtype, seed):
    """Run both ways on several shapes."""
    tolerance = 2e-3 if dtype == "float32" else 1e-9
    for shapes in SHAPES.values():
        dtypes = [dtype] * 4 + ["int64"] + [dtype] * 2
        *arrays, s, t = random_arrays(list(zip(dtypes, shapes, strict=True)), seed)
        arrays[4] %= shapes[0][0]
        for container, array in zip(containers, (s, t), strict=True):
            container.set(np.array(array))
        expected, new = interpret(module, arrays, [s, t])
        got = function(*arrays)
        for a, b in zip([*got, *(c.get() for c in containers)], [*expected, *new], strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_fusion_keeps_the_values(seed):
    dtype = "float64" if seed % 3 else "float32"
    module = random_module(seed, dtype)
    states = [np.zeros((1, 1), dtype), np.zeros(1, dtype)]
    compare(module, *native(module, states), dtype, seed)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_whole_pipeline_keeps_the_values(seed):
    module = random_module(seed, "float64")
    states = [np.zeros((1, 1)), np.zeros(1)]
    compare(module, *native_fused(run(module, FULL), states), "float64", seed)
