"""Prints kernels of rows in several ways: along each row, along several at once, or across rows.

A row of ten elements leaves most lanes idle, and then they are folded. Where rows may be short, as
many of them as there are lanes are walked at once, an element of each in turn: turned in registers
(`abreast`), or gathered. Where there are many, several are walked together (`beside`), with the
bits of one by itself. So bits of a row follow from its length alone: they depend neither on how a
kernel is cut nor on how many rows there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.kernel.abreast import fits_abreast, with_rows_apart
from symc.compiler.kernel.beside import beside_schedule, emit_beside
from symc.compiler.kernel.lower import emit_kernel, kernel_function_signature
from symc.compiler.kernel.plan import is_operation, reads_of, scalar_axes
from symc.compiler.kernel.record import Kernel, Schedule, SizeName, Stage
from symc.compiler.kernel.schedule import outer_allowed, side_by_side
from symc.compiler.kernel.work import is_costly
from symc.compiler.target.isa import Target

TURNED, BUSY = 3, 4
"""Vectors in a row from which on lanes along it pay, where rows are turned in registers; and where
much is done once a row, which lanes along it do for one row at a time."""

SUMMED, CHOSEN = 32, 64
"""The same where lanes gather: of one number carried, and of several."""

TINY, SMALL = 12, 24
"""The same where else rows are walked together: of sums, and of what takes longer to merge."""

FEW, MANY = 16, 64
"""Operations at most of a kernel that is printed several times: where lanes gather, and turned."""

NEAR = 1 << 14
"""Bytes of rows walked together that the nearest cache keeps for a second walk."""

ALONG, ACROSS, BESIDE, FAR = "along", "across", "beside", "far"


class Short(Struct, frozen=True):
    """How a kernel runs where the elements of its rows, `length`, are fewer than `below`."""

    kernel: Kernel
    schedule: Schedule
    length: SizeName
    below: int


class Ways(Struct, frozen=True):
    """How a kernel runs: along its rows, where they are short, and many of them together.

    far    along rows that are walked several times and are too long to be walked together
    """

    along: Schedule
    short: Short | None
    beside: Schedule | None
    far: Schedule | None = None


def ways_of(kernel: Kernel, schedule: Schedule, target: Target) -> Ways:
    """Return the ways in which a kernel is printed: the schedule's, and others beside it."""
    beside = beside_schedule(kernel, schedule, target)
    if beside is None:
        return Ways(schedule, _short(kernel, schedule, target, beside), None)
    again = sum(1 for stage in kernel.stages if stage.axes) > 1
    # With as many accumulators a row has the same bits, however many rows there are.
    along = replace(schedule, unroll=beside.unroll)
    return Ways(along, _short(kernel, along, target, beside), beside, schedule if again else None)


def _short(
    kernel: Kernel, schedule: Schedule, target: Target, beside: Schedule | None
) -> Short | None:
    looped = [stage for stage in kernel.stages if stage.axes]
    if schedule.vector == "none" or not _has_rows(kernel, looped):
        return None
    combines = [r.combine for stage in looped for r in stage.reductions]
    if beside is not None and len(looped) == 1:
        sums = all(c.name == "sum" for c in combines)
        return _gathered(kernel, schedule, looped, TINY if sums else SMALL)
    summed = all(len(c.init) == 1 for c in combines)
    return _turned(kernel, schedule, looped, target) or _gathered(
        kernel, schedule, looped, SUMMED if summed else CHOSEN
    )


def _has_rows(kernel: Kernel, looped: list[Stage]) -> bool:
    """Tell whether a kernel goes through rows of one length, in turn for a reduction."""
    lengths = {axis.size for stage in looped for axis in stage.axes}
    if not kernel.outer or len(lengths) != 1 or any(len(stage.axes) > 1 for stage in looped):
        return False
    return any(s.reductions for s in looped) and not any(s.carries for s in looped)


def _turned(
    kernel: Kernel, schedule: Schedule, looped: list[Stage], target: Target
) -> Short | None:
    """Return the way in which rows are turned in registers, if there is one."""
    length, lanes = looped[0].axes[0].size, schedule.lanes
    below = lanes * (BUSY if _is_busy(kernel) else TURNED)
    apart = with_rows_apart(kernel)
    fits = fits_abreast(apart, lanes, target.vector_bytes) and side_by_side(apart)
    if lanes < 2 or not fits or len(_operations(kernel)) > MANY:
        return None
    if isinstance(length, int) and length >= below:
        return None
    across = Schedule("outer", lanes, (1,) * len(kernel.stages), longest=below)
    return Short(apart, across, length, below)


