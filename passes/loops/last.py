"""The last row that a loop kept is a final state: where only that is read, no rows are kept."""

from __future__ import annotations

from symc.compiler import sizes
from symc.compiler.module import Module
from symc.compiler.ops.branch import has_bodies
from symc.compiler.ops.loop import body_of, loop_result
from symc.compiler.ops.shape import dimshuffle, slice_
from symc.compiler.types import Size
from symc.compiler.value import Value
from symc.passes.loops.substitute import changed, over


def read_last(module: Module) -> Module:
    """Read final states instead of the last rows kept of them."""
    if not has_bodies(module):
        return module
    return changed(module, lambda value, operands: _final(over(value, operands)))


def _final(value: Value) -> Value:
    """Return a slice of the last row alone as one of the final state, any other value as it is.

    Its start, which fails where there is no row, stays what the host computes.
    """
    if value.op is not slice_ or value.operands[0].op is not loop_result:
        return value
    result, *bounds = value.operands
    place, length = _state(result), bounds[len(bounds) // 2]
    rows = result.type.shape[0]
    if place is None or not sizes.same(length.as_size(), 1) or not _is_last(bounds[0], rows):
        return value
    context = value.context
    final = loop_result(result.operands[0], index=place)
    one = dimshuffle(final, order=("x", *range(final.type.ndim)))
    here = context.size_value(sizes.add(sizes.subtract(bounds[0].as_size(), rows), 1))
    made: Value = slice_(one, here, *bounds[1:], steps=value.attribute("steps"))
    return made


def _state(result: Value) -> int | None:
    """Return the place of the state whose new values are the rows of a result."""
    body = body_of(result.operands[0])
    index = result.attribute("index") - len(body.next)
    if index < 0 or body.stop is not None:
        return None
    found = [j for j, x in enumerate(body.next) if x is body.kept[index]]
    return found[0] if found else None


def _is_last(start: Value, rows: Size) -> bool:
    """Tell whether a start is the last row's, or the index -1 that is checked."""
    if start.op.name == "bounded":
        index, length = start.operands
        counted = index.is_constant and int(index.data) == -1
        return counted and sizes.same(length.as_size(), rows)
    return sizes.same(start.as_size(), sizes.subtract(rows, 1))
