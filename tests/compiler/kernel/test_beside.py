"""Rows walked side by side: as when walked alone, bit for bit, in any range and by any printer."""

import numpy as np
import pytest
from msgspec.structs import replace
from native import Native

from symc.compiler.codegen.compile import compile_module
from symc.compiler.kernel.beside import beside_schedule, emit_beside
from symc.compiler.kernel.plan import outer_is_parallel
from symc.compiler.kernel.record import Schedule
from symc.compiler.kernel.schedule import choose_schedule
from symc.compiler.target.isa import find_target
from tests.compiler.kernel.gallery import EXAMPLES
from tests.compiler.kernel.random_kernels import RandomKernel
from tests.compiler.kernel.running import compiled, fenced, interpreted

FOLDS = ("argmax", "argmin", "max with NaN", "min with NaN", "all", "any")
RUNS = [
    *((name, lanes, "llvm", "host") for name in FOLDS for lanes in (4, 16)),
    *((name, 4, "mlir", "x86-64") for name in FOLDS[2:]),  # which has few registers
]


def beside(kernel, lanes=8, target="host", printer="llvm"):
    """Return a function that runs a kernel beside, and its schedule; None where it cannot be."""
    isa = find_target(target)
    alone = Schedule("inner", lanes, (1,) * len(kernel.stages))
    schedule = beside_schedule(kernel, alone, isa)
    if schedule is None:
        return None
    code = compile_module(lambda b: emit_beside(b, kernel, schedule, "kernel"), isa, printer)
    return fenced(kernel, Native(code)), schedule


def arrays(name, sizes):
    return [np.array(b) for b in EXAMPLES[name].buffers(np.random.default_rng(5), *sizes)]


@pytest.mark.parametrize(("name", "lanes", "printer", "target"), RUNS)
def test_a_row_has_the_same_bits_as_alone_and_in_any_range(name, lanes, printer, target):
    kernel = EXAMPLES[name].kernel
    assert outer_is_parallel(kernel)
    run, schedule = beside(kernel, lanes, target, printer)
    alone = compiled(kernel, printer, target, replace(schedule, vector="inner", rows=0))
    for sizes in [(lanes, 0), (lanes, 1), (17, 3), (33, 31), (70, 9), (19, 200)]:
        expected, whole, parts = (arrays(name, sizes) for _ in range(3))
        alone(expected, sizes)
        run(whole, sizes)
        for points in (range(5), range(5, lanes + 1), range(lanes + 1, sizes[0])):
            if points.start < sizes[0]:
                run(parts, sizes, range(points.start, min(points.stop, sizes[0])))
        for got in (whole, parts):
            assert [b.tobytes() for b in got] == [b.tobytes() for b in expected]


def test_random_kernels_run_alike():
    tried = 0
    for seed in range(400):
        made = RandomKernel(seed)
        outer = made.kernel.outer
        if not outer or made.extent(outer[-1]) < 2:
            continue
        found = beside(made.kernel, 2)
        if found is None:
            continue
        tried += 1
        expected, got = ([a.copy() for a in made.arrays] for _ in range(2))
        interpreted(made.kernel)(expected, made.values)
        found[0](got, made.values)
        for mine, theirs in zip(got, expected, strict=True):
            np.testing.assert_array_equal(mine, theirs, f"seed {seed}")
    assert tried >= 5


@pytest.mark.parametrize("name", ["softmax", "column sums", "gather of rows", "cumsum down"])
def test_what_does_more_than_fold_rows_is_not_walked_beside(name):
    kernel, isa = EXAMPLES[name].kernel, find_target("host")
    assert beside_schedule(kernel, choose_schedule(kernel, isa), isa) is None
