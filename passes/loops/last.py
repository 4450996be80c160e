"""The last row that a loop kept is a final state: where only that is read, no rows are kept."""

from __future__ import annotations

from collections.abc import Mapping

from symc.compiler import sizes
from symc.compiler.module import Module
from symc.compiler.ops.branch import has_bodies
from symc.compiler.ops.loop import body_of, loop, loop_result
from symc.compiler.ops.shape import bounded, dimshuffle, slice_
from symc.compiler.value import Value
from symc.passes.loops.substitute import Operands, changed, over


def read_last(module: Module) -> Module:
    """Read final states instead of the last rows kept of them."""
    if not has_bodies(module):
        return module
    ran = {leaf: made for leaf, made in module.measured().items() if made.op is loop}

    def change(value: Value, operands: Operands) -> Value:
        fresh = over(value, operands)
        place = _state(value, ran)
        return fresh if place is None else _final(fresh, place)

    return changed(module, change)


def _final(value: Value, place: int) -> Value:
    """Return the last row as that of a final state.

    Its start, which fails where no step is run, stays what the host computes.
    """
    result, *bounds = value.operands
    context, steps = value.context, result.operands[0].operands[-1].as_size()
    final = loop_result(result.operands[0], index=place)
    one = dimshuffle(final, order=("x", *range(final.type.ndim)))
    last = bounds[0]
    if not last.is_constant:
        last = bounded(context.constant(-1, "int64"), context.size_value(steps))
    here = context.size_value(sizes.add(sizes.subtract(last.as_size(), steps), 1))
    made: Value = slice_(one, here, *bounds[1:], steps=value.attribute("steps"))
    return made


def _state(value: Value, ran: Mapping[Value, Value]) -> int | None:
    """Return the place of the final state that is the one row that a value reads of a loop.

    ran   the sizes that are how many steps loops ran, with the loops
    """
    if value.op is not slice_ or value.operands[0].op is not loop_result:
        return None
    result, *bounds = value.operands
    if not sizes.same(bounds[len(bounds) // 2].as_size(), 1) or not _is_last(
        bounds[0], result, ran
    ):
        return None
    body = body_of(result.operands[0])
    index = result.attribute("index") - len(body.next)
    found = [j for j, x in enumerate(body.next) if index >= 0 and x is body.kept[index]]
    return found[0] if found else None


def _is_last(start: Value, result: Value, ran: Mapping[Value, Value]) -> bool:
    """Tell whether a start is the index -1, which is checked, among the rows that were reached."""
    stops = body_of(result.operands[0]).stop is not None
    if start.is_constant:
        return not stops and sizes.same(sizes.add(start.as_size(), 1), result.type.shape[0])
    if start.op is not bounded or not start.operands[0].is_constant:
        return False
    index, length = start.operands
    if ran.get(length) is result.operands[0]:
        return int(index.data) == -1
    same = sizes.same(length.as_size(), result.type.shape[0])
    return int(index.data) == -1 and same and not stops
