"""Tells what may run in the commit part of a call, where nothing can fail."""

from __future__ import annotations

from collections.abc import Iterable

from symc.compiler.module import Module
from symc.compiler.value import Value
from symc.passes.fuse.group import Group
from symc.passes.fuse.roots import PRODUCTS, is_inlined, storage

INFALLIBLE = frozenset({"sum", "prod", "prod_real", "prod_imag", "all", "any"})
"""Reductions that have a value of no elements."""


def read_in_commit(
    value: Value, module: Module, groups: Iterable[Group], roots: set[Value]
) -> bool:
    """Tell whether a Value is a new state, no result, and read by nothing that belongs before.

    groups, roots   all of the module's, in order
    """
    if value in map(storage, module.outputs):
        return False
    if all(storage(new) is not value for _, new in module.updates):
        return False
    measured = set(map(storage, module.measured().values()))
    after = {value}
    for group in groups:
        if after.isdisjoint(group.reads):
            continue
        if any(v in measured or (v is not value and can_fail(v, roots)) for v in group.members):
            return False
        after.update(group.members)
    return True


def can_fail(root: Value, roots: set[Value]) -> bool:
    """Tell whether computing a root into memory, from others that are there, may fail."""
    if not (is_inlined(root) or root.op.name in INFALLIBLE | PRODUCTS):
        return True
    return any(v.op.name == "gather" for v in inlined(root, roots))


def inlined(root: Value, roots: set[Value]) -> list[Value]:
    """Return what computing a root computes along the way, itself included."""
    return [v for v in with_leaves(root, roots) if v is root or v not in roots]


def with_leaves(root: Value, roots: set[Value]) -> list[Value]:
    """Return a root and all that it reads or computes, down to other roots."""
    found: dict[Value, None] = {root: None}
    stack = list(root.operands)
    while stack:
        current = stack.pop()
        if current in found:
            continue
        found[current] = None
        if current not in roots:
            stack.extend(current.operands)
    return list(found)
