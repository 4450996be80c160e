"""Select: sort no more of a row than what is read.

A pass of its own, since a rule does not see what else reads a Value: of a sort that one slice
reads, the places in that slice are sought. So the largest few, and a median, are selections.
"""

# What an operation gives is its layer's.
# mypy: disable-error-code="no-any-return"
from __future__ import annotations

from collections import Counter

from symc.compiler import sizes
from symc.compiler.module import Module, walk
from symc.compiler.ops.order import argsort_some, sort_some
from symc.compiler.ops.shape import slice_
from symc.compiler.value import Value
from symc.passes.rewrite import Rewriting
from symc.passes.rule import on

SOME = {"sort": sort_some, "argsort": argsort_some}

ONCE = "read once"
"""Where a context remembers which sorts have one reader while the pass runs."""


@on("slice", exact=True)
def slice_of_sort(value: Value) -> Value | None:
    """Seek the places that a slice of the last axis reads, where nothing else reads the sort."""
    ordered = value.operands[0]
    if ordered not in value.context.memory.get(ONCE, ()) or not _cuts_last_axis(value):
        return None
    ndim, (*_, step) = value.type.ndim, value.attribute("steps")
    start, length = (value.operands[k].as_size() for k in (ndim, 2 * ndim))
    number = value.context.size_value
    back = sizes.subtract(length, 1)
    first = start if step == 1 else sizes.subtract(start, back)
    some = SOME[ordered.op.name](ordered.operands[0], number(first), number(length))
    if step == 1:
        return some
    starts = (*value.operands[1:ndim], number(back))
    return slice_(some, *starts, *value.operands[ndim + 1 :], steps=value.attribute("steps"))


def _cuts_last_axis(value: Value) -> bool:
    """Tell whether a slice reads all of each axis but the last, and neighbours of that."""
    whole, ndim, (*steps, step) = value.operands[0], value.type.ndim, value.attribute("steps")
    bounds = [x.as_size() for x in value.operands[1:]]
    starts, lengths = bounds[: ndim - 1], bounds[ndim : 2 * ndim - 1]
    return (
        abs(step) == 1
        and all(step == 1 for step in steps)
        and all(start == 0 for start in starts)
        and all(map(sizes.same, lengths, whole.type.shape))
    )


rewriting = Rewriting("select", (slice_of_sort,))


def select(module: Module) -> Module:
    """Return the module with selections where one slice alone reads a sort."""
    readers: Counter[Value] = Counter((*module.outputs, *(value for _, value in module.updates)))
    for value in walk(module.roots()):
        readers.update(x for x in value.operands if x.op.name in SOME)
    once = frozenset(x for x, count in readers.items() if count == 1 and x.op.name in SOME)
    if not once:
        return module
    memory = module.context.memory
    memory[ONCE] = once
    try:
        return rewriting(module)
    finally:
        del memory[ONCE]
