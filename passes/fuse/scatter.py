"""Kernels of their own kind: scatters, regions, and joins of many operands."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Literal

from symc.compiler.kernel.combine import combine_for
from symc.compiler.kernel.record import Affine, Axis, Index, Picked, Reduction, Write
from symc.compiler.sizes import is_one
from symc.compiler.types import Size
from symc.compiler.value import Value
from symc.passes.fuse.draft import KernelDraft, StageDraft, scale, shift
from symc.passes.fuse.element import ZERO, Elements, picked_index
from symc.passes.fuse.group import is_joined_in_rows
from symc.passes.fuse.regions import has_all_rows
from symc.passes.fuse.roots import SCATTERS, SOURCES, storage


class OwnKernel:
    """Builds a kernel stage by stage, most without outer axes, reading only what is in memory."""

    def __init__(self, roots: set[Value]) -> None:
        self.draft = KernelDraft()
        self.roots = roots
        self.stages: list[StageDraft] = []
        self.outer: tuple[Axis, ...] = ()

    def stage(self, shape: tuple[Size, ...], letter: str) -> tuple[Elements, tuple[Affine, ...]]:
        """Open a stage over a shape; return its elements and the index of each dimension."""
        axes, index = self.axes(shape, letter)
        stage = StageDraft(self.draft, axes)
        self.stages.append(stage)
        return Elements(stage, self._held), index

    def axes(
        self, shape: tuple[Size, ...], letter: str
    ) -> tuple[tuple[Axis, ...], tuple[Affine, ...]]:
        """Return the axes of a shape, and the index of each dimension."""
        axes: list[Axis] = []
        index: list[Affine] = []
        for k, size in enumerate(shape):
            if is_one(size):
                index.append(ZERO)
                continue
            axis = Axis(f"{letter}{k}", self.draft.size(size))
            axes.append(axis)
            index.append(Affine(((axis.name, 1),)))
        return tuple(axes), tuple(index)

    def _held(
        self, stage: StageDraft, value: Value, index: tuple[Index, ...] | None, guard: int | None
    ) -> int | None:
        if index is None or value not in self.roots:
            return None
        return Elements(stage, lambda *_: None).load(value, index, guard)


def long_index(
    value: Value, index: tuple[Index, ...], kept: tuple[int, ...] = ()
) -> tuple[Index, ...]:
    """Return the index of a Value's buffer: dimensions of size 1 are left out unless kept."""
    sizes = enumerate(value.type.shape)
    return tuple(index[k] for k, size in sizes if not is_one(size) or k in kept)


def joined(value: Value, roots: set[Value]) -> OwnKernel:
    """Return the kernel of a join: one stage an operand, each writing its own region."""
    kernel = OwnKernel(roots)
    axis = value.attribute("axis")
    out = kernel.draft.bind(value, "out")
    rows = axis if is_joined_in_rows(value) else 0
    kernel.outer, row = kernel.axes(value.type.shape[:rows], "i")
    start: Affine = ZERO
    for k, operand in enumerate(value.operands):
        elements, index = kernel.stage(operand.type.shape[rows:], f"j{k}_")
        index = row + index
        position = elements.at(operand, index)
        here = Affine(index[axis].terms, index[axis].constant)
        for name, factor in start.terms:
            for _ in range(int(factor)):
                here = shift(here, name)
        moved = (*index[:axis], shift(here, start.constant), *index[axis + 1 :])
        elements.stage.writes.append(Write(out, long_index(value, moved), position))
        start = shift(start, kernel.draft.size(operand.type.shape[axis]))
    return kernel


CHANGED = SOURCES - {"constant"}
"""What lies in memory that may be changed, or copied there and then changed."""

MODES: dict[str, Literal["store", "add"]] = {"scatter_add": "add", "scatter_set": "store"}


def in_place_scatter(value: Value, roots: set[Value]) -> bool:
    """Tell whether a scatter changes something that is in memory."""
    target = links(value, roots)[0].operands[0]
    base = target.operands[0] if target.op.name == "parts" else target
    return storage(base) is base and (base in roots or base.op.name in CHANGED)


def links(value: Value, roots: set[Value]) -> list[Value]:
    """Return the scatters that one kernel does one after the other: the last is in memory."""
    found = [value]
    while (target := found[-1].operands[0]).op.name in SCATTERS and target not in roots:
        found.append(target)
    return found[::-1]


def scattered(value: Value, roots: set[Value], proofs: Mapping[Value, Value]) -> OwnKernel:
    """Return the kernel of scatters.

    proofs   Values that prove the indices of all of them; none where the kernel checks them
    """
    kernel, chain = OwnKernel(roots), links(value, roots)
    target = chain[0].operands[0]
    ones = () if proofs else range(max(len(link.operands) - 2 for link in chain))
    kept = tuple(k for k in ones if is_one(target.type.shape[k]))
    if in_place_scatter(value, roots):
        out = kernel.draft.bind(value, "inout", kept)
    else:
        out = kernel.draft.bind(value, "out", kept)
        elements, index = kernel.stage(target.type.shape, "f")
        position = elements.at(target, index)
        elements.stage.writes.append(Write(out, long_index(value, index, kept), position))
    for k, link in enumerate(chain):
        if link in proofs:
            kernel.draft.bind(proofs[link], "in")
        _write_picked(kernel, link, out, kept, f"j{k}_" if k else "j", proofs)
    return kernel


