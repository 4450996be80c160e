"""What computing each root takes: its expression, walked once for all who ask."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from symc.compiler.value import Value
from symc.passes.fuse.group import Domain
from symc.passes.fuse.roots import COSTLY, HOST, SOURCES, data_operands, storage


class Tree(Struct, frozen=True, eq=False):
    """The expression of one root, down to what is in memory.

    leaves   the other roots and the sources that it reads, in order
    memory   those of them that a kernel has no number of its own for
    inside   the Values that it computes on the way
    costly   those of them that are worth keeping rather than computing twice
    plain    whether an element is made of elements at the same place, by pointwise operations alone
    picks    whether it reads at places that data name, which may be outside of what is read
    """

    leaves: tuple[Value, ...]
    memory: frozenset[Value]
    inside: frozenset[Value]
    costly: frozenset[Value]
    plain: bool
    picks: bool


class Trees:
    """The trees of a set of roots, each made when it is first asked for.

    made   how many have been made
    """

    def __init__(self, roots: set[Value]) -> None:
        self.roots = roots
        self.made = 0
        self._known: dict[Value, Tree] = {}

    def of(self, root: Value) -> Tree:
        """Return the tree of a root."""
        known = self._known.get(root)
        if known is None:
            self.made += 1
            known = self._known[root] = _grown(root, self.roots)
        return known

    def are_plain(self, members: Iterable[Value], domain: Domain) -> bool:
        """Tell whether no point of a domain needs another to compute some roots."""
        return domain.inner is None and all(self.of(member).plain for member in members)

    def over(self, roots: set[Value]) -> Trees:
        """Return the trees of other roots; those that are the same are not made again."""
        new, gone = roots - self.roots, self.roots - roots
        trees = Trees(roots)
        for root, tree in self._known.items():
            if tree.inside.isdisjoint(new) and gone.isdisjoint(tree.leaves):
                trees._known[root] = tree
        return trees


def _grown(root: Value, roots: set[Value]) -> Tree:
    leaves: dict[Value, None] = {}
    inside: set[Value] = set()
    plain = root.op.family == "pointwise"
    stack = list(reversed(data_operands(root)))
    while stack:
        current = stack.pop()
        if current in inside or current in leaves:
            continue
        if current.op.family == "pointwise" and current not in roots:
            inside.add(current)
            stack.extend(reversed(current.operands))
            continue
        base = storage(current)
        if base in roots or base.op.name in SOURCES:
            leaves[base] = None
            plain = plain and base is current
        elif current.op.name not in HOST:
            inside.add(current)
            plain = False
            stack.extend(reversed(data_operands(current)))
    memory = frozenset(leaf for leaf in leaves if not _is_number(leaf))
    costly = frozenset(v for v in inside if v.op.name in COSTLY and v.type.ndim)
    picks = not plain and any(v.op.name == "gather" for v in (root, *inside))
    return Tree(tuple(leaves), memory, frozenset(inside), costly, plain, picks)


def _is_number(leaf: Value) -> bool:
    """Tell whether a kernel has a number for a leaf: a constant of one element, or a size."""
    return leaf.op.name in HOST or (leaf.is_constant and leaf.data.size == 1)