def _is_busy(kernel: Kernel) -> bool:
    """Tell whether rows take an elementary function each, or a merge of several numbers."""
    once = (op for stage in kernel.stages for op in _once_a_row(kernel, stage))
    several = any(len(r.combine.init) > 1 for stage in kernel.stages for r in stage.reductions)
    return several or any(map(is_costly, once))


def _once_a_row(kernel: Kernel, stage: Stage) -> Iterator[str]:
    """Yield the operations of a stage that do not move along the row."""
    inner = {axis.name for axis in stage.axes}
    found = scalar_axes(kernel, stage, reads_of(kernel, stage))
    for scalar, axes in zip(stage.scalars, found, strict=True):
        if is_operation(scalar) and not inner & axes:
            yield scalar.op


def _gathered(kernel: Kernel, schedule: Schedule, looped: list[Stage], below: int) -> Short | None:
    """Return the way in which lanes gather the elements of rows, if that is likely to pay."""
    length = looped[0].axes[0].size
    if schedule.vector != "inner" or isinstance(length, int) or not outer_allowed(kernel):
        return None
    operations = _operations(kernel)
    if len(operations) > FEW or any(map(is_costly, operations)):
        return None
    across = Schedule("outer", schedule.lanes, (1,) * len(kernel.stages))
    return Short(kernel, across, length, below)


def _operations(kernel: Kernel) -> list[str]:
    return [s.op for stage in kernel.stages for s in stage.scalars if is_operation(s)]


# Printing ----------------------------------------------------------------------------------------


def emit_either(builder: KernelBuilder, kernel: Kernel, schedule: Schedule, name: str) -> None:
    """Print a kernel under a schedule; where other ways may suit its sizes, in these too."""
    ways = ways_of(kernel, schedule, builder.target)
    if ways.short is None and ways.beside is None:
        emit_kernel(builder, kernel, schedule, name)
        return
    emit_kernel(builder, kernel, ways.along, f"{name}_{ALONG}", export=False)
    if ways.short is not None:
        short = ways.short
        emit_kernel(builder, short.kernel, short.schedule, f"{name}_{ACROSS}", export=False)
    if ways.beside is not None:
        emit_beside(builder, kernel, ways.beside, f"{name}_{BESIDE}", export=False)
    if ways.far is not None:
        emit_kernel(builder, kernel, ways.far, f"{name}_{FAR}", export=False)
    with builder.function(name, kernel_function_signature(kernel)) as registers:
        _choose(builder, kernel, registers, ways, name)
        builder.ret()


def _choose(
    builder: KernelBuilder, kernel: Kernel, registers: list[Register], ways: Ways, name: str
) -> None:
    """Call the way that suits the sizes: too few rows to walk together are walked one by one."""
    sizes = registers[len(kernel.buffers) :]

    def go(way: str) -> None:
        builder.call(f"{name}_{way}", None, registers)

    def near() -> None:
        assert ways.beside is not None
        rows = builder.constant("int64", ways.beside.rows)
        enough = builder.greater_equal(_value(builder, kernel.outer[-1].size, sizes), rows)
        builder.when(enough, partial(go, BESIDE), partial(go, ALONG))

    def long() -> None:
        if ways.beside is None:
            go(ALONG)
        elif ways.far is None:
            near()
        else:
            length = _value(builder, next(s.axes[0].size for s in kernel.stages if s.axes), sizes)
            stays = builder.less(length, builder.constant("int64", _near(kernel, ways.beside.rows)))
            builder.when(stays, near, partial(go, FAR))

    if ways.short is None:
        long()
        return
    below = builder.constant("int64", ways.short.below)
    short = builder.less(_value(builder, ways.short.length, sizes), below)
    builder.when(short, partial(go, ACROSS), long)


def _near(kernel: Kernel, rows: int) -> int:
    """Return how many elements of so many rows are still near when they are read again."""
    read = max(ITEMSIZE[buffer.dtype] for buffer in kernel.buffers)
    return NEAR // (rows * read)


def _value(builder: KernelBuilder, size: SizeName, sizes: list[Register]) -> Register:
    return sizes[int(size[1:])] if isinstance(size, str) else builder.constant("int64", size)
