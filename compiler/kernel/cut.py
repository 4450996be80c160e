"""Cuts a kernel without outer axes into pieces, run in turn, each on many threads if it is long.

A reduction over everything is folded in blocks of fixed size, and then their results in order. So
bits do not depend on threads, and no number is added to the end of a long sum of others.
"""

from __future__ import annotations

from math import prod
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler.kernel.combine import combine_for
from symc.compiler.kernel.plan import moved_only_by
from symc.compiler.kernel.record import (
    Affine,
    Axis,
    Body,
    Buffer,
    Kernel,
    Read,
    Reduction,
    Scalar,
    SizeName,
    Stage,
    Write,
)

POINTS = 32_768
"""Points of a block at least."""

BLOCKS = 512
"""Blocks at most; of more points, blocks are longer."""

BLOCK = "b0"
"""The axis of blocks."""

OWN = Affine(((BLOCK, 1),))
"""The place of a block's own."""


DECISIVE = {"any": True, "max": True, "all": False, "min": False, "argmax": True, "argmin": False}
"""Reductions of bools that are known as soon as one element has a value."""

NONE = BLOCKS
"""Said instead of a block while none has found what decides."""


class Ending(Struct, frozen=True):
    """How blocks end early: those after one that has found what decides hand on that they saw none.

    told      buffer of one element that says which block has found it
    nothing   what a block that saw nothing hands on, by buffers: dtypes and values
    decisive  what decides, by buffers: blocks have found it where all of them hold these values
    """

    told: int
    nothing: dict[int, tuple[str, Any]]
    decisive: dict[int, bool]


class Piece(Struct, frozen=True):
    """A kernel that runs after the pieces before it, with the same arguments as they.

    how      'alone' runs once; 'along' and 'blocks' in parts of the first outer axis, which is that
             of the stage, or blocks of it
    axes     of the stage that it was made of, where it runs in parts
    length   the size that says how many steps of the first axis a block has
    count    the size that says how many blocks there are
    ending   how blocks end early, if they do
    """

    kernel: Kernel
    how: Literal["alone", "along", "blocks"]
    axes: tuple[Axis, ...] = ()
    length: SizeName = 0
    count: SizeName = 0
    ending: Ending | None = None


class Cut(Struct, frozen=True):
    """The pieces of a kernel, and what their arguments have more than its own.

    memory   buffers for what blocks hand on, as (dtype, elements)
    folded   axes of the stages folded in blocks, each with two more sizes: the steps of its first
             axis in a block, and the number of blocks
    """

    pieces: tuple[Piece, ...]
    memory: tuple[tuple[str, int], ...]
    folded: tuple[tuple[Axis, ...], ...]


def cut(kernel: Kernel) -> Cut | None:
    """Return the pieces of a kernel, or None where it is best run whole."""
    if kernel.outer or any(stage.carries for stage in kernel.stages):
        return None
    if not any(map(_runs_in_parts, kernel.stages)):
        return None
    return _Cutting(kernel).run()


def merges(kernel: Kernel) -> bool:
    """Tell whether all that a kernel goes through is what blocks have stored, which are few."""
    return {stage.axes[0].name for stage in kernel.stages if stage.axes} == {BLOCK}


def _runs_in_parts(stage: Stage) -> bool:
    """Tell whether steps of a stage's first axis may run at once, and may be many."""
    if not stage.axes or stage.axes[0].name == BLOCK:
        return False
    sizes = [axis.size for axis in stage.axes]
    known = [size for size in sizes if isinstance(size, int)]
    if len(known) == len(sizes) and prod(known) <= POINTS:
        return False
    name = stage.axes[0].name
    return all(
        write.mode == "store" and any(moved_only_by(index, name) for index in write.index)
        for write in stage.writes
    )


