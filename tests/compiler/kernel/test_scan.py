"""Running sums in vectors keep what those of one element after the other promise."""

import numpy as np
import pytest

from symc.compiler.kernel.plan import scans_of
from symc.compiler.kernel.record import Kernel, Schedule
from tests.compiler.kernel.drafts import Draft
from tests.compiler.kernel.examples import line
from tests.compiler.kernel.running import compiled, interpreted

SIZES = (1, 7, 64, 1000)
VECTORS = (Schedule("inner", 8, (1,)), Schedule("inner", 4, (4,)), Schedule("inner", 16, (2,)))


def running(op, dtype, init):
    """Return a kernel that combines all elements of a vector so far."""
    d = Draft(j0="s0")
    following = d(op, d.carried(0, dtype), d.read(0, dtype, "j0"))
    d.carry(dtype, init, following)
    d.store(1, ("j0",), following)
    return Kernel(1, (line("s0", dtype), line("s0", dtype, "out")), (), (d.stage(),))


def run(kernel, x, schedule, printer="llvm"):
    """Return what a kernel makes of a vector."""
    result = np.zeros_like(x)
    compiled(kernel, printer, schedule=schedule)([x, result], [len(x)])
    return result


@pytest.mark.parametrize("schedule", VECTORS, ids=lambda s: f"{s.unroll[0]}x{s.lanes}")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sums_of_what_is_not_negative_never_fall(dtype, schedule):
    random = np.random.default_rng(7)
    kernel = running("add", dtype, -0.0)
    for size in SIZES:
        x = random.random(size).astype(dtype) ** 9 * (random.random(size) < 0.5)
        sums = run(kernel, x, schedule)
        steps = np.diff(sums)
        assert (steps >= 0).all()
        assert not steps[x[1:] == 0].any()
        np.testing.assert_allclose(sums, np.cumsum(x, dtype="float64"), 1e-5)
        np.testing.assert_array_equal(sums, run(kernel, x, schedule, "mlir"))


@pytest.mark.parametrize("schedule", VECTORS, ids=lambda s: f"{s.unroll[0]}x{s.lanes}")
def test_signs_of_zeros_infinities_and_what_is_no_number_are_those_of_one_after_the_other(schedule):
    kernel = running("add", "float64", -0.0)
    for special in (np.inf, np.nan, 0.0):
        x = np.full(40, -0.0)
        x[21], x[30] = special, -special
        one = np.zeros_like(x)
        interpreted(kernel)([x, one], [len(x)])
        many = run(kernel, x, schedule)
        np.testing.assert_array_equal(many, one)
        numbers = ~np.isnan(one)
        np.testing.assert_array_equal(np.signbit(many)[numbers], np.signbit(one)[numbers])


@pytest.mark.parametrize("schedule", VECTORS, ids=lambda s: f"{s.unroll[0]}x{s.lanes}")
@pytest.mark.parametrize("dtype", ["int8", "uint16", "int32", "int64"])
@pytest.mark.parametrize("op", ["add", "multiply"])
def test_integers_wrap_around_as_one_after_the_other(op, dtype, schedule):
    kernel = running(op, dtype, 1)
    for size in SIZES:
        x = np.random.default_rng(size).integers(1, 100, size, dtype) | 1
        one = np.zeros_like(x)
        interpreted(kernel)([x, one], [size])
        np.testing.assert_array_equal(run(kernel, x, schedule), one)


def test_products_of_floats_and_what_reads_the_element_before_go_one_after_the_other():
    assert scans_of(running("add", "float32", 0).stages[0])
    assert not scans_of(running("multiply", "float32", 1).stages[0])
    assert not scans_of(running("maximum", "float32", 0).stages[0])
    d = Draft(j0="s0")
    before = d.carried(0, "float64")
    following = d("add", before, d.read(0, "float64", "j0"))
    d.carry("float64", 0, following)
    d.store(1, ("j0",), before)
    assert not scans_of(d.stage())
    twice = Draft(j0="s0")
    last = twice.carried(0, "int64")
    twice.carry("int64", 1, twice("add", last, last))
    assert not scans_of(twice.stage())
