"""A fault at any fallible site of a step leaves every shared variable bit-equal to before."""

import numpy as np
import pytest

from symc import runtime
from symc.compiler.op import find
from tests.passes.cases import CASES, op
from tests.passes.modules import module_of, random_arrays
from tests.running import Failed, native

F32 = "float32"


def adam(g, w, m, v):
    first = 0.9 * m + 0.1 * g
    second = 0.999 * v + 0.001 * (g * g)
    return [op("sqrt", find("sum")(g * g, axes=(0, 1), dtype=F32, acc_dtype="float64"))], [
        w - 0.01 * first / (op("sqrt", second) + 1e-8),
        first,
        second,
    ]


STEPS = {
    "sgd": (CASES["sgd"].build, [(F32, (400, 300))], [(F32, (300, 200)), (F32, (200,))]),
    "adam": (adam, [(F32, (500, 400))], [(F32, (500, 400))] * 3),
    "embedding": (CASES["embedding"].build, [("int64", (3000,))], [(F32, (60, 500))]),
}


def step(name, threads=1):
    build, inputs, states = STEPS[name]
    kinds = [[(dtype, len(shape)) for dtype, shape in group] for group in (inputs, states)]
    arrays = random_arrays(states, 1)
    for array in arrays:
        np.abs(array, out=array)
    function, containers = native(module_of(build, *kinds), arrays, threads=threads)
    return function, containers, random_arrays(inputs)


@pytest.fixture
def polls_at_once():
    """Let every poll look for signals."""
    before = runtime.set_poll_interval(0)
    yield
    runtime.set_poll_interval(before)


@pytest.mark.usefixtures("polls_at_once")
@pytest.mark.parametrize("name", STEPS)
def test_fault_leaves_the_state(name):
    function, containers, inputs = step(name)
    runtime.inject_fault(0)
    function(*inputs)
    sites = runtime.fault_sites_seen()
    assert sites >= 1  # the output at least
    before = [c.copy() for c in containers]
    try:
        for site in range(1, sites + 1):
            runtime.inject_fault(site)
            with pytest.raises((MemoryError, KeyboardInterrupt, Failed, RuntimeError)):
                function(*inputs)
            for container, old in zip(containers, before, strict=True):
                assert container.get().tobytes() == old.tobytes()
    finally:
        runtime.inject_fault(None)
    function(*inputs)
    assert any(
        c.get().tobytes() != old.tobytes() for c, old in zip(containers, before, strict=True)
    )


def test_a_fault_of_shared_work_leaves_the_state_or_nothing():
    """A product that gets no memory for other threads is computed by one."""
    alone, expected, inputs = step("sgd")
    for _ in range(2):
        alone(*inputs)
    function, containers, _ = step("sgd", threads=2)
    runtime.inject_fault(0)
    function(*inputs)
    sites = runtime.fault_sites_seen()
    before = [c.copy() for c in containers]
    overcome = 0
    try:
        for site in range(1, sites + 1):
            for container, old in zip(containers, before, strict=True):
                container.set(old.copy())
            runtime.inject_fault(site)
            try:
                function(*inputs)
            except (MemoryError, KeyboardInterrupt):
                wanted = before
            else:
                overcome += 1
                wanted = [c.get() for c in expected]
            for container, old in zip(containers, wanted, strict=True):
                assert container.get().tobytes() == old.tobytes()
    finally:
        runtime.inject_fault(None)
    assert 0 < overcome < sites


def test_bad_index_leaves_the_state():
    function, containers, (indices,) = step("embedding")
    before = containers[0].copy()
    indices[1234] = 60
    with pytest.raises(Failed) as failure:
        function(indices)
    code, _, _, expected, got, _ = failure.value.args
    assert (code, expected, got) == (-17, 60, 60)
    assert containers[0].get().tobytes() == before.tobytes()


def test_shape_failure_names_both_sizes():
    function, _, _ = step("sgd")
    with pytest.raises(Failed) as failure:
        function(np.zeros((4, 7), F32))
    code, _, _, expected, got, _ = failure.value.args
    assert (code, {expected, got}) == (-4, {7, 300})
