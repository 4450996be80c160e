"""How long kernels are cut: into parts of their first outer axis, which may run at once."""

from __future__ import annotations

from symc.compiler.kernel.plan import outer_is_parallel
from symc.compiler.kernel.record import Kernel
from symc.compiler.kernel.sweep import goes_down
from symc.compiler.kernel.tile import SIDE, turned_axis
from symc.compiler.kernel.work import work_terms

PARTS = 32
"""Parts that may run at once; between so many, a call asks whether to go on."""

PART = 50_000.0
"""Nanoseconds of estimated work in a part: what starting other threads costs is small beside it."""

COLUMNS, BLOCKS = 256, 16
"""Columns that a part has at least, or blocks that lie side by side in a row."""


def part_points(kernel: Kernel) -> int:
    """Return how many points of a kernel are a part's work; fewer run whole, on one thread."""
    point = sum(cost for cost, _ in work_terms(kernel))
    return max(1, int(PART / point)) if point else int(PART)


def least_points(kernel: Kernel) -> int:
    """Return how many steps of its first axis a part has at least.

    Where stages go down columns, parts of few columns would read a little of every row; so would
    parts of less than a tile.
    """
    if kernel.outer and turned_axis(kernel) == kernel.outer[0].name:
        return SIDE
    looped = [s for s in kernel.stages if s.reductions or s.carries]
    if len(kernel.outer) != 1 or not goes_down(kernel, looped):
        return 1
    return COLUMNS if all(len(stage.axes) == 1 for stage in looped) else BLOCKS


def scratch_regions(kernel: Kernel) -> int:
    """Return for how many parts at once each 'row' buffer needs memory of its own."""
    return PARTS if outer_is_parallel(kernel) else 1
