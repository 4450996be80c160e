"""Sorts: the record and the sizes of each."""

from __future__ import annotations

from symc.compiler import sizes
from symc.compiler.kernel.sorting import Sorting
from symc.compiler.types import Size
from symc.compiler.value import Value


def sorting_of(value: Value) -> tuple[Sorting, tuple[Size, ...]]:
    """Return the record of a sort along the last axis, with its sizes.

    These are the number of rows and their length, then the first place that is sought and how many.
    """
    type, places = value.operands[0].type, value.operands[1:]
    record = Sorting(
        type.dtype,
        "positions" if value.op.name.startswith("argsort") else "values",
        "some" if places else "all",
    )
    row = (sizes.product(type.shape[:-1]), type.shape[-1])
    return record, (*row, *(place.as_size() for place in places))
