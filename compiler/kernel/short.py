"""Prints kernels of rows in several ways: along each row, along several at once, or across rows.

A row of ten elements leaves most lanes idle, and then they are folded. Where there are many rows,
several are walked together (`beside`); where rows may be very short, as many of them as there are
lanes are walked at once, an element of each in turn. Which it is depends on sizes alone, so that
bits do not depend on how a kernel is cut.
"""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.beside import beside_schedule, emit_beside
from symc.compiler.kernel.lower import emit_kernel, kernel_function_signature
from symc.compiler.kernel.plan import is_operation
from symc.compiler.kernel.record import Kernel, Schedule, SizeName, Stage
from symc.compiler.kernel.schedule import outer_allowed
from symc.compiler.kernel.work import is_costly
from symc.compiler.target.isa import Target

SUMMED, CHOSEN = 32, 64
"""Elements of a row from which on lanes along it pay: of one number carried, and of several."""

TINY, SMALL = 12, 24
"""The same where several rows are walked together: of sums, and of what takes longer to merge."""

FEW = 16
"""Operations at most of a kernel that is printed several times."""


ALONG, ACROSS, BESIDE = "along", "across", "beside"


def emit_either(builder: KernelBuilder, kernel: Kernel, schedule: Schedule, name: str) -> None:
    """Print a kernel under a schedule; where other ways may suit its sizes, in these too."""
    ways = ways_of(kernel, schedule, builder.target)
    if len(ways) == 1:
        emit_kernel(builder, kernel, schedule, name)
        return
    for way, chosen in ways.items():
        emit = emit_beside if way == BESIDE else emit_kernel
        emit(builder, kernel, chosen, f"{name}_{way}", export=False)
    with builder.function(name, kernel_function_signature(kernel)) as registers:
        _choose(builder, kernel, registers, ways, name)
        builder.ret()


def ways_of(kernel: Kernel, schedule: Schedule, target: Target) -> dict[str, Schedule]:
    """Return the ways in which a kernel is printed: the schedule's, and others beside it."""
    ways = {ALONG: schedule}
    beside = beside_schedule(kernel, schedule, target)
    if beside is not None:
        # With as many accumulators a row has the same bits, however many rows there are.
        ways = {ALONG: replace(schedule, unroll=beside.unroll), BESIDE: beside}
    if schedule.vector == "inner" and _may_be_short(kernel):
        ways[ACROSS] = Schedule("outer", schedule.lanes, (1,) * len(kernel.stages))
    return ways


def _choose(
    builder: KernelBuilder,
    kernel: Kernel,
    registers: list[Register],
    ways: dict[str, Schedule],
    name: str,
) -> None:
    """Call the way that suits the sizes: rows that do not fill the lanes are walked one by one."""
    sizes = registers[len(kernel.buffers) :]

    def value(size: SizeName) -> Register:
        return sizes[int(size[1:])] if isinstance(size, str) else builder.constant("int64", size)

    def go(way: str) -> None:
        builder.call(f"{name}_{way}", None, registers)

    length = value(_looped(kernel)[0].axes[0].size)
    short = builder.less(length, builder.constant("int64", _longest(kernel, ways)))
    lanes = builder.constant("int64", ways[ALONG].lanes)
    enough = builder.greater_equal(value(kernel.outer[-1].size), lanes)

    def many() -> None:
        builder.when(short, partial(go, ACROSS), partial(go, BESIDE))

    if len(ways) == 3:
        builder.when(enough, many, partial(go, ALONG))
    elif BESIDE in ways:
        builder.when(enough, partial(go, BESIDE), partial(go, ALONG))
    else:
        builder.when(builder.bit_and(enough, short), partial(go, ACROSS), partial(go, ALONG))


def _longest(kernel: Kernel, ways: dict[str, Schedule]) -> int:
    """Return the elements of a row from which on lanes along it pay."""
    combines = [r.combine for stage in _looped(kernel) for r in stage.reductions]
    if BESIDE in ways:
        return TINY if all(c.name == "sum" for c in combines) else SMALL
    return SUMMED if max(len(c.init) for c in combines) == 1 else CHOSEN


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
