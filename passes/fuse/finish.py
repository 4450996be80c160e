"""Turns a kernel under construction into its record, with axes merged where memory allows."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler import sizes
from symc.compiler.kernel.record import Affine, Axis, Buffer, Kernel, Read, Scalar, Stage, Write
from symc.compiler.module import walk
from symc.compiler.types import Size
from symc.compiler.value import Value
from symc.passes.fuse.draft import KernelDraft, StageDraft


class Finished(Struct, frozen=True):
    """A kernel record with the Values of its buffers and of its size parameters, in order."""

    kernel: Kernel
    values: tuple[Value, ...]
    sizes: tuple[Size, ...]
    sites: tuple[int, ...]


def finish(draft: KernelDraft, outer: tuple[Axis, ...], stages: list[StageDraft]) -> Finished:
    """Return the record of a draft."""
    buffers = tuple(Buffer(b.value.type.dtype, b.shape, b.role) for b in draft.buffers)
    plain = tuple(
        Stage(s.axes, tuple(s.scalars), tuple(s.reductions), tuple(s.carries), tuple(s.writes))
        for s in stages
    )
    kernel = Kernel(len(draft.sizes), buffers, outer, plain, len(draft.sites))
    values = tuple(b.value for b in draft.buffers)
    found = Finished(kernel, values, tuple(draft.sizes), tuple(draft.sites))
    found = _collapsed(_without_dead(found))
    return found if _is_in_order(found.kernel) else _renamed(found)


def _is_in_order(kernel: Kernel) -> bool:
    """Tell whether the outer axes, whose names come first, name all sizes in their order."""
    named = dict.fromkeys(axis.size for axis in kernel.outer)
    return list(named) == [f"s{k}" for k in range(kernel.sizes)]


def _without_dead(found: Finished) -> Finished:
    """Drop scalars that nothing reads any more."""
    stages = []
    for stage in found.kernel.stages:
        live: set[int] = set()
        stack = [w.scalar for w in stage.writes] + [k for r in stage.reductions for k in r.inputs]
        stack += [c.next for c in stage.carries]
        stack += [w.guard for w in stage.writes if w.guard is not None]
        stack += [i.scalar for w in stage.writes for i in w.index if not isinstance(i, Affine)]
        while stack:
            k = stack.pop()
            if k not in live:
                live.add(k)
                stack.extend(_needs(stage.scalars[k]))
        dead = len(live) < len(stage.scalars)
        stages.append(_renumbered(stage, sorted(live)) if dead else stage)
    return replace(found, kernel=replace(found.kernel, stages=tuple(stages)))


def _needs(scalar: Scalar) -> list[int]:
    needs = list(scalar.operands)
    if scalar.op == "read":
        needs += [i.scalar for i in scalar.attribute.index if not isinstance(i, Affine)]
        needs += [scalar.attribute.guard] if scalar.attribute.guard is not None else []
    return needs


def _renumbered(stage: Stage, live: list[int]) -> Stage:
    new = {old: k for k, old in enumerate(live)}

    def index(entries: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            i if isinstance(i, Affine) else replace(i, scalar=new[i.scalar]) for i in entries
        )

    def guard(k: int | None) -> int | None:
        return None if k is None else new[k]

    def scalar(s: Scalar) -> Scalar:
        attribute = s.attribute
        if s.op == "read":
            attribute = Read(attribute.buffer, index(attribute.index), guard(attribute.guard))
        return Scalar(s.op, tuple(new[k] for k in s.operands), s.dtype, attribute)

    return Stage(
        stage.axes,
        tuple(scalar(stage.scalars[k]) for k in live),
        tuple(replace(r, inputs=tuple(new[k] for k in r.inputs)) for r in stage.reductions),
        tuple(replace(c, next=new[c.next]) for c in stage.carries),
        tuple(
            Write(w.buffer, index(w.index), new[w.scalar], w.mode, guard(w.guard))
            for w in stage.writes
        ),
    )


def _collapsed(found: Finished) -> Finished:
    """Merge neighbouring axes that every buffer walks as one, so that loops are long."""
    merged = _merge_once(found)
    while merged is not None:
        found, merged = merged, _merge_once(merged)
    return found


def _merge_once(found: Finished) -> Finished | None:
    kernel = found.kernel
    for a, b in pairwise(kernel.outer):
        if _mergeable(kernel, kernel.stages, a, b):
            return _merge(found, a, b)
    lists = {stage.axes for stage in kernel.stages if stage.axes}
    if len(lists) == 1:
        (axes,) = lists
        for a, b in pairwise(axes):
            if _mergeable(kernel, kernel.stages, a, b):
                return _merge(found, a, b)
    return None


def _accesses(kernel: Kernel, stages: tuple[Stage, ...]) -> list[tuple[int, tuple[Any, ...]]]:
    found = []
    for stage in stages:
        found += [(s.attribute.buffer, s.attribute.index) for s in stage.scalars if s.op == "read"]
        found += [(w.buffer, w.index) for w in stage.writes]
    return found


def _mergeable(kernel: Kernel, stages: tuple[Stage, ...], a: Axis, b: Axis) -> bool:
    for stage in stages:
        if any(s.op == "axis" and s.attribute in (a.name, b.name) for s in stage.scalars):
            return False
    first, second = Affine(((a.name, 1),)), Affine(((b.name, 1),))
    places: dict[int, list[int]] = {}
    for buffer, index in _accesses(kernel, stages):
        shape = kernel.buffers[buffer].shape
        at = [k for k, entry in enumerate(index) if _mentions(entry, a.name, b.name)]
        if places.setdefault(buffer, at) != at:
            return False  # all that reach a buffer must see its two dimensions as one
        if not at:
            continue
        k = at[0]
        pair = len(at) == 2 and at[1] == k + 1 and index[k] == first and index[k + 1] == second
        if not pair or shape[k] != a.size or shape[k + 1] != b.size:
            return False
    return True


def _mentions(entry: Any, *names: str) -> bool:
    return isinstance(entry, Affine) and any(name in names for name, _ in entry.terms)


def _merge(found: Finished, a: Axis, b: Axis) -> Finished:
    kernel = found.kernel
    total = sizes.multiply(_size_of(found, a.size), _size_of(found, b.size))
    names, size = found.sizes, total
    if isinstance(total, int):
        name: int | str = total
    else:
        if not any(known is size for known in names):
            names = (*names, size)
        name = f"s{next(k for k, known in enumerate(names) if known is size)}"
    axis = Axis(a.name, name)
    touched = {
        buffer: next(k for k, e in enumerate(index) if _mentions(e, a.name))
        for buffer, index in _accesses(kernel, kernel.stages)
        if any(_mentions(e, a.name) for e in index)
    }
    buffers = tuple(
        replace(b_, shape=(*b_.shape[: touched[k]], name, *b_.shape[touched[k] + 2 :]))
        if k in touched
        else b_
        for k, b_ in enumerate(kernel.buffers)
    )
    stages = tuple(_merge_stage(stage, axis, a, b) for stage in kernel.stages)
    outer = _merge_axes(kernel.outer, axis, a, b)
    merged = replace(kernel, sizes=len(names), buffers=buffers, outer=outer, stages=stages)
    return replace(found, kernel=merged, sizes=names)


def _size_of(found: Finished, name: int | str) -> Size:
    return name if isinstance(name, int) else found.sizes[int(name[1:])]


def _merge_axes(axes: tuple[Axis, ...], axis: Axis, a: Axis, b: Axis) -> tuple[Axis, ...]:
    return tuple(axis if x.name == a.name else x for x in axes if x.name != b.name)


def _merge_stage(stage: Stage, axis: Axis, a: Axis, b: Axis) -> Stage:
    def index(entries: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(e for e in entries if not _mentions(e, b.name))

    scalars = tuple(
        replace(s, attribute=replace(s.attribute, index=index(s.attribute.index)))
        if s.op == "read"
        else s
        for s in stage.scalars
    )
    writes = tuple(replace(w, index=index(w.index)) for w in stage.writes)
    axes = _merge_axes(stage.axes, axis, a, b)
    return replace(stage, axes=axes, scalars=scalars, writes=writes)


def _checked_sizes(found: Finished) -> list[int]:
    """Return the sizes that hold a checked index: they stay though a single element needs none."""
    return [
        k
        for k, size in enumerate(found.sizes)
        if isinstance(size, Value) and any(v.op.name == "bounded" for v in walk([size]))
    ]


def _renamed(found: Finished) -> Finished:
    """Drop size parameters that nothing names and number the rest in order of use."""
    kernel = found.kernel
    used: dict[str, str] = {}

    def name(size: int | str) -> int | str:
        return size if isinstance(size, int) else used.setdefault(size, f"s{len(used)}")

    def term(entry: tuple[str, Any]) -> tuple[str, Any]:
        label, factor = entry
        return (str(name(label)) if label[0] == "s" else label), name(factor)

    def index(entries: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            Affine(tuple(term(t) for t in e.terms), e.constant) if isinstance(e, Affine) else e
            for e in entries
        )

    def scalar(s: Scalar) -> Scalar:
        if s.op == "size":
            return replace(s, attribute=name(s.attribute))
        if s.op == "read":
            return replace(s, attribute=replace(s.attribute, index=index(s.attribute.index)))
        return s

    outer = tuple(Axis(a.name, name(a.size)) for a in kernel.outer)
    stages = tuple(
        replace(
            stage,
            axes=tuple(Axis(a.name, name(a.size)) for a in stage.axes),
            scalars=tuple(scalar(s) for s in stage.scalars),
            writes=tuple(replace(w, index=index(w.index)) for w in stage.writes),
        )
        for stage in kernel.stages
    )
    buffers = tuple(replace(b, shape=tuple(name(s) for s in b.shape)) for b in kernel.buffers)
    for k in _checked_sizes(found):
        name(f"s{k}")
    renamed = replace(kernel, sizes=len(used), outer=outer, stages=stages, buffers=buffers)
    return replace(found, kernel=renamed, sizes=tuple(found.sizes[int(old[1:])] for old in used))
