"""Asks for memory that a kernel comes to later, in time for it to be near by then."""

from __future__ import annotations

from symc.compiler.codegen.instructions import Intent
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.kernel.cut import BLOCK
from symc.compiler.kernel.frame import Frame
from symc.compiler.kernel.linear import Access, Polynomial
from symc.compiler.kernel.plan import StagePlan
from symc.compiler.kernel.record import STEPS
from symc.compiler.kernel.steps import may_print_steps

LINE, AHEAD = 64, 1024
"""Bytes of a line of memory, and how far ahead it is asked for."""

NEAR = 131_072
"""Bytes of a row up to which what a stage read is still near when a later one reads it again."""


def ask(
    frame: Frame, plan: StagePlan, access: Access, place: Register, u: int, how: Intent
) -> None:
    """Ask for memory that a loop comes to later, a line of it at a time.

    A body of many instructions keeps the processor from finding that out in time by itself; where
    rows are walked beside one another, or light steps are printed in full, asking costs more. Rows
    that are picked by an index do not follow one another, and what does not move with the outer
    axes is near from the second point on.
    """
    scratch = frame.plan.kernel.buffers[access.buffer].role == "row"
    begins = u * frame.block.lanes * ITEMSIZE[access.dtype] % LINE == 0
    goes_on = _streams(frame, plan) or bool(_below(frame, plan, access))
    followed = goes_on and not (access.picks or scratch or _stays(frame, access))
    if followed and begins and frame.block.mask is None:
        frame.b.prefetch(frame.b.offset(place, "uint8", far(frame, plan, access)), how)


def far(frame: Frame, plan: StagePlan, access: Access) -> Register:
    """Return how many bytes ahead an access of a stage asks for memory.

    Where an earlier stage has read the same row, it is near, and the next row is asked for: memory
    is busy while the processor is.
    """
    size = ITEMSIZE[access.dtype]
    below = _below(frame, plan, access)
    if below:
        key = ("below", size, below)
        return frame.shared(key, lambda: frame.scaled(frame.size(below), STEPS * size))
    if not (plan.lanes and _is_second(frame, plan, access)):
        return frame.number(AHEAD)
    row = access.stride(frame.plan.kernel.outer[-1].name)
    key = ("far", size, row)
    return frame.shared(key, lambda: _next_row(frame, row, size))


def _next_row(frame: Frame, row: Polynomial, size: int) -> Register:
    b = frame.b
    length = b.multiply(frame.size(row), frame.number(size))
    return b.select(b.less(length, frame.number(NEAR)), length, frame.number(AHEAD))


def _below(frame: Frame, plan: StagePlan, access: Access) -> Polynomial:
    """Return the step of a sweep down the columns that an access follows; 0 for any other."""
    if not frame.plan.schedule.sweep or plan.lanes or not plan.stage.axes:
        return ()
    if may_print_steps(frame.plan.kernel, plan.stage, frame.plan.schedule):
        return ()
    return access.stride(plan.stage.axes[0].name)


def _streams(frame: Frame, plan: StagePlan) -> bool:
    """Tell whether the loop in lanes goes on where its vectors end: it is the innermost."""
    if plan.lanes:
        return frame.plan.schedule.vector != "beside"
    return not any(stage.stage.axes for stage in frame.plan.stages)


def _stays(frame: Frame, access: Access) -> bool:
    """Tell whether all outer points touch the same; blocks of an axis do not."""
    outer = [axis.name for axis in frame.plan.kernel.outer]
    return bool(outer) and outer != [BLOCK] and not any(map(access.stride, outer))


def _is_second(frame: Frame, plan: StagePlan, access: Access) -> bool:
    """Tell whether exactly one earlier stage reads the same, of an array that no stage writes."""
    outer = frame.plan.kernel.outer
    if not outer or not access.stride(outer[-1].name) or access.buffer in frame.plan.written:
        return False
    earlier = frame.plan.stages[: plan.number]
    return sum(any(_same(access, x) for x in s.reads.values()) for s in earlier) == 1


def _same(x: Access, y: Access) -> bool:
    return (x.buffer, x.strides, x.rest) == (y.buffer, y.strides, y.rest)
