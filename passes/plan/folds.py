"""Parts a kernel that folds all rows of a product into what folds a block and what merges blocks.

A sum over everything, or down columns, then follows its product by turns: each block of rows leaves
what it carries in a place of its own, and these are merged in their order, so bits do not depend on
threads.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler.kernel.cut import BLOCK, handing, merging, unfinished
from symc.compiler.kernel.record import Affine, Axis, Buffer, Kernel, SizeName, Stage


class Folding(Struct, frozen=True):
    """The parts of a kernel whose first stage folds rows.

    block    folds a block, whose rows are one more size than the kernel's, and hands on what it
             carries in one more array a scalar
    rest     reads these arrays, whose blocks are one more size, and does what is left
    handed   the dtypes of what is carried; shape the sizes of one block's
    """

    block: Kernel
    rest: Kernel
    handed: tuple[str, ...]
    shape: tuple[SizeName, ...]


def folding(kernel: Kernel) -> Folding | None:
    """Return the parts of a kernel, or None where its first stage does not fold."""
    first, *others = kernel.stages
    if not first.axes or not first.reductions or first.carries:
        return None
    count = f"s{kernel.sizes}"
    dtypes = tuple(dtype for r in first.reductions for dtype, _ in r.combine.init)
    handed = dict(enumerate(dtypes, len(kernel.buffers)))
    shape = tuple(axis.size for axis in kernel.outer)
    place = tuple(Affine(((axis.name, 1),)) for axis in kernel.outer)
    part = replace(
        first,
        axes=(replace(first.axes[0], size=count), *first.axes[1:]),
        reductions=tuple(map(unfinished, first.reductions)),
    )
    made = (Buffer(dtype, shape, "out") for dtype in dtypes)
    read = (Buffer(dtype, (count, *shape), "in") for dtype in dtypes)
    merge = merging(first.reductions, handed, Axis(BLOCK, count), place)
    return Folding(
        _with(kernel, made, part, handing(handed, place)),
        _with(kernel, read, merge, *others),
        dtypes,
        shape,
    )


def _with(kernel: Kernel, more: Iterable[Buffer], *stages: Stage) -> Kernel:
    """Return other stages for a kernel, with one more size and more buffers."""
    return replace(kernel, sizes=kernel.sizes + 1, buffers=(*kernel.buffers, *more), stages=stages)
