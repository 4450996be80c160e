"""Reads backwards and of every other element: whole vectors, shuffled, instead of gathers."""

from __future__ import annotations

from symc.compiler.codegen.register import Register
from symc.compiler.kernel.frame import Frame
from symc.compiler.kernel.linear import Access, Polynomial

BACKWARDS, EVERY_OTHER = (((), -1),), (((), 2),)


def is_shuffled(frame: Frame, access: Access, stride: Polynomial) -> bool:
    """Tell whether whole vectors of a read are better shuffled than gathered."""
    known = stride in (BACKWARDS, EVERY_OTHER) and access.dtype != "bool"
    return known and not access.picks and access.guard is None and frame.block.mask is None


def load(frame: Frame, access: Access, place: Register, stride: Polynomial) -> Register:
    """Return the elements at a place and after it, by a stride."""
    b, lanes, dtype = frame.b, frame.block.lanes, access.dtype
    if stride == BACKWARDS:
        x = b.load(b.offset(place, dtype, 1 - lanes), dtype, lanes)
        return b.shuffle(x, x, range(lanes - 1, -1, -1))
    # What lies behind the last element may be behind the array.
    inside = b.constants("bool", [1] * (lanes - 1) + [0])
    first = b.load(place, dtype, lanes)
    second = b.load(b.offset(place, dtype, lanes), dtype, lanes, inside)
    return b.shuffle(first, second, range(0, 2 * lanes, 2))
