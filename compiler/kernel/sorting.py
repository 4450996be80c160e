"""The sorting record: rows put in order, or the positions that would do it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from symc.compiler.bfloat import convert, widened
from symc.compiler.errors import InternalError
from symc.compiler.types import FLOATS, ITEM_SIZE

SORTED = frozenset(
    {
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *FLOATS,
    }
)

RADIX = 256
"""Values of a digit."""

KEY = 4
"""Bytes of the narrowest keys that are sorted in registers."""

RUN = 4
"""Elements that are sorted at once, before runs are merged."""


class Sorting(Struct, frozen=True):
    """out[row] = row of the source in ascending order, or the positions that put it in order.

    dtype    of the source
    result   'values', of the source's dtype, or 'positions', int64
    sought   'all' places of the row, or 'some': so many from a first one on

    Source and output are dense, of shape (rows, length); the output of some places is of shape
    (rows, count), and the sizes are rows, length, first, count. NaN comes last. Positions of equal
    elements ascend, those of NaN and of both zeros among them; among values -0.0 comes before 0.0.
    """

    dtype: str
    result: Literal["values", "positions"]
    sought: Literal["all", "some"] = "all"

    def __post_init__(self) -> None:
        if self.dtype not in SORTED:
            raise InternalError(f"{self.dtype} has no order")
        if self.result not in ("values", "positions"):
            raise InternalError(f"a sorting gives values or positions, not {self.result!r}")
        if self.sought not in ("all", "some"):
            raise InternalError(f"a sorting gives all places or some, not {self.sought!r}")

    @property
    def sizes(self) -> int:
        """Return how many sizes a call takes."""
        return 2 if self.sought == "all" else 4

    @property
    def out_dtype(self) -> str:
        """Return the dtype of the output."""
        return self.dtype if self.result == "values" else "int64"


def sorted_values(x: NDArray[Any]) -> NDArray[Any]:
    """Return rows in ascending order, NaN last, -0.0 before 0.0."""
    if x.dtype.kind != "f":
        return np.sort(x, axis=-1)
    order = np.lexsort((~np.signbit(x), x), axis=-1)
    return np.take_along_axis(x, order, axis=-1)


def sorted_positions(x: NDArray[Any]) -> NDArray[Any]:
    """Return the positions that put rows in ascending order, NaN last; those of ties ascend."""
    return np.argsort(x, axis=-1, kind="stable").astype("int64")


def interpret(sorting: Sorting, source: NDArray[Any], *places: int) -> NDArray[Any]:
    """Sort with NumPy; the source has rank 2, and `places` are a first one and their number."""
    sort = {"values": sorted_values, "positions": sorted_positions}[sorting.result]
    first, count = places or (0, source.shape[1])
    return convert(sort(widened(source))[:, first : first + count], sorting.out_dtype)


def scratch(sorting: Sorting) -> tuple[int, int]:
    """Return the bytes of scratch memory that a call needs: in all, and for each of a row."""
    size = ITEM_SIZE[sorting.dtype]
    element = 2 * max(size, KEY) + (16 if sorting.result == "positions" else 0)
    return RADIX * 8 * size + RUN * element, element


PASS = 2.0
"""Nanoseconds on one core to move an element by one digit."""


def nanoseconds(sorting: Sorting) -> float:
    """Return the estimated time an element takes on one core."""
    passes = 1 if sorting.sought == "some" else ITEM_SIZE[sorting.dtype] + 1
    return PASS * passes * (1.5 if sorting.result == "positions" else 1.0)


def to_text(sorting: Sorting) -> str:
    """Print a sorting; equal records give equal text."""
    return f"sorting {sorting.dtype} {sorting.result} {sorting.sought}\n"


def parse(text: str) -> Sorting:
    """Read what `to_text` printed."""
    _, dtype, result, sought = text.split()
    return Sorting(dtype, result, sought)  # type: ignore[arg-type]  # words as printed
