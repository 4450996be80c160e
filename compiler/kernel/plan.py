"""What lowering needs to know of a kernel under a schedule: where each scalar is computed and how.

Level 0 is the function's entry, level k the body of the k-th loop counted from outside. A scalar is
computed at the outermost level that has what it depends on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from symc.compiler.codegen.register import KIND
from symc.compiler.kernel.linear import Access, linear_form
from symc.compiler.kernel.record import Affine, Index, Kernel, Picked, Scalar, Schedule, Stage
from symc.compiler.kernel.text import LEAVES


class Scan(Struct, frozen=True):
    """A carry that one operation makes of itself and of what does not depend on it.

    carry     its number
    operand   position of what is added at each step
    op        the operation, and its dtype
    """

    carry: int
    operand: int
    op: str
    dtype: str


class StagePlan(Struct, frozen=True):
    """One stage, prepared for lowering.

    number   of the stage in its kernel
    levels   of its scalars
    varies   which scalars differ between lanes
    splats   scalars that do not, but are needed in lanes
    reads    linear forms of its reads, by position; writes in the order of the record's
    lanes    of its last axis, where lanes run along inner axes; else 0
    unroll   vectors a step
    scans    where lanes run along a stage that carries: how, by the position of what is carried on
    """

    number: int
    stage: Stage
    levels: tuple[int, ...]
    varies: tuple[bool, ...]
    splats: frozenset[int]
    reads: dict[int, Access]
    writes: tuple[Access, ...]
    lanes: int
    unroll: int
    scans: dict[int, Scan]

    def accesses(self) -> list[Access]:
        """Return all linear forms."""
        return [*self.reads.values(), *self.writes]


class KernelPlan(Struct, frozen=True):
    """A kernel, prepared for lowering; `written` holds the buffers that a stage writes."""

    kernel: Kernel
    schedule: Schedule
    stages: tuple[StagePlan, ...]
    written: frozenset[int]


def needs(scalar: Scalar, access: Access | None) -> tuple[int, ...]:
    """Return the positions a scalar depends on; a read's are its indices and its guard."""
    if access is None:
        return scalar.operands
    guard = () if access.guard is None else (access.guard,)
    return (*(pick.scalar for pick in access.picks), *guard)


def scalar_axes(kernel: Kernel, stage: Stage, reads: dict[int, Access]) -> list[frozenset[str]]:
    """Return the axes that each scalar of a stage varies with.

    What other stages or steps computed is taken to vary with all outer axes.
    """
    every = frozenset(axis.name for axis in kernel.outer)
    found: list[frozenset[str]] = []
    for k, scalar in enumerate(stage.scalars):
        access = reads.get(k)
        own: frozenset[str] = frozenset()
        if access is not None:
            own = frozenset(name for name, _ in access.strides)
        elif scalar.op == "axis":
            own = frozenset([scalar.attribute])
        elif scalar.op == "result":
            own = every
        elif scalar.op == "carried":
            own = every.union(axis.name for axis in stage.axes)
        found.append(own.union(*(found[i] for i in needs(scalar, access))))
    return found


def reads_of(kernel: Kernel, stage: Stage) -> dict[int, Access]:
    """Return the linear forms of a stage's reads, by position."""
    axes = (*kernel.outer, *stage.axes)
    return {
        k: linear_form(kernel, axes, scalar.attribute)
        for k, scalar in enumerate(stage.scalars)
        if scalar.op == "read"
    }


def writes_of(kernel: Kernel, stage: Stage) -> tuple[Access, ...]:
    """Return the linear forms of a stage's writes."""
    axes = (*kernel.outer, *stage.axes)
    return tuple(linear_form(kernel, axes, write) for write in stage.writes)


ASSOCIATIVE = {"add": ("signed", "unsigned", "float"), "multiply": ("signed", "unsigned")}
"""Kinds of numbers that may be taken in another order: products of floats overflow in parts."""


def scans_of(stage: Stage) -> dict[int, Scan]:
    """Return how a stage's carries run in vectors, by positions; nothing where one does not."""
    used = Counter(_uses(stage))
    found: dict[int, Scan] = {}
    for number, carry in enumerate(stage.carries):
        scalar = stage.scalars[carry.next]
        here = [
            k for k, s in enumerate(stage.scalars) if (s.op, s.attribute) == ("carried", number)
        ]
        own = [k for k in scalar.operands if k in here]
        others = [k for k in scalar.operands if k not in here]
        allowed = KIND[scalar.dtype] in ASSOCIATIVE.get(scalar.op, ())
        alone = len(own) == len(others) == 1 == sum(used[k] for k in here)
        if not (allowed and alone) or carry.next in found:
            return {}
        found[carry.next] = Scan(number, others[0], scalar.op, scalar.dtype)
    return found


def _uses(stage: Stage) -> Iterator[int]:
    """Yield the scalars that a stage uses, as often as it does."""
    for scalar in stage.scalars:
        yield from scalar.operands
    accesses = (*(s.attribute for s in stage.scalars if s.op == "read"), *stage.writes)
    for access in accesses:
        yield from (index.scalar for index in access.index if isinstance(index, Picked))
        yield from () if access.guard is None else (access.guard,)
    yield from (write.scalar for write in stage.writes)
    yield from (k for reduction in stage.reductions for k in reduction.inputs)
    yield from (carry.next for carry in stage.carries)


def may_run_in_vectors(stage: Stage) -> bool:
    """Tell whether nothing that a stage carries has to go from one point to the next."""
    return len(scans_of(stage)) == len(stage.carries)


