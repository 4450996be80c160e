"""Random kernels run alike under every scheduler; a failure's seed is its test's name."""

import numpy as np
import pytest
from msgspec.structs import replace

from symc.compiler.kernel.parse import parse
from symc.compiler.kernel.plan import runs_in_lanes
from symc.compiler.kernel.record import Schedule
from symc.compiler.kernel.short import ways_of
from symc.compiler.kernel.sweep import may_sweep
from symc.compiler.kernel.text import to_text
from symc.compiler.kernel.verify import verify
from symc.compiler.target.isa import find_target
from tests.compiler.kernel.random_kernels import EXTENTS, RandomKernel
from tests.compiler.kernel.running import DEEP, compiled, interpreted, naive

SEEDS = range(800 if DEEP else 60)
LONGEST = max(EXTENTS) + 1


def schedules(kernel):
    """Return schedules that fit a kernel, besides the one chosen for it, with what they are of."""
    for schedule in whole_schedules(kernel):
        yield kernel, schedule
    for lanes in (4, 8):
        inner = Schedule("inner", lanes, (1,) * len(kernel.stages))
        short = ways_of(kernel, inner, find_target("host")).short
        if short is not None:
            longest = short.schedule.longest and LONGEST
            yield short.kernel, replace(short.schedule, longest=longest)


def whole_schedules(kernel):
    """Return schedules under which a kernel runs as it is."""
    count = len(kernel.stages)
    yield Schedule("inner", 4, (2,) * count)
    yield Schedule("none", 0, (1,) * count)
    if kernel.outer and all(
        runs_in_lanes(kernel, stage, kernel.outer[-1].name) for stage in kernel.stages
    ):
        yield Schedule("outer", 8, (1,) * count)
        if kernel.outer and may_sweep(kernel):
            yield Schedule("outer", 4, (2,) * count, 16)
    if kernel.outer and may_sweep(kernel):
        yield Schedule("inner", 4, (2,) * count, 3)
        yield Schedule("none", 0, (1,) * count, 4)


@pytest.mark.parametrize("seed", SEEDS)
def test_runs_alike(seed):
    made = RandomKernel(seed)
    verify(made.kernel)
    assert parse(to_text(made.kernel)) == made.kernel
    expected = [a.copy() for a in made.arrays]
    status = interpreted(made.kernel)(expected, made.values)
    runs = [
        compiled(made.kernel),
        *(compiled(kernel, "llvm", "host", s) for kernel, s in schedules(made.kernel)),
    ]
    if seed % 10 == 0:
        runs.append(naive(made.kernel))
    for run in runs:
        arrays = [a.copy() for a in made.arrays]
        assert run(arrays, made.values).tolist() == status.tolist()
        for number, (got, wanted) in enumerate(zip(arrays, expected, strict=True)):
            np.testing.assert_array_equal(got, wanted, f"buffer {number}\n{to_text(made.kernel)}")
