"""Chooses how a kernel runs on a target: where lanes run, how many, and how often unrolled."""

from __future__ import annotations

from msgspec.structs import replace

from symc.compiler.codegen.register import ITEMSIZE, KIND
from symc.compiler.kernel.flat import NARROWEST, narrowest
from symc.compiler.kernel.linear import Access
from symc.compiler.kernel.past import choose_past
from symc.compiler.kernel.plan import (
    is_operation,
    may_run_in_vectors,
    reads_of,
    runs_in_lanes,
    scalar_axes,
    writes_of,
)
from symc.compiler.kernel.record import Axis, Kernel, Schedule, Stage
from symc.compiler.kernel.steps import VECTORS, may_print_steps
from symc.compiler.kernel.strided import vectors_read, vectors_written
from symc.compiler.kernel.sweep import carried_dtypes, choose_sweep
from symc.compiler.kernel.tile import choose_tile
from symc.compiler.kernel.work import is_costly
from symc.compiler.target.isa import Target

ACCUMULATORS = {16: 8, 32: 8, 64: 16}
"""Vector registers that accumulators may take, by the registers' bytes: half of them."""
MOST_INNER, MOST_OUTER, MOST_COSTLY = 4, 8, 2
"""Most vectors a step: along an inner axis, along an outer one, of costly operations."""
SWEPT = 2
"""Registers that accumulators of a point take in a sweep along inner axes."""
MOST_OPERATIONS = 64
"""Most operations a step, so that unrolling neither spills nor takes long to compile."""
ONCE = 0.05
"""Weight of a stage that runs once an outer point, beside those with inner loops."""


def choose_schedule(kernel: Kernel, target: Target) -> Schedule:
    """Return a good schedule by counting how the accesses step along either axis."""
    lanes = target.lanes(max(narrowest(kernel, target), _itemsize(kernel)))
    none = Schedule("none", 0, (1,) * len(kernel.stages))
    costs = {"none": _scalar_cost(kernel)}
    if any(stage.axes for stage in kernel.stages):
        costs["inner"] = _inner_cost(kernel, lanes)
    if kernel.outer and outer_allowed(kernel):
        costs["outer"] = _outer_cost(kernel, lanes)
    best = min(costs, key=lambda vector: costs[vector])
    if best == "none":
        return none
    of_best = _inner_schedule if best == "inner" else _outer_schedule
    chosen = of_best(kernel, lanes, target)
    tile, past = choose_tile(kernel, chosen), choose_past(kernel, chosen, target)
    return replace(chosen, tile=tile, past=past)


