"""Finds what is slow and used at several points of a kernel, so that it is computed once.

exp(v) in exp(v)[None, :] * x would be computed for every row again, and in exp(v)[:, None] * x one
number after the other. In memory it is a small array.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from symc.compiler.sizes import is_one
from symc.compiler.value import Value
from symc.passes.fuse.group import Group
from symc.passes.fuse.roots import COSTLY, data_operands, storage
from symc.passes.fuse.trees import Tree, Trees

SLOW = COSTLY | {"sqrt", "reciprocal", "true_divide", "floor_divide", "remainder", "fmod"}
"""Operations that take longer than to read their result."""

STRETCHED = ("dimshuffle", "broadcast")
"""What shows the elements of another Value, some of them at several places."""


def spread_slow(groups: Iterable[Group], trees: Trees) -> set[Value]:
    """Return slow Values with fewer axes than what is computed of them point by point.

    What depends on another result of its kernel is computed there, after that.
    """
    found: set[Value] = set()
    for group in groups:
        made = set(group.members)
        for member in group.members:
            found.update(_spread(member, trees.of(member), made))
    return found


def _spread(member: Value, tree: Tree, made: set[Value]) -> Iterator[Value]:
    """Yield what of a member's expression is to be in memory; of one in another, the inner."""
    slow = {v for v in tree.inside if v.op.name in SLOW}
    if not slow:
        return
    order = sorted(tree.inside, key=lambda v: v.number)
    points = _points((member, *order))
    after = set(made)
    for value in order:
        operands = data_operands(value)
        if any(x in after or storage(x) in after for x in operands):
            after.add(value)
        elif value in slow or any(x in slow for x in operands):
            slow.add(value)
            if 0 < _long_axes(value) < points.get(value, 0):
                slow.remove(value)
                yield _computed(value)


def _points(values: Iterable[Value]) -> dict[Value, int]:
    """Return of operands the most axes of what is computed of each point by point."""
    most: dict[Value, int] = {}
    for value in values:
        if value.op.family == "pointwise" or value.op.name in STRETCHED:
            for x in data_operands(value):
                most[x] = max(most.get(x, 0), _long_axes(value))
    return most


def _long_axes(value: Value) -> int:
    return sum(not is_one(size) for size in value.type.shape)


def _computed(value: Value) -> Value:
    """Return what a Value that has no more elements shows."""
    while value.op.name in STRETCHED:
        value = value.operands[0]
    return value
