"""Places in dense arrays as linear forms: element strides by axis, as polynomials of sizes."""

from __future__ import annotations

from msgspec import Struct

from symc.compiler.kernel.record import Affine, Axis, Buffer, Index, Kernel, Read, SizeName, Write

Polynomial = tuple[tuple[tuple[str, ...], int], ...]
"""A sum of coefficient * product of size names, sorted, without zeros; () is 0."""

ZERO: Polynomial = ()
ONE: Polynomial = (((), 1),)


def polynomial(size: SizeName) -> Polynomial:
    """Return a size as a polynomial."""
    if isinstance(size, str):
        return (((size,), 1),)
    return (((), size),) if size else ZERO


def plus(left: Polynomial, right: Polynomial) -> Polynomial:
    """Add."""
    total = dict(left)
    for names, factor in right:
        total[names] = total.get(names, 0) + factor
    return tuple(sorted((names, factor) for names, factor in total.items() if factor))


def times(left: Polynomial, right: Polynomial) -> Polynomial:
    """Multiply."""
    total = ZERO
    for names, factor in left:
        for others, by in right:
            total = plus(total, ((tuple(sorted(names + others)), factor * by),))
    return total


class Pick(Struct, frozen=True):
    """An index taken from a scalar: its stride, and what a run-time check of it compares with.

    check   number of the check, or -1
    """

    scalar: int
    check: int
    stride: Polynomial
    size: Polynomial
    dimension: int


class Access(Struct, frozen=True):
    """A read or write of one element: rest + sum of stride * axis + sum of stride * picked scalar.

    strides   element strides of the axes it moves with, none of them 0
    guard     a bool scalar without which it does not happen
    bounded   its place exists wherever its axes have a position, so that a read may come early
    """

    buffer: int
    dtype: str
    strides: tuple[tuple[str, Polynomial], ...]
    rest: Polynomial
    picks: tuple[Pick, ...]
    guard: int | None
    bounded: bool

    def stride(self, axis: str) -> Polynomial:
        """Return the stride of an axis, 0 where it does not move with it."""
        return dict(self.strides).get(axis, ZERO)


def linear_form(kernel: Kernel, axes: tuple[Axis, ...], access: Read | Write) -> Access:
    """Return an access as a linear form; `axes` are those in reach."""
    buffer = kernel.buffers[access.buffer]
    extents = {axis.name: axis.size for axis in axes}
    strides: dict[str, Polynomial] = {}
    picks: list[Pick] = []
    rest = ZERO
    for dimension, (index, step) in enumerate(
        zip(access.index, element_strides(buffer), strict=True)
    ):
        if not isinstance(index, Affine):
            size = polynomial(buffer.shape[dimension])
            picks.append(Pick(index.scalar, index.check, step, size, dimension))
            continue
        rest = plus(rest, times(polynomial(index.constant), step))
        for name, factor in index.terms:
            term = times(polynomial(factor), step)
            if name in extents:
                strides[name] = plus(strides.get(name, ZERO), term)
            else:
                rest = plus(rest, times(polynomial(name), term))
    moving = tuple((axis.name, strides[axis.name]) for axis in axes if strides.get(axis.name))
    bounded = all(
        _walks(index, size, extents) for index, size in zip(access.index, buffer.shape, strict=True)
    )
    return Access(access.buffer, buffer.dtype, moving, rest, tuple(picks), access.guard, bounded)


def element_strides(buffer: Buffer) -> list[Polynomial]:
    """Return the strides of a dense array in elements."""
    strides = [ONE]
    for size in reversed(buffer.shape[1:]):
        strides.append(times(strides[-1], polynomial(size)))
    return strides[: len(buffer.shape)][::-1]


def _walks(index: Index, size: SizeName, extents: dict[str, SizeName]) -> bool:
    """Tell whether an index is an axis as long as the dimension, or a number inside of it."""
    if not isinstance(index, Affine):
        return False
    if not index.terms and isinstance(size, int):
        return 0 <= index.constant < size
    return (
        not index.constant
        and len(index.terms) == 1
        and index.terms[0][1] == 1
        and extents.get(index.terms[0][0]) == size
    )
