"""Groups of Values that one kernel computes, and the greedy walk that forms them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from symc.compiler import sizes
from symc.compiler.types import Size
from symc.compiler.value import Value
from symc.passes.fuse.roots import HOST, REDUCTIONS, SCANS, is_inlined, leaves

Shape = tuple[Size, ...]

MOST_SCALARS = 300
"""Scalar operations of one kernel."""

LEAST_GROWTH = 8
"""A group this near to the limit is not tried again: trying costs more than it could give."""


@dataclass(frozen=True, slots=True)
class Domain:
    """The points a kernel visits: sizes, and which positions are its inner axes.

    inner is None while no reduction has settled it: then all axes are outer ones. step is -1 where
    a scan walks the inner axis from its end.
    """

    sizes: Shape
    inner: frozenset[int] | None
    step: int = 1

    @property
    def outer_sizes(self) -> Shape:
        """Return the sizes of the outer positions."""
        inner = self.inner or frozenset()
        return tuple(size for k, size in enumerate(self.sizes) if k not in inner)


@dataclass(slots=True, eq=False)
class Group:
    """Values computed together.

    members    in order of computation
    domain     None for what has a kernel of its own kind (products, scatters, joins)
    phase      'update' for values that only new states need, else 'body'
    reads      what the members read from memory
    level      how many loads of computed sizes come before it (`symc.passes.fuse.levels`)
    ancestors  the groups that must run before, transitively
    weight     scalars its kernel computes
    """

    members: list[Value]
    domain: Domain | None
    phase: str
    reads: set[Value]
    level: int = 0
    ancestors: set[Group] = field(default_factory=set)
    weight: int = 0


def equal_shapes(left: Shape, right: Shape) -> bool:
    """Tell whether two shapes are known to be equal."""
    return len(left) == len(right) and all(
        sizes.same(a, b) for a, b in zip(left, right, strict=True)
    )


def domain_of(value: Value) -> Domain | None:
    """Return the domain a Value asks for by itself."""
    if value.op.name in REDUCTIONS:
        return Domain(value.operands[0].type.shape, frozenset(value.attribute("axes")))
    if value.op.name in SCANS:
        return Domain(
            value.type.shape, frozenset([value.attribute("axis")]), value.attribute("step")
        )
    written = is_inlined(value) or value.op.name in HOST
    return Domain(points_of(value), None) if written else None


def points_of(value: Value) -> Shape:
    """Return the shape of the points at which a Value is computed: for pairs, both at one."""
    return value.type.shape[:-1] if value.op.name == "interleave" else value.type.shape


def kind_of(value: Value, domain: Domain) -> str | None:
    """Return how a Value lies in a domain: 'reduce', 'scan', 'full', 'outer', or None."""
    if value.op.name in SCANS:
        return "scan" if _same_walk(domain_of(value), domain) else None
    if value.op.name in REDUCTIONS:
        fits = equal_shapes(value.operands[0].type.shape, domain.sizes)
        return "reduce" if fits and _same_axes(value, domain) else None
    shape = points_of(value)
    if equal_shapes(shape, domain.sizes):
        return "full"
    if domain.inner is None:
        return None
    kept = tuple(1 if k in domain.inner else s for k, s in enumerate(domain.sizes))
    if equal_shapes(shape, domain.outer_sizes) or equal_shapes(shape, kept):
        return "outer"
    return None


def _same_walk(mine: Domain | None, domain: Domain) -> bool:
    return (
        mine is not None
        and (mine.inner, mine.step) == (domain.inner, domain.step)
        and equal_shapes(mine.sizes, domain.sizes)
    )


def _same_axes(value: Value, domain: Domain) -> bool:
    return domain.inner is not None and domain.inner == frozenset(value.attribute("axes"))


def _joined_domain(group: Group, value: Value) -> Domain | None:
    """Return the domain of a group with one more member, or None if it does not fit."""
    domain = group.domain
    if domain is None or domain_of(value) is None:
        return None
    if value.op.name in REDUCTIONS and domain.inner is None:
        domain = Domain(domain.sizes, frozenset(value.attribute("axes")))
    return domain if kind_of(value, domain) else None


class Clusters:
    """Forms groups from roots in order, joining each to a related group where that is legal."""

    def __init__(
        self,
        roots: Iterable[Value],
        phases: dict[Value, str],
        weigh: Callable[[list[Value], Domain], int | None],
        levels: Mapping[Value, int],
    ) -> None:
        self._roots = list(roots)
        self._all = set(self._roots)
        self._phases = phases
        self._weigh = weigh
        self._levels = levels
        self.groups: list[Group] = []
        self.of: dict[Value, Group] = {}
        self._readers: dict[Value, list[Group]] = {}

    def form(self) -> list[Group]:
        """Return the groups, each after the groups it needs."""
        for root in self._roots:
            self._add(root)
        return _in_order(self.groups, self.of)

    def _add(self, value: Value) -> None:
        reads = leaves(value, self._all)
        before = {self.of[v] for v in reads if v in self.of}
        for group in self._candidates(reads, before):
            if self._join(group, value, before):
                break
        else:
            level = self._levels.get(value, 0)
            group = Group([value], domain_of(value), self._phases[value], set(), level)
            self.groups.append(group)
            self._note(group, value, before)
        group.reads.update(reads)
        for leaf in reads:
            readers = self._readers.setdefault(leaf, [])
            if group not in readers:
                readers.append(group)

    def _candidates(self, reads: list[Value], before: set[Group]) -> list[Group]:
        """Return related groups, the nearest first: those read from, then fellow readers."""
        found = dict.fromkeys(g for g in reversed(self.groups[-40:]) if g in before)
        for leaf in reads:
            found.update(dict.fromkeys(self._readers.get(leaf, [])[-4:]))
        return list(found)[:12]

    def _join(self, group: Group, value: Value, before: set[Group]) -> bool:
        if (group.phase, group.level) != (self._phases[value], self._levels.get(value, 0)):
            return False
        if any(group in other.ancestors for other in before if other is not group):
            return False
        domain = _joined_domain(group, value)
        if domain is None or group.weight >= MOST_SCALARS - LEAST_GROWTH:
            return False
        weight = self._weigh([*group.members, value], domain)
        if weight is None:
            return False
        group.members.append(value)
        group.domain, group.weight = domain, weight
        self._note(group, value, before - {group})
        return True

    def _note(self, group: Group, value: Value, before: set[Group]) -> None:
        self.of[value] = group
        new = set(before).union(*(g.ancestors for g in before))
        for other in self.groups:
            if other is group or group in other.ancestors:
                other.ancestors |= new


def _in_order(groups: list[Group], of: dict[Value, Group]) -> list[Group]:
    """Sort groups so that each comes after its ancestors, keeping the order of making."""
    done: dict[Group, None] = {}
    waiting = list(groups)
    while waiting:
        ready = [g for g in waiting if g.ancestors <= done.keys()]
        done.update(dict.fromkeys(ready))
        waiting = [g for g in waiting if g not in done]
    return list(done)
