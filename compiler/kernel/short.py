"""Prints kernels of rows twice: for rows that fill lanes, and for short ones side by side.

A row of ten elements leaves most lanes idle, and then they are folded. Where rows may be short, as
many of them as there are lanes are walked at once, an element of each in turn. Which it is depends
on sizes alone, so that bits do not depend on how a kernel is cut.
"""

from __future__ import annotations

from functools import partial

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.lower import emit_kernel, kernel_function_signature
from symc.compiler.kernel.plan import is_operation
from symc.compiler.kernel.record import Kernel, Schedule, SizeName, Stage
from symc.compiler.kernel.schedule import outer_allowed
from symc.compiler.kernel.work import is_costly

SUMMED, CHOSEN = 32, 64
"""Elements of a row from which on lanes along it pay: of one number carried, and of several."""

FEW = 16
"""Operations at most of a kernel that is printed twice."""


ALONG, ACROSS = "along", "across"


def emit_either(builder: KernelBuilder, kernel: Kernel, schedule: Schedule, name: str) -> None:
    """Print a kernel under a schedule; where its rows may be short, under another one too."""
    if schedule.vector != "inner" or not _may_be_short(kernel):
        emit_kernel(builder, kernel, schedule, name)
        return
    across = Schedule("outer", schedule.lanes, (1,) * len(kernel.stages))
    emit_kernel(builder, kernel, schedule, f"{name}_{ALONG}", export=False)
    emit_kernel(builder, kernel, across, f"{name}_{ACROSS}", export=False)
    with builder.function(name, kernel_function_signature(kernel)) as registers:

        def go(way: str) -> None:
            builder.call(f"{name}_{way}", None, registers)

        short = _are_short(builder, kernel, schedule, registers)
        builder.when(short, partial(go, ACROSS), partial(go, ALONG))
        builder.ret()


def _looped(kernel: Kernel) -> list[Stage]:
    return [stage for stage in kernel.stages if stage.axes]


def _may_be_short(kernel: Kernel) -> bool:
    """Tell whether a kernel goes through rows of one length that is not known, in few steps."""
    looped = _looped(kernel)
    lengths = {axis.size for stage in looped for axis in stage.axes}
    if not kernel.outer or len(lengths) != 1 or any(isinstance(n, int) for n in lengths):
        return False
    if not any(stage.reductions for stage in looped):
        return False
    if any(len(stage.axes) > 1 or stage.carries for stage in looped) or not outer_allowed(kernel):
        return False
    operations = [s.op for stage in kernel.stages for s in stage.scalars if is_operation(s)]
    return len(operations) <= FEW and not any(map(is_costly, operations))


def _are_short(
    builder: KernelBuilder, kernel: Kernel, schedule: Schedule, registers: list[Register]
) -> Register:
    """Return whether rows are short, and enough of them to fill the lanes."""
    sizes = registers[len(kernel.buffers) :]

    def value(size: SizeName) -> Register:
        return sizes[int(size[1:])] if isinstance(size, str) else builder.constant("int64", size)

    carried = max(len(r.combine.init) for stage in _looped(kernel) for r in stage.reductions)
    limit = builder.constant("int64", SUMMED if carried == 1 else CHOSEN)
    short = builder.less(value(_looped(kernel)[0].axes[0].size), limit)
    lanes = builder.constant("int64", schedule.lanes)
    return builder.bit_and(short, builder.greater_equal(value(kernel.outer[-1].size), lanes))