def _write_picked(
    kernel: OwnKernel,
    value: Value,
    out: int,
    kept: tuple[int, ...],
    letter: str,
    proofs: Container[Value],
) -> None:
    """Add the stage of one scatter."""
    target, source, *arrays = value.operands
    front = arrays[0].type.ndim
    elements, index = kernel.stage(_points(value), letter)
    picked = tuple(
        _place_of(kernel, elements, value, k, array, index[:front], proofs)
        for k, array in enumerate(arrays)
    )
    where = long_index(target, picked + index[front:], kept)
    position = elements.at(source, index)
    elements.stage.writes.append(Write(out, where, position, mode=MODES[value.op.name]))


def region(value: Value, roots: set[Value]) -> OwnKernel:
    """Return the kernel that writes a region of a state."""
    kernel = OwnKernel(roots)
    out = kernel.draft.bind(value, "inout")
    elements, index = kernel.stage(value.operands[1].type.shape, "i")
    kernel.outer, elements.stage.axes = elements.stage.axes, ()
    _write_region(value, out, elements, index)
    return kernel


def region_of_copy(value: Value, roots: set[Value]) -> OwnKernel:
    """Return the kernel that copies an array, and writes a region of the copy.

    Where the region has all rows, each is written while it is near.
    """
    kernel = OwnKernel(roots)
    target, source, *_ = value.operands
    shape, part = target.type.shape, source.type.shape
    rows = len(shape) - 1 if has_all_rows(value) else 0
    out = kernel.draft.bind(value, "out")
    kernel.outer, row = kernel.axes(shape[:rows], "i")
    elements, index = kernel.stage(shape[rows:], "f")
    position = elements.at(target, row + index)
    elements.stage.writes.append(Write(out, long_index(value, row + index), position))
    elements, index = kernel.stage(part[rows:], "j")
    _write_region(value, out, elements, row + index)
    return kernel


def _write_region(value: Value, out: int, elements: Elements, index: tuple[Affine, ...]) -> None:
    """Write a region's elements where they lie, whose places go up along all axes."""
    target, source, *starts = value.operands
    steps, draft = value.attribute("steps"), elements.stage.kernel
    sizes = map(draft.size, source.type.shape)
    index = tuple(
        i if step > 0 else shift(Affine(scale(i, -1).terms, -1), size)
        for i, step, size in zip(index, steps, sizes, strict=True)
    )
    position = elements.at(source, index)
    where = tuple(
        elements.plus(elements.times(i, step), draft.size(start.as_size()))
        for i, start, step in zip(index, starts, steps, strict=True)
    )
    mode: Literal["store", "add"] = "add" if value.op.name == "region_add" else "store"
    elements.stage.writes.append(Write(out, long_index(target, where), position, mode=mode))


def _points(value: Value) -> tuple[Size, ...]:
    """Return the sizes a scatter runs over: the index arrays', then the rest of the target's."""
    target, _, *arrays = value.operands
    front = arrays[0].type.ndim
    shape: list[Size] = []
    for axis in range(front):
        long = [a.type.shape[axis] for a in arrays if not is_one(a.type.shape[axis])]
        shape.append(long[0] if long else 1)
    return (*shape, *target.type.shape[len(arrays) :])


def _place_of(
    kernel: OwnKernel,
    elements: Elements,
    value: Value,
    k: int,
    array: Value,
    index: tuple[Affine, ...],
    proofs: Container[Value],
) -> Picked:
    if value not in proofs:
        return picked_index(elements, array, index, None, kernel.draft.check(value.site))
    picked = picked_index(elements, array, index, None, -1)
    return Picked(_counted_from_front(elements.stage, picked.scalar, value, k))


def _counted_from_front(stage: StageDraft, number: int, value: Value, k: int) -> int:
    name = stage.kernel.size(value.operands[0].type.shape[k])
    size = stage.scalar("constant" if isinstance(name, int) else "size", (), "int64", name)
    zero = stage.scalar("constant", (), "int64", 0)
    negative = stage.scalar("less", (number, zero), "bool", ())
    wrapped = stage.scalar("add", (number, size), "int64", ())
    return stage.scalar("switch", (negative, wrapped, number), "int64", ())


def index_check(value: Value, proof: Value, roots: set[Value]) -> OwnKernel:
    """Return the kernel that reads through a scatter's indices once, so that a bad one fails.

    proof is the 0-d Value that the kernel makes: a value that nothing else reads.
    """
    kernel = OwnKernel(roots)
    target, arrays = links(value, roots)[0].operands[0], value.operands[2:]
    front = arrays[0].type.ndim
    elements, index = kernel.stage(_points(value)[:front], "j")
    stage = elements.stage
    picked: tuple[Index, ...] = tuple(
        picked_index(elements, array, index, None, kernel.draft.check(value.site))
        for array in arrays
    )
    where = picked + (ZERO,) * (target.type.ndim - len(arrays))
    element = elements.at(target, where)
    dtype = target.type.dtype
    stage.reductions.append(Reduction(combine_for("supremum", dtype, dtype, dtype), (element,)))
    last = StageDraft(kernel.draft, ())
    result = last.scalar("result", (), dtype, (0, 0))
    last.writes.append(Write(kernel.draft.bind(proof, "out"), (), result))
    kernel.stages.append(last)
    return kernel
