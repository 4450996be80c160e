"""A rough estimate of the time a step takes, as a host scalar."""

from __future__ import annotations

from collections.abc import Callable

from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.record import Stage
from symc.compiler.program.record import Number
from symc.passes.fuse.roots import COSTLY
from symc.passes.plan.bindings import Step
from symc.passes.plan.host import HostScalars

POINTS = 16
"""Points that cheap code handles in a nanosecond; a costly function takes about as many of them."""


def estimate(
    host: HostScalars, total: Number, step: Step, number: Callable[[int | str], Number]
) -> Number:
    """Return the total nanoseconds with one step's added."""
    if isinstance(step.record, Contraction):
        flops = host.product(tuple(host.value(size) for size in step.sizes))
        return _add(host, total, _divided(host, flops, 16))
    for stage in step.record.stages:
        points = tuple(number(a.size) for a in (*step.record.outer, *stage.axes))
        total = _add(host, total, _divided(host, host.product((*points, _weight(stage))), POINTS))
    return total


def _weight(stage: Stage) -> int:
    costly = sum(1 for s in stage.scalars if s.op in COSTLY)
    return 1 + len(stage.scalars) // 4 + 8 * costly


def _divided(host: HostScalars, number: Number, by: int) -> Number:
    return number // by if isinstance(number, int) else host.compute("floor_divide", (number, by))


def _add(host: HostScalars, left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    return right if left == 0 else left if right == 0 else host.compute("add", (left, right))
