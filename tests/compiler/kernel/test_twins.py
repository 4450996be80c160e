"""Operations that are computed together: the sine and the cosine of one angle."""

import re

import numpy as np
import pytest

from symc.compiler.kernel.record import Buffer, Kernel
from tests.compiler.kernel.drafts import Draft, axes
from tests.compiler.kernel.examples import zeros
from tests.compiler.kernel.running import compiled, naive

RUNS = [naive, compiled, lambda kernel: compiled(kernel, "mlir", "x86-64")]


def waves(*names):
    """Write functions of one angle, each to a buffer of its own."""
    d = Draft()
    x = d.read(0, "float32", "i0")
    for k, name in enumerate(names, 1):
        d.store(k, ("i0",), d(name, x))
    roles = ("in", *("out" for _ in names))
    buffers = tuple(Buffer("float32", ("s0",), role) for role in roles)
    return Kernel(1, buffers, axes(i0="s0"), (d.stage(),))


@pytest.mark.parametrize("run", RUNS, ids=["naive", "llvm", "mlir"])
def test_a_sine_and_a_cosine_of_one_angle_have_the_bits_they_have_alone(run):
    x = np.array([*np.linspace(-9, 9, 50), 0.0, -0.0, 1e9, np.inf, np.nan], "float32")
    found = {}
    for names in (("cos", "sin"), ("sin",), ("cos",)):
        results = [zeros(len(x)) for _ in names]
        run(waves(*names))([x, *results], [len(x)])
        found[names] = [y.view("uint32") for y in results]
    np.testing.assert_array_equal(found["cos", "sin"], [*found["cos",], *found["sin",]])


def test_a_sine_and_a_cosine_of_one_angle_reduce_it_once():
    text = compiled(waves("sin", "cos")).texts["llvm"]
    assert "@symc_sin_and_cos_v" in text
    assert not re.search(r"call .* @symc_(sin|cos)_v", text)
