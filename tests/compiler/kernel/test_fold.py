"""Sums of squares of float32 lose nothing by adding a few of them before they are float64."""

import numpy as np
import pytest

from symc.compiler.kernel.combine import combine_for
from symc.compiler.kernel.record import Kernel, Schedule
from tests.compiler.kernel.drafts import Draft
from tests.compiler.kernel.examples import line
from tests.compiler.kernel.running import compiled

FOUR = Schedule("inner", 16, (4, 1))


def sum_of_squares(out, op="square"):
    """Return a kernel that sums the squares of a vector in float64 and gives them as `out`."""
    d, last = Draft(j0="s0"), Draft()
    x = d.read(0, "float32", "j0")
    d.reduce(
        combine_for("sum", "float32", "float64", out), d(op, *[x] * (2 if op != "square" else 1))
    )
    last.store(1, (0,), last.result(0, 0, out))
    buffers = (line("s0", "float32"), line(1, out, "out"))
    return Kernel(1, buffers, (), (d.stage(), last.stage()))


def run(kernel, x, out, printer="llvm"):
    """Return what a kernel makes of a vector, and the code."""
    result = np.zeros(1, out)
    code = compiled(kernel, printer, schedule=FOUR)
    code([x, result], [len(x)])
    return result[0], code.texts["llvm"]


@pytest.mark.parametrize("size", [3, 64, 1000, 30_000])
@pytest.mark.parametrize("op", ["square", "multiply"])
def test_single_results_are_right_to_the_last_place_but_one(op, size):
    for seed in range(20):
        x = np.random.default_rng(seed).standard_normal(size).astype("float32")
        exact = np.sum(x.astype("float64") ** 2)
        found, _ = run(sum_of_squares("float32", op), x, "float32")
        assert abs(found - exact) <= 2 * np.spacing(np.float32(exact))
        assert found == run(sum_of_squares("float32", op), x, "float32", "mlir")[0]


def test_double_results_have_every_digit_of_the_squares():
    x = np.full(1024, 2.0**-14, "float32")
    x[::64] = 1
    found, code = run(sum_of_squares("float64"), x, "float64")
    assert found == 16 + 1008 * 2.0**-28
    _, single = run(sum_of_squares("float32"), x, "float32")
    assert single.count("fpext") < code.count("fpext")
