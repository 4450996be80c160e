"""How a native function runs, in words: its loops, its vectors, its threads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard

from symc.compiler.codegen.product.gram import FEW
from symc.compiler.codegen.product.threads import SHARE
from symc.compiler.codegen.product.tile import tile_for
from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.cut import POINTS, cut
from symc.compiler.kernel.linear import Polynomial, polynomial, times
from symc.compiler.kernel.parts import least_points, part_points
from symc.compiler.kernel.plan import is_operation, outer_is_parallel
from symc.compiler.kernel.record import Axis, Kernel, Schedule, Stage
from symc.compiler.kernel.schedule import choose_schedule
from symc.compiler.kernel.short import Ways, ways_of
from symc.compiler.kernel.work import is_costly
from symc.compiler.program.formula import evaluate, text
from symc.compiler.program.record import Record
from symc.compiler.target.isa import Target
from symc.compiler.value import Value

Sizes = Mapping[str, Polynomial]
Words = tuple[tuple[str, str], ...]

PIECES = {
    "blocks": f"blocks of {POINTS:,} points at least, side by side",
    "along": "parts side by side",
    "alone": "one",
}
"""How the pieces run that a kernel without outer axes is cut to."""

MIRRORED = ("mirrored", "one triangle of sums is computed, the other is its image")
"""How a product runs of a matrix with its own transpose."""


def shape_of(record: Record, sizes: Sizes, target: Target) -> Words:
    """Return the loops, the vectors and the threads of a native function, each with its heading."""
    if isinstance(record, Kernel):
        schedule = choose_schedule(record, target)
        return (
            ("loops", _loops(record, sizes)),
            ("vectors", _vectors(record, schedule, sizes)),
            *_ways(record, ways_of(record, schedule, target)),
            ("threads", _threads(record)),
        )
    if isinstance(record, Contraction):
        batch, m, n, k = (text(sizes[f"s{i}"]) for i in range(4))
        many = "" if batch == "1" else f"{batch} times "
        return (
            ("sums", f"{many}{m} by {n}, each over {k}"),
            ("threads", f"shared from {SHARE:,} multiply-adds a thread on"),
        )
    return ()


def is_mirrored(
    record: Record, reads: Sequence[Value], sizes: Sizes, target: Target
) -> TypeGuard[Contraction]:
    """Tell whether of a product half of the sums are computed.

    It is a matrix times its own transpose, in the generated code as in `gram.recognise`, unless
    its size is known to be small.
    """
    if not isinstance(record, Contraction) or record.is_mixed:
        return False
    size, least = sizes["s2"], FEW * tile_for(record.dtype, target).width
    small = not any(names for names, _ in size) and evaluate(size) <= least
    turned = record.transpose_left != record.transpose_right
    return turned and reads[0] is reads[1] and not small


def _loops(kernel: Kernel, sizes: Sizes) -> str:
    stages = "; ".join(_stage(kernel, stage, sizes) for stage in kernel.stages)
    outer = _product(kernel.outer, sizes)
    if not kernel.outer:
        return stages
    return f"{outer} points" if stages == "" else f"{outer} of ({stages})"


def _stage(kernel: Kernel, stage: Stage, sizes: Sizes) -> str:
    does = ", ".join(dict.fromkeys(_does(kernel, stage))) or "arithmetic"
    return f"{_product(stage.axes, sizes)}: {does}" if stage.axes else does


def _does(kernel: Kernel, stage: Stage) -> Iterator[str]:
    for scalar in stage.scalars:
        if is_operation(scalar) and is_costly(scalar.op):
            yield scalar.op
    yield from (reduction.combine.name for reduction in stage.reductions)
    yield from ("carried on" for _ in stage.carries)
    for write in stage.writes:
        yield "keeps a row" if kernel.buffers[write.buffer].role == "row" else "writes"


def _product(axes: tuple[Axis, ...], sizes: Sizes) -> str:
    total = polynomial(1)
    for axis in axes:
        size = polynomial(axis.size) if isinstance(axis.size, int) else sizes[axis.size]
        total = times(total, size)
    return text(total)


def _vectors(kernel: Kernel, schedule: Schedule, sizes: Sizes) -> str:
    if schedule.vector == "none":
        return "one element at a time"
    along = "the inner loops"
    if schedule.vector == "outer":
        along = f"the {_product(kernel.outer[-1:], sizes)} points outside"
    many = "/".join(map(str, schedule.unroll))
    swept = f"; {schedule.sweep} points swept at a time" if schedule.sweep else ""
    return f"{schedule.lanes} lanes along {along}, {many} at once{swept}"


def _ways(kernel: Kernel, ways: Ways) -> Iterator[tuple[str, str]]:
    """Say how a kernel runs where its rows are short, or many, if that is another way."""
    if cut(kernel) is not None:
        return
    lanes = ways.along.lanes
    if ways.short is not None:
        how = "turned in registers" if ways.short.schedule.longest else "gathered"
        yield "short", f"{lanes} rows of fewer than {ways.short.below} elements at once, {how}"
    if ways.beside is not None:
        yield "many", f"{ways.beside.rows} rows at once, {lanes} lanes along each"


def _threads(kernel: Kernel) -> str:
    pieces = cut(kernel)
    if pieces is not None:
        return ", then ".join(PIECES[piece.how] for piece in pieces.pieces)
    if not outer_is_parallel(kernel):
        return "one: its points depend on one another"
    least = least_points(kernel)
    wide = f", each of {least} at least" if least > 1 else ""
    return f"in parts of {part_points(kernel):,} points{wide}"
