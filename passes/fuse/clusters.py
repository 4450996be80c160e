"""The greedy walk that forms groups: each root joins a related group where that is legal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from symc.compiler.value import Value
from symc.passes.fuse.build import Anew
from symc.passes.fuse.draft import Misaligned
from symc.passes.fuse.group import Domain, Group, domain_of, equal_shapes, joined_domain
from symc.passes.fuse.growth import MOST_BUFFERS, MOST_SCALARS, TOO_LONG, TOO_WIDE, Growth
from symc.passes.fuse.order import blocked, connect, in_order, raised
from symc.passes.fuse.reasons import (
    BETWEEN,
    CROWDED,
    FAR,
    LEVEL,
    MISALIGNED,
    NEARER,
    OTHER_AXES,
    OTHER_POINTS,
    OWN_KIND,
    PHASE,
    Reason,
)
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
        group, refused = self._joined(value, tree, before)
        untried = NEARER
        if group is None:
            phase, level = self._phases[value], self._levels.get(value, 0)
            group = Group([value], domain_of(value), phase, len(self.groups), level)
            group.rank = max((other.rank + 1 for other in before), default=0)
            group.beside.update((g, reason) for g, reason in refused.items() if g not in before)
            self.groups.append(group)
            untried = FAR
        before.pop(group, None)
        connect({other: refused.get(other, untried) for other in before}, group)
        self.of[value] = group
        group.reads.update(tree.leaves)
        group.memory.add(value)
        group.memory.update(tree.memory)
        for leaf in tree.leaves:
            self._readers.setdefault(leaf, {}).setdefault(group)

    def _joined(
        self, value: Value, tree: Tree, before: dict[Group, None]
    ) -> tuple[Group | None, dict[Group, Reason]]:
        """Return the first related group that takes a root, and why others did not."""
        buffers = {value, *tree.memory}
        near = self._related(tree.leaves, before)
        closed = {group: self._refusal(group, value, buffers) for group in near}
        refused = {group: reason for group, reason in closed.items() if reason is not None}
        related = [group for group in closed if group not in refused]
        behind = blocked(before, related)
        for group in related:
            reason = BETWEEN if group in behind else self._join(group, value, before)
            if reason is None:
                return group, refused
            refused[group] = reason
        return None, refused

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

    def _refusal(self, group: Group, value: Value, buffers: set[Value]) -> Reason | None:
        """Return why a group cannot take a root, as far as can be told at once."""
        if group.phase != self._phases[value]:
            return PHASE
        if group.level != self._levels.get(value, 0):
            return LEVEL
        if group.weight >= MOST_SCALARS - LEAST_GROWTH:
            return TOO_LONG
        memory = len(group.memory)
        if memory >= MOST_BUFFERS or memory + len(buffers - group.memory) > MOST_BUFFERS:
            return TOO_WIDE
        return None if joined_domain(group, value) else _apart(group, value)

    def _join(self, group: Group, value: Value, before: dict[Group, None]) -> Reason | None:
        """Add a root to a group after some others if it fits; else return why it does not."""
        domain = joined_domain(group, value)
        assert domain is not None
        ranks = raised(group, [other for other in before if other is not group])
        if ranks is None:
            return CROWDED
        growth = self._grown(group, value, domain)
        if isinstance(growth, Reason):
            return growth
        group.members.append(value)
        group.domain, group.weight = domain, growth.weight
        self._growths[group] = growth
        for other, rank in ranks.items():
            other.rank = rank
        return None

    def _grown(self, group: Group, value: Value, domain: Domain) -> Growth | Tally | Reason:
        """Return what a group with one more member computes, or why that is no kernel."""
        if domain is group.domain:
            growth = self._growths.get(group) or self._built(group.members, domain)
            if isinstance(growth, Reason):
                return growth
            self._growths[group] = growth
            try:
                return growth if growth.add(value) else growth.refusal or MISALIGNED
            except Anew:
                pass
        growth = self._built([*group.members, value], domain)
        return growth if isinstance(growth, Reason) else growth.excess or growth

    def _built(self, members: list[Value], domain: Domain) -> Growth | Tally | Reason:
        if self._trees.are_plain(members, domain):
            return Tally(members, self._trees)
        self.built += 1
        try:
            return Growth(members, domain, self._trees)
        except Misaligned as error:
            return MISALIGNED.of(error)


def _apart(group: Group, value: Value) -> Reason:
    """Return why a root does not lie in the domain of a group."""
    domain = domain_of(value)
    if group.domain is None or domain is None:
        return OWN_KIND.of((value if domain is None else group.members[0]).op.name)
    same = equal_shapes(group.domain.sizes, domain.sizes)
    return OTHER_AXES if same and domain.inner else OTHER_POINTS
