"""Lowers the run-time checks of picked indices."""

from __future__ import annotations

from symc.compiler.codegen.register import Register
from symc.compiler.kernel.frame import Frame
from symc.compiler.kernel.linear import Pick


def checked(
    frame: Frame, pick: Pick, index: Register, mask: Register | None
) -> tuple[Register, Register]:
    """Return an index counted from the front, and whether it is in bounds.

    Where it is not and the mask holds, the kernel's status tells it, unless it tells another
    failure already. The element out of bounds must not be touched.
    """
    b, lanes = frame.b, index.lanes
    size = frame.spread(frame.size(pick.size), lanes)
    negative = b.less(index, b.constant("int64", 0, lanes))
    wrapped = b.select(negative, b.add(index, size), index)
    inside = b.less(b.bitcast(wrapped, "uint64"), b.bitcast(size, "uint64"))
    bad = b.bit_not(inside)
    bad = bad if mask is None else b.bit_and(mask, bad)
    some = b.horizontal("bit_or", bad) if lanes else bad
    b.when(some, lambda: _report(frame, pick, index, bad))
    return wrapped, inside


def _report(frame: Frame, pick: Pick, index: Register, bad: Register) -> None:
    b = frame.b
    zero = frame.number(0)
    b.when(b.equal(b.load(frame.status, "int64"), zero), lambda: _tell(frame, pick, index, bad))


def _tell(frame: Frame, pick: Pick, index: Register, bad: Register) -> None:
    b = frame.b
    words = (frame.number(pick.check + 1), frame.size(pick.size), frame.number(pick.dimension))
    for place, word in zip((0, 2, 3), words, strict=True):
        b.store(word, b.offset(frame.status, "int64", place))
    slot = b.offset(frame.status, "int64", 1)
    if not index.lanes:
        b.store(index, slot)
        return
    # All failing lanes go to one place, where the last stays: turned over, the first.
    back = range(index.lanes - 1, -1, -1)
    first, where = b.shuffle(index, index, back), b.shuffle(bad, bad, back)
    b.scatter(first, slot, b.splat(frame.number(0), index.lanes), where)
