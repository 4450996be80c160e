"""Reads backwards and of every second to fourth element: whole vectors, shuffled, not gathered."""

from __future__ import annotations

from symc.compiler.codegen.register import Register
from symc.compiler.kernel.frame import Frame
from symc.compiler.kernel.linear import Access, Polynomial

BACKWARDS, MOST = -1, 4


def is_shuffled(access: Access, stride: Polynomial, mask: Register | None) -> bool:
    """Tell whether whole vectors of a read are better shuffled than gathered."""
    step = _step(stride)
    if access.picks or not -MOST <= step <= MOST:
        return False
    return step == BACKWARDS or (bool(step) and mask is None)


def _step(stride: Polynomial) -> int:
    """Return a stride that is a number, 0 for any other."""
    return stride[0][1] if len(stride) == 1 and not stride[0][0] else 0


def load(
    frame: Frame, access: Access, place: Register, stride: Polynomial, mask: Register | None
) -> Register:
    """Return the elements at a place and after it, by a stride, where the mask holds."""
    b, lanes, step = frame.b, frame.block.lanes, _step(stride)
    dtype = "uint8" if access.dtype == "bool" else access.dtype
    first = b.offset(place, dtype, step * (lanes - 1)) if step < 0 else place
    if step == BACKWARDS:
        found = b.load(first, dtype, lanes, mask and _backwards(frame, mask))
        return b.cast(_backwards(frame, found), access.dtype)
    found = _spread_out(frame, first, dtype, abs(step))
    return b.cast(found if step > 0 else _backwards(frame, found), access.dtype)


def _backwards(frame: Frame, x: Register) -> Register:
    return frame.b.shuffle(x, x, range(x.lanes - 1, -1, -1))


def _spread_out(frame: Frame, place: Register, dtype: str, step: int) -> Register:
    """Return elements a step apart: of each vector that they lie in, those that lie in it."""
    b, lanes = frame.b, frame.block.lanes
    # What lies behind the last element may be behind the array.
    inside = b.constants("bool", [int(k <= lanes - step) for k in range(lanes)])
    found = b.load(place, dtype, lanes)
    for n in range(1, step):
        there = b.offset(place, dtype, n * lanes)
        more = b.load(there, dtype, lanes, inside if n == step - 1 else None)
        begin = n * lanes
        own = [k if n > 1 else k * step for k in range(lanes)]
        picked = [
            own[k] if k * step < begin else min(k * step - begin, lanes - 1) + lanes
            for k in range(lanes)
        ]
        found = b.shuffle(found, more, picked)
    return found