class _Cutting:
    """Goes through the stages of a kernel and collects the pieces."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.pieces: list[Piece] = []
        self.memory: list[tuple[str, int]] = []
        self.folded: list[tuple[Axis, ...]] = []
        self.alone: list[Stage] = []
        self.near: dict[int, int] = {}  # stages whose results the stages in `alone` have
        self.kept: dict[tuple[int, int], int] = {}  # buffers of results of earlier pieces

    def run(self) -> Cut:
        """Return the pieces."""
        for k, stage in enumerate(self.kernel.stages):
            if not _runs_in_parts(stage):
                self.near[k] = len(self.alone)
                self.alone.append(self.known(stage))
                continue
            self.finish(k)
            if stage.reductions:
                self.fold(k, stage)
            else:
                self.along(stage)
        self.finish(len(self.kernel.stages))
        pieces = tuple(map(self.whole, self.pieces))
        return Cut(pieces, tuple(self.memory), tuple(self.folded))

    def whole(self, piece: Piece) -> Piece:
        """Give a piece all buffers and sizes, so that pieces have the same arguments."""
        own = (replace(b, role="inout") if b.role == "row" else b for b in self.kernel.buffers)
        more = (Buffer(dtype, (n,), "inout") for dtype, n in self.memory)
        sizes = self.kernel.sizes + 2 * len(self.folded)
        return replace(piece, kernel=replace(piece.kernel, sizes=sizes, buffers=(*own, *more)))

    def piece(self, *stages: Stage, outer: tuple[Axis, ...] = ()) -> Kernel:
        """Return a kernel of stages, its buffers and sizes left open."""
        return Kernel(0, (), outer, stages, self.kernel.checks)

    def reserve(self, dtype: str, count: int) -> int:
        """Return the number of a new buffer."""
        self.memory.append((dtype, count))
        return len(self.kernel.buffers) + len(self.memory) - 1

    # Results ------------------------------------------------------------------------------------

    def known(self, stage: Stage) -> Stage:
        """Return a stage that reads results of other pieces from memory."""
        return replace(stage, scalars=tuple(map(self._known, stage.scalars)))

    def _known(self, scalar: Scalar) -> Scalar:
        if scalar.op != "result":
            return scalar
        stage, number = scalar.attribute
        if stage in self.near:
            return replace(scalar, attribute=(self.near[stage], number))
        place = Read(self.kept[stage, number], (Affine(),))
        return Scalar("read", (), scalar.dtype, place)

    def finish(self, stage: int) -> None:
        """Make a piece of what waits in `alone`; keep what stages from the given one on read."""
        later = [s for other in self.kernel.stages[stage:] for s in other.scalars]
        wanted = {s.attribute: s.dtype for s in later if s.op == "result"}
        for (k, number), dtype in wanted.items():
            if k in self.near:
                self.alone.append(self.keep(k, number, dtype))
        if self.alone:
            self.pieces.append(Piece(self.piece(*self.alone), "alone"))
        self.alone, self.near = [], {}

    def keep(self, stage: int, number: int, dtype: str) -> Stage:
        """Return a stage that stores a result for the pieces that follow."""
        buffer = self.kept[stage, number] = self.reserve(dtype, 1)
        result = Scalar("result", (), dtype, (self.near[stage], number))
        return Stage((), (result,), writes=(Write(buffer, (Affine(),), 0),))

    # Pieces in parts ----------------------------------------------------------------------------

    def along(self, stage: Stage) -> None:
        """Add a piece of a stage without reductions: its first axis becomes an outer one."""
        own = self.known(replace(stage, axes=stage.axes[1:]))
        kernel = self.piece(own, outer=stage.axes[:1])
        self.pieces.append(Piece(kernel, "along", stage.axes))

    def fold(self, k: int, stage: Stage) -> None:
        """Add a piece that folds blocks; the stage that merges them waits for what follows."""
        first = self.kernel.sizes + 2 * len(self.folded)
        length, count = f"s{first}", f"s{first + 1}"
        self.folded.append(stage.axes)
        carried = [dtype for r in stage.reductions for dtype, _ in r.combine.init]
        handed = {self.reserve(dtype, BLOCKS): dtype for dtype in carried}
        part = replace(self.known(stage), reductions=tuple(map(unfinished, stage.reductions)))
        kernel = self.piece(part, handing(handed, (OWN,)), outer=(Axis(BLOCK, count),))
        ending = self.ending(stage, list(handed))
        self.pieces.append(Piece(kernel, "blocks", stage.axes, length, count, ending))
        self.near = {k: 0}
        self.alone = [merging(stage.reductions, handed, Axis(BLOCK, count))]

    def ending(self, stage: Stage, handed: list[int]) -> Ending | None:
        """Add a piece that says that nothing is found yet, where a stage does nothing but seek.

        A check that fails is told wherever the index is.
        """
        if stage.writes or self.kernel.checks or not all(map(_decides, stage.reductions)):
            return None
        told = self.reserve("int64", 1)
        nothing = Scalar("constant", (), "int64", NONE)
        first = Stage((), (nothing,), writes=(Write(told, (Affine(),), 0),))
        self.pieces.append(Piece(self.piece(first), "alone"))
        carried = [init for r in stage.reductions for init in r.combine.init]
        decisive, at = {}, 0
        for reduction in stage.reductions:
            decisive[handed[at]] = DECISIVE[reduction.combine.name]
            at += len(reduction.combine.init)
        return Ending(told, dict(zip(handed, carried, strict=True)), decisive)


def _decides(reduction: Reduction) -> bool:
    """Tell whether a reduction is known once one of the elements, in their order, has a value."""
    combine = reduction.combine
    if combine.name not in DECISIVE or combine.init[0][0] != "bool":
        return False
    return len(combine.init) == 1 or combine.step == combine_for(combine.name, *["bool"] * 3).step


def handing(handed: dict[int, str], place: tuple[Affine, ...]) -> Stage:
    """Return the stage that stores what a block carries, each scalar in a buffer of its own."""
    scalars = tuple(Scalar("result", (), d, (0, n)) for n, d in enumerate(handed.values()))
    writes = tuple(Write(buffer, place, n) for n, buffer in enumerate(handed))
    return Stage((), scalars, writes=writes)


def merging(
    reductions: tuple[Reduction, ...],
    handed: dict[int, str],
    blocks: Axis,
    place: tuple[Affine, ...] = (),
) -> Stage:
    """Return the stage that reduces what blocks have stored in a place of theirs, in order."""
    own = (Affine(((blocks.name, 1),)), *place)
    reads = tuple(Scalar("read", (), d, Read(buffer, own)) for buffer, d in handed.items())
    merged, at = [], 0
    for reduction in reductions:
        combine, parts = reduction.combine, len(reduction.combine.init)
        merged.append(Reduction(replace(combine, step=combine.merge), tuple(range(at, at + parts))))
        at += parts
    return Stage((blocks,), reads, tuple(merged))


def unfinished(reduction: Reduction) -> Reduction:
    """Return a reduction that gives what it carries."""
    combine = reduction.combine
    dtypes = tuple(dtype for dtype, _ in combine.init)
    scalars = tuple(Scalar("parameter", (), dtype, k) for k, dtype in enumerate(dtypes))
    finish = Body(dtypes, scalars, tuple(range(len(dtypes))))
    return replace(reduction, combine=replace(combine, finish=finish))
