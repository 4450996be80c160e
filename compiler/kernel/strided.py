"""Moves elements backwards, and every second to fourth: whole vectors, shuffled, not gathered."""

from __future__ import annotations

from math import inf

from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.kernel.frame import Frame
from symc.compiler.kernel.linear import Access, Polynomial

BACKWARDS, MOST = -1, 4
WIDEST = 4
"""Bytes of the widest elements that are spread out: of wider ones few lie in a vector."""


def is_shuffled(access: Access, stride: Polynomial, mask: Register | None) -> bool:
    """Tell whether whole vectors of a read are better shuffled than gathered."""
    step = _step(stride)
    if access.picks or not -MOST <= step <= MOST:
        return False
    return step == BACKWARDS or (bool(step) and mask is None)


def is_spread(frame: Frame, access: Access, stride: Polynomial) -> bool:
    """Tell whether a vector is better spread out over what it is stored to than scattered.

    What lies between its elements is masked, never written: it may be another thread's. Only
    AVX-512 has such stores for every width.
    """
    if access.picks:
        return False
    step = _step(stride)
    narrow = frame.b.target.has_avx512 and ITEMSIZE[access.dtype] <= WIDEST
    return step == BACKWARDS or (narrow and bool(step) and -MOST <= step <= MOST)


def vectors_read(access: Access, axis: str) -> float:
    """Return how many vectors the elements lie in that a vector along an axis reads."""
    stride = access.stride(axis)
    step = abs(_step(stride))
    return 1.0 if not stride else step if 0 < step <= MOST else inf


def vectors_written(access: Access, axis: str) -> float:
    """Return how many vectors the elements lie in that a vector along an axis writes."""
    wide = ITEMSIZE[access.dtype] > WIDEST and abs(_step(access.stride(axis))) > 1
    return inf if wide else vectors_read(access, axis)


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


def store(
    frame: Frame, value: Register, place: Register, stride: Polynomial, mask: Register | None
) -> None:
    """Store the elements to a place and after it, by a stride, where the mask holds."""
    b, lanes, step = frame.b, value.lanes, _step(stride)
    value = b.cast(value, "uint8") if value.dtype == "bool" else value
    first = b.offset(place, value.dtype, step * (lanes - 1)) if step < 0 else place
    if step == BACKWARDS:
        b.store(_backwards(frame, value), first, mask and _backwards(frame, mask))
        return
    for n in range(abs(step)):
        spots = range(n * lanes, (n + 1) * lanes)
        from_front = [spot // abs(step) for spot in spots]
        picked = from_front if step > 0 else [lanes - 1 - k for k in from_front]
        filled = b.constants("bool", [int(spot % step == 0) for spot in spots])
        if mask is not None:
            filled = b.bit_and(filled, b.shuffle(mask, mask, picked))
        there = b.offset(first, value.dtype, n * lanes)
        b.store(b.shuffle(value, value, picked), there, filled)


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