def runs_in_lanes(kernel: Kernel, stage: Stage, axis: str) -> bool:
    """Tell whether the points along an axis may run side by side.

    Each must write to a place of its own, unless they all store the same there.
    """
    axes = scalar_axes(kernel, stage, reads_of(kernel, stage))

    def moves(position: int | None) -> bool:
        return position is not None and axis in axes[position]

    for write, access in zip(stage.writes, writes_of(kernel, stage), strict=True):
        picked = any(moves(pick.scalar) for pick in access.picks)
        apart = bool(access.stride(axis)) and not picked
        same = not picked and not moves(write.scalar) and not moves(write.guard)
        if not (apart or (write.mode == "store" and (picked or same))):
            return False
    return True


def outer_is_parallel(kernel: Kernel) -> bool:
    """Tell whether ranges of the first outer axis may run at once, each with scratch of its own.

    Every write must have an index that this axis alone moves: places of two points then differ.
    """
    if not kernel.outer:
        return False
    name = kernel.outer[0].name
    return all(
        any(moved_only_by(index, name) for index in write.index)
        or kernel.buffers[write.buffer].role == "row"
        for stage in kernel.stages
        for write in stage.writes
    )


def moved_only_by(index: Index, axis: str) -> bool:
    """Tell whether an index differs from step to step of an axis, whatever others do."""
    if not isinstance(index, Affine):
        return False
    moving = [term for term in index.terms if not is_size(term[0])]
    return len(moving) == 1 and moving[0][0] == axis and isinstance(moving[0][1], int)


def is_size(name: str) -> bool:
    """Tell whether a name is that of a size parameter."""
    return name[:1] == "s" and name[1:].isdecimal()


def plan_kernel(kernel: Kernel, schedule: Schedule) -> KernelPlan:
    """Prepare a kernel for lowering."""
    written = frozenset(write.buffer for stage in kernel.stages for write in stage.writes)
    stages = tuple(
        _plan_stage(kernel, schedule, number, written) for number in range(len(kernel.stages))
    )
    return KernelPlan(kernel, schedule, stages, written)


def lanes_of(schedule: Schedule, plan: StagePlan) -> int:
    """Return the elements of the vectors that a stage computes with, 0 for scalar code."""
    if schedule.vector == "beside" and not plan.lanes:
        return schedule.rows
    return schedule.lanes


def lane_axis(kernel: Kernel, stage: Stage, schedule: Schedule) -> str:
    """Return the axis that lanes run along in a stage, '' for none."""
    if schedule.vector == "outer" or (schedule.across and not stage.axes):
        return kernel.outer[-1].name
    if schedule.vector != "none" and stage.axes and may_run_in_vectors(stage):
        name = stage.axes[-1].name
        return name if runs_in_lanes(kernel, stage, name) else ""
    return ""


def _plan_stage(
    kernel: Kernel, schedule: Schedule, number: int, written: frozenset[int]
) -> StagePlan:
    stage = kernel.stages[number]
    reads = reads_of(kernel, stage)
    writes = writes_of(kernel, stage)
    axis = lane_axis(kernel, stage, schedule)
    axes = scalar_axes(kernel, stage, reads)
    varies = tuple(bool(axis) and axis in found for found in axes)
    inner = schedule.vector != "outer" and bool(stage.axes) and bool(axis)
    return StagePlan(
        number,
        stage,
        _levels(kernel, stage, reads, written),
        varies,
        _splats(stage, reads, writes, varies, axis) if axis else frozenset(),
        reads,
        writes,
        schedule.lanes if inner else 0,
        schedule.unroll[number],
        scans_of(stage) if inner else {},
    )


def _levels(
    kernel: Kernel, stage: Stage, reads: dict[int, Access], written: frozenset[int]
) -> tuple[int, ...]:
    axes = [axis.name for axis in (*kernel.outer, *stage.axes)]
    at_point, innermost = len(kernel.outer), len(axes)
    own = {write.buffer for write in stage.writes}
    levels: list[int] = []
    for k, scalar in enumerate(stage.scalars):
        level = max((levels[i] for i in needs(scalar, reads.get(k))), default=0)
        if scalar.op == "axis":
            level = axes.index(scalar.attribute) + 1
        elif scalar.op == "result":
            level = at_point
        elif scalar.op == "carried":
            level = innermost
        elif scalar.op == "read":
            access = reads[k]
            level = max(level, *(axes.index(name) + 1 for name, _ in access.strides), 0)
            # What a stage writes can only be read after it: not before this stage, or this step.
            if access.buffer in own:
                level = innermost
            elif access.buffer in written:
                level = max(level, at_point)
        levels.append(level)
    return tuple(levels)


def _splats(
    stage: Stage,
    reads: dict[int, Access],
    writes: tuple[Access, ...],
    varies: tuple[bool, ...],
    axis: str,
) -> frozenset[int]:
    """Return the scalars that do not vary with the lanes and are used where others do."""
    used: set[int] = set()
    for k, scalar in enumerate(stage.scalars):
        if varies[k]:
            access = reads.get(k)
            used.update(needs(scalar, access))
    for write, access in zip(stage.writes, writes, strict=True):
        if access.stride(axis) or any(varies[pick.scalar] for pick in access.picks):
            used.update((write.scalar, *needs(Scalar("write", (), ""), access)))
    for reduction in stage.reductions:
        used.update(reduction.inputs)
    used.update(carry.next for carry in stage.carries)
    return frozenset(k for k in used if not varies[k])


def is_operation(scalar: Scalar) -> bool:
    """Tell whether a scalar computes."""
    return scalar.op not in LEAVES
