"""Operations between the lanes of registers; at lanes 0 each is its scalar meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from symc.compiler.codegen.register import Register
from symc.compiler.errors import InternalError

if TYPE_CHECKING:
    from symc.compiler.codegen.builder import KernelBuilder

REDUCTIONS = ("add", "multiply", "minimum", "maximum", "bit_and", "bit_or")


def lane_index(b: KernelBuilder, lanes: int, dtype: str) -> Register:
    """Return 0, 1, 2, ... in the lanes."""
    return b.constants(dtype, range(lanes)) if lanes else b.constant(dtype, 0)


def extract(b: KernelBuilder, x: Register, lane: int) -> Register:
    """Return one lane as a scalar."""
    if not 0 <= lane < max(x.lanes, 1):
        raise InternalError(f"no lane {lane} in a register of {x.lanes}")
    return b.extract_lane(x, lane) if x.lanes else x


def insert(b: KernelBuilder, x: Register, value: Register, lane: int) -> Register:
    """Return x with one lane replaced by a scalar."""
    if not 0 <= lane < max(x.lanes, 1) or value.lanes or value.dtype != x.dtype:
        raise InternalError(f"cannot put {value.dtype} x {value.lanes} at {lane} of {x.lanes}")
    return b.insert_lane(x, value, lane) if x.lanes else value


def turned(b: KernelBuilder, rows: Sequence[Register]) -> list[Register]:
    """Return the columns of a square of as many registers as each has lanes.

    Sequences of registers are woven, the first half with the second, until one is left.
    """
    lanes, chains = rows[0].lanes, [[row] for row in rows]
    if len(rows) != lanes:
        raise InternalError(f"{len(rows)} registers of {lanes} lanes are no square")
    while len(chains) > 1:
        half = len(chains) // 2
        pairs = zip(chains[:half], chains[half:], strict=True)
        chains = [_woven(b, left, right, lanes) for left, right in pairs]
    return chains[0]


def woven(b: KernelBuilder, rows: Sequence[Register]) -> list[Register]:
    """Return the elements of four registers in turn, as four: of the first two and last two thus.

    Done twice to each fourth of sixteen registers of sixteen lanes, it turns their square.
    """
    lanes = rows[0].lanes
    even = _woven(b, [rows[0]], [rows[2]], lanes)
    odd = _woven(b, [rows[1]], [rows[3]], lanes)
    return _woven(b, even, odd, lanes)


def _woven(
    b: KernelBuilder, left: list[Register], right: list[Register], lanes: int
) -> list[Register]:
    """Return the elements of two sequences in turn."""
    found = []
    for x, y in zip(left, right, strict=True):
        for first in (0, lanes // 2):
            picked = [first + k // 2 + k % 2 * lanes for k in range(lanes)]
            found.append(b.shuffle(x, y, picked))
    return found


def horizontal(b: KernelBuilder, operation: str, x: Register) -> Register:
    """Reduce the lanes to a scalar: the upper half onto the lower half, until one is left."""
    if operation not in REDUCTIONS:
        raise InternalError(f"no horizontal {operation}; there are {', '.join(REDUCTIONS)}")
    if x.lanes & (x.lanes - 1):
        raise InternalError(f"horizontal {operation} of {x.lanes} lanes, not a power of two")
    combine: Callable[[Register, Register], Register] = getattr(b, operation)
    while x.lanes > 1:
        half = x.lanes // 2
        lower = b.shuffle(x, x, range(half))
        upper = b.shuffle(x, x, range(half, x.lanes))
        x = combine(lower, upper)
    return extract(b, x, 0)
