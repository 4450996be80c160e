"""Says whether a kernel goes over rows one by one, as steps of an outer axis or by folding them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from symc.compiler.kernel.plan import outer_is_parallel
from symc.compiler.kernel.record import Affine, Index, Kernel, SizeName, Stage
from symc.passes.plan.folds import Folding, folding


class Reading(Struct, frozen=True):
    """How a kernel goes over rows.

    moving   the buffers whose rows these are; others stay as they are
    count    how many rows there are
    fold     the parts of a kernel that folds rows
    """

    moving: frozenset[int]
    count: SizeName
    fold: Folding | None = None


def reading(kernel: Kernel) -> Reading | None:
    """Return how a kernel goes over rows, or None where it does not, or a row's number matters."""
    return _one_by_one(kernel) or _folding(kernel)


def _one_by_one(kernel: Kernel) -> Reading | None:
    """Return how rows are the steps of the first outer axis."""
    if not outer_is_parallel(kernel):
        return None
    axis = kernel.outer[0]
    moving = _moving(kernel.stages, axis.name)
    return None if moving is None else Reading(moving, axis.size)


def _folding(kernel: Kernel) -> Reading | None:
    """Return how rows are the steps of the first stage's first axis, if it reduces them."""
    parts = folding(kernel)
    if parts is None or any(buffer.role == "row" for buffer in kernel.buffers):
        return None
    first, *others = kernel.stages
    moving = _moving((first,), first.axes[0].name)
    if moving is None or any(buffer in moving for buffer, _ in _accesses(others)):
        return None
    if any(write.buffer not in moving for write in first.writes):
        return None
    return Reading(moving, first.axes[0].size, parts)


def _moving(stages: Iterable[Stage], name: str) -> frozenset[int] | None:
    """Return the buffers whose rows are the steps of an axis, None where one is neither."""
    stages = tuple(stages)
    if any(s.op == "axis" and s.attribute == name for stage in stages for s in stage.scalars):
        return None
    found: dict[int, bool] = {}
    for buffer, index in _accesses(stages):
        goes = bool(index) and index[0] == Affine(((name, 1),))
        elsewhere = any(_mentions(entry, name) for entry in index[1 if goes else 0 :])
        if elsewhere or found.setdefault(buffer, goes) != goes:
            return None
    return frozenset(buffer for buffer, goes in found.items() if goes)


def _accesses(stages: Iterable[Stage]) -> Iterator[tuple[int, tuple[Index, ...]]]:
    for stage in stages:
        for scalar in stage.scalars:
            if scalar.op == "read":
                yield scalar.attribute.buffer, scalar.attribute.index
        for write in stage.writes:
            yield write.buffer, write.index


def _mentions(entry: Index, name: str) -> bool:
    return isinstance(entry, Affine) and any(term[0] == name for term in entry.terms)