def _inner_schedule(kernel: Kernel, lanes: int, target: Target) -> Schedule:
    """Return a schedule with lanes along inner axes; in sweeps with few vectors a step.

    The next points hide there what one waits for, and fewer accumulators wait in memory.
    """
    counts = [_unroll(stage, lanes, target, MOST_INNER) or 1 for stage in kernel.stages]
    ahead = [1 if s.carries else n for s, n in zip(kernel.stages, counts, strict=True)]
    chosen = Schedule("inner", lanes, tuple(ahead))
    if not choose_sweep(kernel, chosen):
        return chosen
    most = [max(1, SWEPT // (registers_of(s, lanes, target) or 1)) for s in kernel.stages]
    chosen = replace(chosen, unroll=tuple(map(min, ahead, most)))
    return replace(chosen, sweep=choose_sweep(kernel, chosen))


def _outer_schedule(kernel: Kernel, lanes: int, target: Target) -> Schedule:
    """Return a schedule with lanes along the last outer axis."""
    counts = [_unroll(stage, lanes, target, MOST_OUTER) for stage in kernel.stages]
    fewest = min((count for count in counts if count), default=1)
    chosen = Schedule("outer", lanes, (fewest,) * len(counts))
    sweep = choose_sweep(kernel, chosen)
    if sweep and all(may_print_steps(kernel, s, chosen) for s in kernel.stages if s.axes):
        chosen = replace(chosen, unroll=(min(VECTORS, fewest),) * len(counts))
    return replace(chosen, sweep=sweep)


def _itemsize(kernel: Kernel) -> int:
    """Return the bytes of the elements that lanes are counted in: the widest that are used.

    Integers beside floats are mostly indices, which may take several registers; so may the
    accumulators of a sum.
    """
    scalars = [s for stage in kernel.stages for s in stage.scalars]
    dtypes = {s.dtype for s in scalars if is_operation(s) or s.op == "read"}
    dtypes = {d for d in dtypes if KIND[d] in ("float", "narrow")} or dtypes
    return max((ITEMSIZE[dtype] for dtype in dtypes), default=NARROWEST)


def outer_allowed(kernel: Kernel) -> bool:
    """Tell whether points of the last outer axis may run side by side; scratch holds but one."""
    return not any(buffer.role == "row" for buffer in kernel.buffers) and side_by_side(kernel)


def side_by_side(kernel: Kernel) -> bool:
    """Tell whether points of the last outer axis may be lanes, each with places of its own."""
    name = kernel.outer[-1].name
    return all(runs_in_lanes(kernel, stage, name) for stage in kernel.stages)


def _operations(stage: Stage) -> int:
    return sum(1 for scalar in stage.scalars if is_operation(scalar)) + len(stage.reductions)


def _weight(kernel: Kernel, stage: Stage) -> float:
    looped = any(stage.axes for stage in kernel.stages)
    return ONCE if looped and not stage.axes else 1.0


def _scalar_cost(kernel: Kernel) -> float:
    return sum(
        _weight(kernel, stage)
        * (_operations(stage) + len(stage.writes) + sum(s.op == "read" for s in stage.scalars))
        for stage in kernel.stages
    )


def _inner_cost(kernel: Kernel, lanes: int) -> float:
    total = 0.0
    for stage in kernel.stages:
        axis = stage.axes[-1] if stage.axes else None
        if not (axis and may_run_in_vectors(stage) and runs_in_lanes(kernel, stage, axis.name)):
            alone = Kernel(kernel.sizes, kernel.buffers, kernel.outer, (stage,), kernel.checks)
            total += _weight(kernel, stage) * _scalar_cost(alone)
        else:
            total += _lanes_cost(kernel, stage, axis, lanes)
    return total


def _outer_cost(kernel: Kernel, lanes: int) -> float:
    axis = kernel.outer[-1]
    return sum(
        _weight(kernel, stage) * _lanes_cost(kernel, stage, axis, lanes) for stage in kernel.stages
    )


def _lanes_cost(kernel: Kernel, stage: Stage, axis: Axis, lanes: int) -> float:
    """Return the instructions for a point, when points along an axis run side by side."""
    used = min(lanes, axis.size) if isinstance(axis.size, int) else lanes
    reads = reads_of(kernel, stage)
    axes = scalar_axes(kernel, stage, reads)

    def cost(access: Access, vectors: float) -> float:
        if any(axis.name in axes[pick.scalar] for pick in access.picks):
            return 1.0
        return min(1.0, vectors / max(used, 1))

    accesses = sum(cost(access, vectors_read(access, axis.name)) for access in reads.values())
    writes = writes_of(kernel, stage)
    accesses += 2 * sum(cost(access, vectors_written(access, axis.name)) for access in writes)
    return accesses + _operations(stage) / max(used, 1)


def _unroll(stage: Stage, lanes: int, target: Target, most: int) -> int:
    """Return how many vectors a step takes to hide the latency of accumulators; 0 without any.

    It is a power of two.
    """
    registers = registers_of(stage, lanes, target)
    if not registers:
        return 0
    if any(is_operation(s) and is_costly(s.op) for s in stage.scalars):
        most = MOST_COSTLY
    most = min(most, MOST_OPERATIONS // max(_operations(stage), 1))
    fit = max(1, min(most, ACCUMULATORS[target.vector_bytes] // registers))
    return 1 << fit.bit_length() - 1


def registers_of(stage: Stage, lanes: int, target: Target) -> int:
    """Return the registers that what a stage carries takes, a vector of each."""
    return sum(-(-ITEMSIZE[d] * lanes // target.vector_bytes) for d in carried_dtypes(stage))
