"""Lowers kernels under the schedules that fit the target: whole, or in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

from msgspec.structs import replace

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register
from symc.compiler.codegen.turning import Turning
from symc.compiler.kernel.abreast import turnings
from symc.compiler.kernel.cut import BLOCK, Ending, Piece, cut, merges
from symc.compiler.kernel.fold import Rows
from symc.compiler.kernel.frame import Frame
from symc.compiler.kernel.interpret import starting_value
from symc.compiler.kernel.linear import polynomial
from symc.compiler.kernel.lower import Lowering, emit_kernel, kernel_function_signature
from symc.compiler.kernel.plan import plan_kernel
from symc.compiler.kernel.record import Kernel, Schedule
from symc.compiler.kernel.scalars import number
from symc.compiler.kernel.schedule import choose_schedule
from symc.compiler.kernel.short import emit_either, ways_of
from symc.compiler.target.isa import Target


def turnings_of(records: Iterable[object], target: Target) -> list[Turning]:
    """Return what the functions are for that turn rows of some kernels."""
    found: set[Turning] = set()
    for kernel in records:
        if not isinstance(kernel, Kernel) or not kernel.outer or merges(kernel):
            continue
        short = ways_of(kernel, choose_schedule(kernel, target), target).short
        if short is not None and short.schedule.longest:
            found |= turnings(short.kernel, short.schedule.lanes)
    return sorted(found)


def piece_name(name: str, number: int) -> str:
    """Return the name of the function of one piece of a kernel."""
    return f"{name}_{number}"


def emit_pieces(builder: KernelBuilder, kernel: Kernel, name: str) -> None:
    """Print a kernel as one function, or as one for each of its pieces."""
    pieces = cut(kernel)
    if pieces is None:
        _emit_whole(builder, kernel, name)
        return
    for k, piece in enumerate(pieces.pieces):
        if piece.how == "blocks":
            _emit_blocks(builder, piece, piece_name(name, k))
        else:
            emit_kernel(builder, piece.kernel, _schedule(builder, piece), piece_name(name, k))


def _emit_whole(builder: KernelBuilder, kernel: Kernel, name: str) -> None:
    if merges(kernel):
        emit_kernel(builder, kernel, _merging(builder, kernel), name)
    else:
        emit_either(builder, kernel, choose_schedule(kernel, builder.target), name)


def _schedule(builder: KernelBuilder, piece: Piece) -> Schedule:
    """Choose a schedule; what is small is not worth the code of lanes."""
    looped = any(stage.axes for stage in piece.kernel.stages)
    if piece.how == "alone" and (merges(piece.kernel) or not looped):
        return _merging(builder, piece.kernel)
    return choose_schedule(piece.kernel, builder.target)


def _merging(builder: KernelBuilder, kernel: Kernel) -> Schedule:
    """Choose a schedule with little code: one vector of columns, or one element, at a time."""
    ones = (1,) * len(kernel.stages)
    chosen = choose_schedule(kernel, builder.target)
    if chosen.vector == "outer":
        return Schedule("outer", chosen.lanes, ones)
    return Schedule("none", 0, ones)


def _emit_blocks(builder: KernelBuilder, piece: Piece, name: str) -> None:
    kernel = piece.kernel
    plan = plan_kernel(kernel, _block_schedule(builder, kernel))
    with builder.function(name, kernel_function_signature(kernel)) as registers:
        _Blocks(Frame(builder, plan, registers), piece).run()
        builder.ret()


def _block_schedule(builder: KernelBuilder, kernel: Kernel) -> Schedule:
    """Choose a schedule for a block as for a kernel of its own: blocks do not run side by side."""
    first, *others = kernel.stages
    chosen = choose_schedule(replace(kernel, outer=(), stages=(first,)), builder.target)
    return replace(chosen, unroll=(*chosen.unroll, *(1 for _ in others)))


class _Blocks(Lowering):
    """Prints the loops of a piece whose outer axis are blocks of its first stage's first axis."""

    def __init__(self, frame: Frame, piece: Piece) -> None:
        super().__init__(frame)
        self.piece = piece

    def inside(self, level: int) -> Callable[[Rows], Rows]:
        """Return the body of the loop over blocks."""

        def body(rows: Rows) -> Rows:
            frame, b = self.frame, self.b
            length = frame.size(polynomial(self.piece.length))
            first = b.multiply(frame.axes[BLOCK], length)
            axis = self.piece.axes[0]
            end = b.minimum(b.add(first, length), frame.size(polynomial(axis.size)))

            def block() -> None:
                with frame.within(axis, first, end):
                    self.around(level + 1)

            if self.piece.ending is None:
                block()
            else:
                self.unless_ended(self.piece.ending, block)
            return rows

        return body

    def unless_ended(self, ending: Ending, block: Callable[[], None]) -> None:
        """Print a block where none before it has found what decides.

        Threads may go on all the same, and say that a later block has found it: not an earlier one.
        """
        b, here = self.b, self.frame.axes[BLOCK]
        told = self.frame.buffers[ending.told]

        def own(buffer: int, dtype: str) -> Register:
            return b.offset(self.frame.buffers[buffer], dtype, here)

        def leave() -> None:
            for buffer, (dtype, value) in ending.nothing.items():
                b.store(number(b, dtype, starting_value(dtype, value)), own(buffer, dtype))

        def seek() -> None:
            block()
            values = [(b.load(own(k, "bool"), "bool"), v) for k, v in ending.decisive.items()]
            found = [x if value else b.bit_not(x) for x, value in values]
            b.when(reduce(b.bit_and, found), lambda: b.store(here, told))

        b.when(b.less(b.load(told, "int64"), here), leave, seek)
