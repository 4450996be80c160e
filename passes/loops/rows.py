"""Steps that look up a row by their number read it as a row of a sequence.

`scan(lambda k: x[k], arange(x.shape[0]))` is a loop over the rows of x. Written so, no index is
loaded or checked, and the derivative to x is the rows that steps receive, each in its place, not a
sum of arrays as large as x.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from symc.compiler.ops.index import gather
from symc.compiler.ops.loop import Body, Leaves, reached
from symc.compiler.ops.shape import arange, slice_
from symc.compiler.sizes import same
from symc.compiler.types import Size
from symc.compiler.value import Value
from symc.passes.loops.substitute import substituted


def read_rows(
    body: Body, sequences: Sequence[Value], fixed: Sequence[Value]
) -> tuple[Body, list[Value]]:
    """Return a body that is given the rows that it looks up by their numbers, and all sequences."""
    numbers = {
        leaf: rows
        for leaf, rows in zip(body.elements, sequences, strict=True)
        if _counted(rows) is not None
    }
    if not numbers:
        return body, list(sequences)
    outside = dict(zip(body.fixed, fixed, strict=True))
    leaves = Leaves.beside(body)
    found: dict[Value, Value] = {}
    rows: list[Value] = []
    for value in reached(body, body.roots):
        if _is_row(value, numbers, outside):
            array, number = value.operands
            rows.append(_like(numbers[number], outside[array]))
            found[value] = leaves.make(value.type)
    made = body.with_roots(substituted(body.roots, found))
    return replace(made, elements=(*body.elements, *found.values())), [*sequences, *rows]


def _counted(rows: Value) -> Size | None:
    """Return up to where rows count from 0, or from there down to 0, some perhaps left out."""
    if rows.op is slice_:
        rows = rows.operands[0]
    return rows.operands[0].as_size() if rows.op is arange else None


def _is_row(value: Value, numbers: dict[Value, Value], outside: dict[Value, Value]) -> bool:
    """Tell whether a Value is the row of an array that a counting sequence says, surely one."""
    if value.op is not gather or len(value.operands) != 2:
        return False
    array, number = value.operands
    if array not in outside or number not in numbers:
        return False
    count = _counted(numbers[number])
    return count is not None and same(count, array.type.shape[0])


def _like(numbers: Value, array: Value) -> Value:
    """Return the rows of an array in the order in which numbers count them."""
    if numbers.op is arange:
        return array
    _, start, length = numbers.operands
    value = array.context.size_value
    starts = (start, *(value(0) for _ in array.type.shape[1:]))
    lengths = (length, *map(value, array.type.shape[1:]))
    steps = (*numbers.attribute("steps"), *(1 for _ in array.type.shape[1:]))
    rows: Value = slice_(array, *starts, *lengths, steps=steps)
    return rows
