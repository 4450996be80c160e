"""The greedy walk that forms groups: each root joins a related group where that is legal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from symc.compiler.value import Value
from symc.passes.fuse.build import Anew
from symc.passes.fuse.draft import Misaligned
from symc.passes.fuse.group import Domain, Group, domain_of, joined_domain
from symc.passes.fuse.growth import MOST_BUFFERS, MOST_SCALARS, Growth
from symc.passes.fuse.order import blocked, connect, in_order, raised
from symc.passes.fuse.tally import Tally
from symc.passes.fuse.trees import Tree, Trees

LEAST_GROWTH = 8
"""A group this near to the limit is not tried again: trying costs more than it could give."""

RECENT = 40
"""Groups back to which one that is read from is tried."""

FELLOWS = 4
"""Latest readers of the same memory that are tried."""

TRIED = 12
"""Groups that one root is tried with."""


class Clusters:
    """Forms groups from roots in order of computation.

    built   how often a group's stages were written from the start
    """

    def __init__(
        self,
        roots: Iterable[Value],
        trees: Trees,
        phases: Mapping[Value, str],
        levels: Mapping[Value, int],
    ) -> None:
        self._roots = list(roots)
        self._trees = trees
        self._phases = phases
        self._levels = levels
        self._growths: dict[Group, Growth | Tally] = {}
        self._readers: dict[Value, dict[Group, None]] = {}
        self.groups: list[Group] = []
        self.of: dict[Value, Group] = {}
        self.built = 0

    def form(self) -> list[Group]:
        """Return the groups, each after the groups it needs."""
        for root in self._roots:
            self._add(root)
        return in_order(self.groups)

    def _add(self, value: Value) -> None:
        tree = self._trees.of(value)
        before = dict.fromkeys(self.of[v] for v in tree.leaves if v in self.of)
        group = self._joined(value, tree, before)
        if group is None:
            phase, level = self._phases[value], self._levels.get(value, 0)
            group = Group([value], domain_of(value), phase, len(self.groups), level)
            group.rank = max((other.rank + 1 for other in before), default=0)
            self.groups.append(group)
        before.pop(group, None)
        connect(before, group)
        self.of[value] = group
        group.reads.update(tree.leaves)
        group.memory.add(value)
        group.memory.update(tree.memory)
        for leaf in tree.leaves:
            self._readers.setdefault(leaf, {}).setdefault(group)

    def _joined(self, value: Value, tree: Tree, before: dict[Group, None]) -> Group | None:
        """Return the first related group that takes a root."""
        buffers = {value, *tree.memory}
        near = self._related(tree.leaves, before)
        related = [group for group in near if self._is_open(group, value, buffers)]
        refused = blocked(before, related)
        for group in related:
            if group in refused:
                continue
            others = [other for other in before if other is not group]
            ranks = raised(group, others)
            if ranks is not None and self._join(group, value):
                for other, rank in ranks.items():
                    other.rank = rank
                return group
        return None

    def _related(self, reads: Iterable[Value], before: dict[Group, None]) -> Iterable[Group]:
        """Return related groups, the nearest first: those read from, then fellow readers."""
        oldest = len(self.groups) - RECENT
        near = sorted((g for g in before if g.number >= oldest), key=lambda g: -g.number)
        found = dict.fromkeys(near)
        for leaf in reads:
            if len(found) >= TRIED:
                break
            latest = list(islice(reversed(self._readers.get(leaf, {})), FELLOWS))
            found.update(dict.fromkeys(reversed(latest)))
        return islice(found, TRIED)

    def _is_open(self, group: Group, value: Value, buffers: set[Value]) -> bool:
        """Tell whether a group might take a root, as far as can be told at once."""
        if (group.phase, group.level) != (self._phases[value], self._levels.get(value, 0)):
            return False
        if group.weight >= MOST_SCALARS - LEAST_GROWTH or len(group.memory) >= MOST_BUFFERS:
            return False
        if len(group.memory) + len(buffers - group.memory) > MOST_BUFFERS:
            return False
        return joined_domain(group, value) is not None

    def _join(self, group: Group, value: Value) -> bool:
        domain = joined_domain(group, value)
        assert domain is not None
        growth = self._grown(group, value, domain)
        if growth is None:
            return False
        group.members.append(value)
        group.domain, group.weight = domain, growth.weight
        self._growths[group] = growth
        return True

    def _grown(self, group: Group, value: Value, domain: Domain) -> Growth | Tally | None:
        """Return what a group with one more member computes, None if it does not fit."""
        if domain is group.domain:
            growth = self._growths.get(group) or self._built(group.members, domain)
            if growth is None:
                return None
            self._growths[group] = growth
            try:
                return growth if growth.add(value) else None
            except Anew:
                pass
        growth = self._built([*group.members, value], domain)
        return growth if growth is not None and growth.fits else None

    def _built(self, members: list[Value], domain: Domain) -> Growth | Tally | None:
        if self._trees.are_plain(members, domain):
            return Tally(members, self._trees)
        self.built += 1
        try:
            return Growth(members, domain, self._trees)
        except Misaligned:
            return None
