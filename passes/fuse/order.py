"""Keeps groups free of cycles while they grow, each at a rank above those that must run before it.

After Pearce and Kelly, A dynamic topological sort algorithm for directed acyclic graphs (2007):
only groups between two ranks are looked at. Both walks give up after some steps, which refuses a
join that might have been legal; so the time of each is bounded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from heapq import heappop, heappush

from symc.passes.fuse.group import Group
from symc.passes.fuse.reasons import Reason

SEARCHED = 40
"""Groups that one question looks at; more than most modules have."""


def connect(before: Mapping[Group, Reason], group: Group) -> None:
    """Note that some groups run before another, whose rank is above theirs already, and why."""
    for other, reason in before.items():
        group.before.setdefault(other, reason)
        other.after[group] = None


def blocked(before: Collection[Group], candidates: Iterable[Group]) -> set[Group]:
    """Return the candidates that may have to run before one of some groups, not by being it."""
    highest = max((group.rank for group in before), default=0)
    asked = {group for group in candidates if group.rank < highest}
    lowest = min((group.rank for group in asked), default=0)
    found: set[Group] = set()
    waiting: list[tuple[int, int, Group]] = []
    for group in before if asked else ():
        _push_before(group, lowest, found, waiting)
    while waiting:
        rank, _, group = heappop(waiting)
        if len(found) > SEARCHED:
            return {g for g in asked if g in found or g.rank <= -rank}
        _push_before(group, lowest, found, waiting)
    return asked & found


def _push_before(
    group: Group, lowest: int, found: set[Group], waiting: list[tuple[int, int, Group]]
) -> None:
    for other in group.before:
        if other.rank >= lowest and other not in found:
            found.add(other)
            heappush(waiting, (-other.rank, other.number, other))


def raised(group: Group, before: Iterable[Group]) -> dict[Group, int] | None:
    """Return the ranks that change where a group must run after some others; None for too many."""
    ranks: dict[Group, int] = {}
    least = max((other.rank + 1 for other in before), default=0)
    waiting: list[tuple[int, int, Group]] = []
    if group.rank < least:
        ranks[group] = least
        waiting.append((group.rank, group.number, group))
    while waiting:
        _, _, current = heappop(waiting)
        if len(ranks) > SEARCHED:
            return None
        for other in current.after:
            if other.rank <= ranks[current] and ranks.get(other, 0) <= ranks[current]:
                if other not in ranks:
                    heappush(waiting, (other.rank, other.number, other))
                ranks[other] = ranks[current] + 1
    return ranks


def in_order(groups: list[Group]) -> list[Group]:
    """Sort groups by how many must run before them one after the other, then by age."""
    missing = {group: len(group.before) for group in groups}
    ready = [group for group in groups if not missing[group]]
    done: list[Group] = []
    while ready:
        done += ready
        following = []
        for group in ready:
            for other in group.after:
                missing[other] -= 1
                if not missing[other]:
                    following.append(other)
        ready = sorted(following, key=lambda g: g.number)
    return done
