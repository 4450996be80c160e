"""sink: moves what only one arm of a branch needs into that arm, so that no call computes both.

A Value has a place: the arms that it stands in, from the outermost in; the empty place is outside
of all. What is used in several places belongs to each of them, unless it is certainly needed around
them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct

from symc.compiler.checks import take_checks
from symc.compiler.hosting import hosted
from symc.compiler.module import needs, walk, walk_by
from symc.compiler.ops.branch import (
    Arm,
    arm_leaves,
    arm_operands,
    arms_of,
    branch,
    make_branch,
)
from symc.compiler.ops.loop import NUMBER
from symc.compiler.value import Value
from symc.passes.loops.substitute import substituted

DEPTH = 32
"""Arms that stand in each other; what would stand deeper is computed at that depth."""

Side = tuple[Value, int]
"""A branch, and which of its arms."""

Place = tuple[Side, ...]
OUTSIDE: Place = ()

PARTS = ("branch_result", "loop_result", "python_result")
"""Reading a part of what a Value computed: it stands where that Value does."""

COPIES = 8
"""Places that compute one Value; with more it is computed around them, since places multiply."""


def sink(roots: Sequence[Value]) -> dict[Value, Value]:
    """Return what takes the place of each Value that the roots need and that changes."""
    if not any(value.op is branch for value in walk(roots)):
        return {}
    definitions = roots[0].context.definitions
    order = list(walk_by(roots, lambda v: needs(v, definitions)))
    return _Sinking(order, _places(order, roots)).run()


# --- where Values belong


def _places(order: Sequence[Value], roots: Iterable[Value]) -> dict[Value, frozenset[Place]]:
    """Return the places of Values, given with what each needs before it."""
    parts = [value for value in order if value.op.name in PARTS]
    given = _numbers_of_outside(order)
    certain: dict[Value, frozenset[Place]] = {}
    while True:
        places = _places_of_uses(order, roots, given, certain)
        apart = [x for x in parts if places[x] != places[x.operands[0]]]
        if not apart:
            return places
        certain.update((x, places[x.operands[0]]) for x in apart)


def _places_of_uses(
    order: Sequence[Value],
    roots: Iterable[Value],
    given: Collection[Value],
    certain: dict[Value, frozenset[Place]],
) -> dict[Value, frozenset[Place]]:
    """Return the places where Values are used.

    given     numbers that are computed outside, whoever uses them
    certain   places where Values are certainly needed, beside those of their uses
    """
    definitions = order[0].context.definitions
    places: dict[Value, frozenset[Place]] = {}
    uses: dict[Value, set[Place]] = defaultdict(set)
    for value, known in certain.items():
        uses[value] |= known
    for root in roots:
        uses[root].add(OUTSIDE)
    for value in reversed(order):
        fixed = value.op.family == "leaf" and value not in definitions
        mine = {OUTSIDE} if fixed or value in given else uses[value]
        places[value] = _joined(mine)
        for x in needs(value, definitions):
            if value.op is not branch:
                uses[x] |= places[value]
        if value.op is branch:
            uses[value.operands[0]] |= places[value]
            for k, operands in enumerate(arm_operands(value)):
                for x in operands:
                    uses[x] |= {(*place, (value, k)) for place in places[value]}
    return places


def _numbers_of_outside(order: Sequence[Value]) -> set[Value]:
    """Return the numbers that a step or an arm is not given, but reads from where it stands."""
    definitions = order[0].context.definitions
    inside: set[Value] = set()
    for value in order:
        if value.op.name == "bound" or any(x in inside for x in needs(value, definitions)):
            inside.add(value)
    return {v for v in order if v.type == NUMBER and v not in inside} if inside else set()


def is_direct(value: Value) -> bool:
    """Tell whether a body reads a Value as it is: a constant, or a number of the host."""
    return value.is_constant or (value.type == NUMBER and hosted(value) is value)


def _joined(places: set[Place]) -> frozenset[Place]:
    """Return where a Value belongs that is used in some places.

    What both arms of a branch need is needed beside it. What only some of several arms need, each
    of them computes: otherwise it would be computed where none of these is taken.
    """
    found = {place[:DEPTH] for place in places}
    for place in sorted(places, key=len, reverse=True):
        if place in found and place and _opposite(place) in found:
            found -= {place, _opposite(place)}
            found.add(place[:-1])
    found = {p for p in found if not any(p[:k] in found for k in range(len(p)))}
    return frozenset(found if len(found) <= COPIES else {_common(found)})


def _opposite(place: Place) -> Place:
    *outer, (value, k) = place
    return (*outer, (value, 1 - k))


def _common(places: Iterable[Place]) -> Place:
    common: list[Side] = []
    for sides in zip(*places, strict=False):
        if len(set(sides)) > 1:
            break
        common.append(sides[0])
    return tuple(common)


# --- moving them


class _Closed(Struct, frozen=True):
    """A branch over what its arms read of the places around it."""

    arms: list[Arm]
    reads: list[list[Value]]


class _Sinking:
    """Makes Values anew at their places.

    order    all Values, what each needs before it; places where they belong
    """

    def __init__(self, order: Sequence[Value], places: dict[Value, frozenset[Place]]) -> None:
        self.order = order
        self.places = places
        self.definitions = order[0].context.definitions
        self.closed: dict[Value, _Closed] = {}
        self.inside: dict[Side, list[Value]] = defaultdict(list)
        for value in order:
            for side in {place[-1] for place in places[value] if place}:
                self.inside[side].append(value)

    def run(self) -> dict[Value, Value]:
        """Return what Values outside of all branches have become."""
        new: dict[Value, Value] = {}
        for value in self.order:
            if value.op is branch:
                self.closed[value] = self._closing(value)
            if OUTSIDE in self.places[value]:
                self._remake(value, new)
        return {old: made for old, made in new.items() if old is not made}

    def _closing(self, value: Value) -> _Closed:
        sides = [self._arm((value, k)) for k in (0, 1)]
        return _Closed([arm for arm, _ in sides], [reads for _, reads in sides])

    def _arm(self, side: Side) -> tuple[Arm, list[Value]]:
        """Return an arm with all that belongs into it, and what it reads."""
        value, k = side
        old, operands, inside = arms_of(value)[k], arm_operands(value)[k], self.inside[side]
        mine = set(inside)
        asked = [*(x for v in inside for x in self._reads(v)), *operands]
        reads = [x for x in dict.fromkeys(asked) if x not in mine and not is_direct(x)]
        leaves = arm_leaves(value.context, [x.type for x in reads], self._height(inside, old))
        new = dict(zip(reads, leaves, strict=True))
        noted = len(value.context.checks)
        for v in inside:
            self._remake(v, new)
        # Checks of an arm's own sizes repeat those that were noted outside of it.
        take_checks(value.context, noted, set(leaves), self.definitions)
        own = {leaf: new.get(x, x) for leaf, x in zip(old.leaves, operands, strict=True)}
        results = substituted(old.results, own)
        return Arm(leaves, tuple(results), self._height(inside, old)), reads

    def _reads(self, value: Value) -> Iterator[Value]:
        """Yield what a Value reads in its new form."""
        if value.op is not branch:
            yield from needs(value, self.definitions)
            return
        yield value.operands[0]
        for reads in self.closed[value].reads:
            yield from reads

    def _height(self, inside: Iterable[Value], old: Arm) -> int:
        own = [arm for v in walk(old.results) if v.op is branch for arm in arms_of(v)]
        moved = [arm for v in inside if v.op is branch for arm in self.closed[v].arms]
        return 1 + max((arm.height for arm in (*own, *moved)), default=0)

    def _remake(self, value: Value, new: dict[Value, Value]) -> None:
        """Make a Value over what its operands have become."""
        with value.context.at(value.site):
            if value.op is branch:
                known = self.closed[value]
                reads = [[new.get(x, x) for x in side] for side in known.reads]
                condition = value.operands[0]
                new[value] = make_branch(new.get(condition, condition), known.arms, reads)
            elif value in self.definitions:
                definition = self.definitions[value]
                made = new.get(definition, definition)
                new[value] = value if made is definition else value.context.measure(made)
            else:
                new[value] = over(value, new)


def over(value: Value, new: dict[Value, Value]) -> Value:
    """Return a Value over what its operands have become."""
    operands = tuple(new.get(x, x) for x in value.operands)
    if operands == value.operands:
        return value
    return value.context.make(value.op, operands, value.attributes)
