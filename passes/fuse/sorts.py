"""Sorts: the record and the sizes of each."""

from __future__ import annotations

from typing import Literal

from symc.compiler import sizes
from symc.compiler.kernel.sorting import Sorting
from symc.compiler.types import Size
from symc.compiler.value import Value

RESULTS: dict[str, Literal["values", "positions"]] = {"sort": "values", "argsort": "positions"}


def sorting_of(value: Value) -> tuple[Sorting, tuple[Size, Size]]:
    """Return the record of a sort along the last axis, with the number of rows and their length."""
    type = value.operands[0].type
    record = Sorting(type.dtype, RESULTS[value.op.name])
    return record, (sizes.product(type.shape[:-1]), type.shape[-1])
