"""Tells what may run in the commit part of a call, where nothing can fail."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from symc.compiler.module import Module
from symc.compiler.value import Value
from symc.passes.fuse.group import Group
from symc.passes.fuse.roots import PRODUCTS, is_inlined, storage
from symc.passes.fuse.trees import Tree, Trees

INFALLIBLE = frozenset({"sum", "prod", "prod_real", "prod_imag", "all", "any"})
"""Reductions that have a value of no elements."""


class Ends(Struct, frozen=True):
    """What of a module is there in the end: results, new states and measured sizes, as stored."""

    results: frozenset[Value]
    states: frozenset[Value]
    measured: frozenset[Value]


def ends_of(module: Module) -> Ends:
    """Return what of a module is there in the end."""
    return Ends(
        frozenset(map(storage, module.outputs)),
        frozenset(storage(new) for _, new in module.updates),
        frozenset(map(storage, module.measured().values())),
    )


def read_in_commit(value: Value, ends: Ends, groups: Iterable[Group], trees: Trees) -> bool:
    """Tell whether a Value is a new state, no result, and read by nothing that belongs before.

    groups, trees   all of the module's, the groups in order
    """
    if value in ends.results or value not in ends.states:
        return False
    after = {value}
    for group in groups:
        if after.isdisjoint(group.reads):
            continue
        if any(
            v in ends.measured or (v is not value and can_fail(v, trees.of(v)))
            for v in group.members
        ):
            return False
        after.update(group.members)
    return True


def can_fail(root: Value, tree: Tree) -> bool:
    """Tell whether computing a root into memory, from others that are there, may fail."""
    if not (is_inlined(root) or root.op.name in INFALLIBLE | PRODUCTS):
        return True
    return tree.picks
