"""Finds numbers made of sizes that keep what follows a product from being its epilogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from symc.compiler.sizes import is_one
from symc.compiler.value import Value
from symc.passes.fuse.group import Group
from symc.passes.fuse.roots import HOST, PRODUCTS, data_operands
from symc.passes.fuse.trees import Trees


def numbers_of_sizes(groups: Iterable[Group], trees: Trees) -> set[Value]:
    """Return the numbers that would-be epilogues compute of sizes, as the mean over rows does.

    An epilogue knows no sizes. Where such a number is in memory, it reads it; a kernel of one
    element costs less than a pass over the product.
    """
    found: set[Value] = set()
    for group in groups:
        if any(leaf.op.name in PRODUCTS for leaf in group.reads) and _is_pointwise(group):
            found.update(_outermost(group.members[0], trees))
    return found


def _is_pointwise(group: Group) -> bool:
    single = len(group.members) == 1
    return single and group.domain is not None and group.domain.inner is None


def _outermost(root: Value, trees: Trees) -> Iterator[Value]:
    """Yield the numbers of sizes in a root's expression that are part of no other."""
    inside = trees.of(root).inside
    known: dict[Value, bool] = {}
    for value in sorted(inside, key=lambda v: v.number):
        known[value] = value.op.family == "pointwise" and _is_number(value, known)
    for value in (root, *inside):
        if not known.get(value, False):
            yield from (v for v in data_operands(value) if known.get(v, False))


def _is_number(value: Value, known: dict[Value, bool]) -> bool:
    """Tell whether a Value of one element is computed of sizes, and of nothing in memory."""
    if not all(map(is_one, value.type.shape)):
        return False
    operands = [v for v in value.operands if not v.is_constant]
    return bool(operands) and all(v.op.name in HOST or known.get(v, False) for v in operands)
