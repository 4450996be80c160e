"""Reverse-mode differentiation of a loop: another loop, which goes through the steps backwards.

A step of it pulls the cotangents of the states after a step, and of what that step kept, back
through the body. Of the step itself it knows what the loop keeps for it (`save.py`): states before
the step, and what took a product to compute; the rest it computes again. What the same operand
receives in all steps is added up in a state; where it is a product in each step, one product of all
steps' operands comes after the loop instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler import sizes
from symc.compiler.op import Op
from symc.compiler.ops.arithmetic import add, subtract
from symc.compiler.ops.loop import (
    Body,
    Leaves,
    body_of,
    loop,
    make_loop,
    operands_of,
    reached,
    results_of,
)
from symc.compiler.ops.shape import place, slice_, zeros_like
from symc.compiler.types import DISCRETE, Size
from symc.compiler.value import Value
from symc.passes.loops.substitute import substituted
from symc.passes.loops.sums import Moved, moved

Table = list[tuple[bool, ...]]


class Flow(Struct, frozen=True):
    """What of a loop a derivative flows through.

    carried    places of the states whose cotangents are states of the loop back
    kept       places among what is kept from where cotangents come
    wanted     leaves whose cotangents are asked for: elements, carried states, fixed
    """

    carried: tuple[int, ...]
    kept: tuple[int, ...]
    wanted: tuple[Value, ...]


def pull_loop(
    value: Value, cotangents: Mapping[int, Value], useful: Sequence[bool]
) -> tuple[Any, ...]:
    """Return for each operand of a loop the cotangent that it receives, 0 or None.

    cotangents   of the results, by their places
    useful       for each operand whether its cotangent is asked for
    """
    body = body_of(value)
    table = _table(body)
    flow = _flow(body, table, cotangents, useful)
    depends = _reaching(body, table, range(len(table)))
    nothing = tuple(0 if d else None for d in depends)
    if not flow.wanted or not (flow.carried or flow.kept):
        return (*nothing, None)
    back = _Back(value, flow, cotangents)
    return (*back.terms(nothing), None)


def reaching(body: Body, places: Sequence[int]) -> tuple[bool, ...]:
    """Tell for each leaf whether results of the loop, given by their places, depend on it."""
    return _reaching(body, _table(body), places)


def _reaching(body: Body, table: Table, places: Iterable[int]) -> tuple[bool, ...]:
    count = len(body.next)
    active = set(places)
    offset = len(body.elements)
    while True:
        found = {
            j for j in range(count) if any(table[place][offset + j] for place in active)
        } - active
        if not found:
            break
        active |= found
    direct = [any(table[place][k] for place in active) for k in range(len(body.leaves))]
    # An initial value is the final state where no step is run.
    return tuple(
        flag or (offset <= k < offset + count and k - offset in active)
        for k, flag in enumerate(direct)
    )


def _table(body: Body) -> Table:
    """Tell for each result of a step on which leaves it depends."""
    from symc.passes.differentiate import connected

    return [
        (False,) * len(body.leaves) if root.type.dtype in DISCRETE else connected(root, body.leaves)
        for root in (*body.next, *body.kept)
    ]


def _flow(
    body: Body, table: Table, cotangents: Mapping[int, Value], useful: Sequence[bool]
) -> Flow:
    count, offset = len(body.next), len(body.elements)
    moving = {leaf for leaf, flag in zip(body.leaves, useful, strict=False) if flag}
    active = set(cotangents)
    changed = True
    while changed:
        more = {
            body.states[j]
            for j in range(count)
            if any(d and x in moving for d, x in zip(table[j], body.leaves, strict=True))
        }
        reached = {j for j in range(count) if any(table[place][offset + j] for place in active)}
        changed = not (more <= moving and reached <= active)
        moving |= more
        active |= reached

    def is_float(leaf: Value) -> bool:
        return leaf.type.dtype not in DISCRETE

    carried = tuple(
        j for j, s in enumerate(body.states) if j in active and s in moving and is_float(s)
    )
    kept = tuple(k for k in range(len(body.kept)) if count + k in active)
    states = [body.states[j] for j in carried]
    wanted = [x for x in body.leaves if x in moving and is_float(x)]
    wanted = [x for x in wanted if x not in body.states or x in states]
    return Flow(carried, kept, tuple(wanted))


class _Back:
    """The loop back through one loop."""

    def __init__(self, value: Value, flow: Flow, cotangents: Mapping[int, Value]) -> None:
        self.value = value
        self.body = body_of(value)
        self.operands = operands_of(value)
        self.flow = flow
        self.cotangents = cotangents
        self.context = value.context
        self.leaves = Leaves.beside(self.body)
        body = self.body
        self.carried = [self.leaves.make(body.states[j].type) for j in flow.carried]
        self.received = [self.leaves.make(body.kept[k].type) for k in flow.kept]
        self.rows: Size = self.operands.steps.as_size()
        self.done: Size = value.as_size() if body.stop is not None else self.rows
        limit = body.truncate
        self.steps = sizes.minimum(self.done, limit) if limit >= 0 else self.done

    def terms(self, nothing: tuple[Any, ...]) -> list[Any]:
        """Return the cotangents of all operands but the number of steps."""
        found = self._pulled()
        fixed = {x: g for x, g in found.items() if x in self.body.fixed and g is not None}
        # The operands of all steps' products take memory.
        whole = self.body.saves == "states"
        sums = {x: Moved((), g) if whole else moved(g) for x, g in fixed.items()}
        inside = self._inside(found, sums)
        finals, kept = map(list, results_of(inside))
        made = self._of_states_and_rows(found, finals, kept)
        made.update(self._of_fixed(sums, finals, kept))
        return [made.get(leaf, none) for leaf, none in zip(self.body.leaves, nothing, strict=True)]

    def _pulled(self) -> dict[Value, Value | None]:
        """Return what the leaves receive in one step."""
        from symc.passes.differentiate import gradient

        body, flow = self.body, self.flow
        starts = [(body.next[j], g) for j, g in zip(flow.carried, self.carried, strict=True)]
        starts += [(body.kept[k], g) for k, g in zip(flow.kept, self.received, strict=True)]
        found = gradient(None, flow.wanted, starts=starts).values
        return dict(zip(flow.wanted, found, strict=True))

    # --- the loop itself

    def _stand_ins(self, roots: list[Value], given: set[Value]) -> dict[Value, Value]:
        """Return leaves for what the loop keeps for the way back."""
        from symc.passes.loops.save import saved  # which loads what fusing needs: loops alone do

        return {x: self.leaves.make(x.type) for x in saved(roots, given, self.body)}

    def _inside(self, found: dict[Value, Value | None], sums: dict[Value, Moved]) -> Value:
        """Return the loop back."""
        body = self.body
        elements = [x for x in body.elements if found.get(x) is not None]
        nexts = [self._or_zeros(found[body.states[j]], j) for j in self.flow.carried]
        totals = [
            (self.leaves.make(s.rest.type), s.rest) for s in sums.values() if s.rest is not None
        ]
        nexts += [add(total, rest) for total, rest in totals]
        kept = [found[x] for x in elements]
        kept += [x for s in sums.values() for pair in s.pairs for x in pair]
        roots = [*nexts, *(x for x in kept if x is not None)]
        given = {*self.carried, *self.received}
        stand_ins = self._stand_ins(roots, given)
        backwards = subtract(self._number(sizes.subtract(self.done, 1)), self.leaves.counter)
        roots = substituted(roots, {**stand_ins, body.counter: backwards})
        used = set(reached(body, roots))
        rows = self._rows(used, stand_ins)
        fixed = [x for x in body.fixed if x in used]
        made = Body(
            self.leaves.counter,
            (*rows, *self.received),
            (*self.carried, *(total for total, _ in totals)),
            tuple(fixed),
            tuple(roots[: len(nexts)]),
            tuple(roots[len(nexts) :]),
            saves=body.saves,
        )
        received = [self.cotangents[len(body.next) + k] for k in self.flow.kept]
        initial = [self._cotangent(j) for j in self.flow.carried]
        initial += [zeros_like(total) for total, _ in totals]
        outside = dict(zip(body.fixed, self.operands.fixed, strict=True))
        return make_loop(
            made,
            [self._reversed(x) for x in (*rows.values(), *received)],
            initial,
            [outside[x] for x in fixed],
            self.steps,
        )

    def _rows(self, used: set[Value], stand_ins: dict[Value, Value]) -> dict[Value, Value]:
        """Return the leaves of the loop back that stand for rows, with the rows."""
        body = self.body
        sequences = dict(zip(body.elements, self.operands.sequences, strict=True))
        found = {x: rows for x, rows in sequences.items() if x in used}
        states = [x for x in body.states if x in used]
        kept = self._kept([*states, *stand_ins])
        found.update(zip((*states, *stand_ins.values()), kept, strict=True))
        return found

    def _kept(self, wanted: list[Value]) -> list[Value]:
        """Return the rows of what the loop computes in each step, keeping what it has not."""
        body = self.body
        missing = [x for x in wanted if x not in body.kept]
        kept = (*body.kept, *missing)
        same = self.value
        if missing:
            attributes = (("body", replace(body, kept=kept)),)
            same = self.context.make(loop, self.value.operands, attributes)
        _, rows = results_of(same)
        return [rows[kept.index(x)] for x in wanted]

    def _reversed(self, rows: Value) -> Value:
        """Return the rows of the steps back, in their order."""
        return self._turned(slice_, rows, self.steps)

    def _placed(self, rows: Value) -> Value:
        """Return the rows of all steps in their order, zeros for those that were not walked."""
        return self._turned(place, rows, self.rows)

    def _turned(self, op: Op, rows: Value, count: Size) -> Value:
        """Read or place so many rows from that of the last step on, backwards."""
        more = rows.type.ndim - 1
        starts = [self._number(sizes.subtract(self.done, 1)), *[self._number(0)] * more]
        lengths = [self._number(s) for s in (count, *rows.type.shape[1:])]
        made: Value = op(rows, *starts, *lengths, steps=(-1, *(1,) * more))
        return made

    def _number(self, size: Size) -> Value:
        return self.context.size_value(size)

    def _or_zeros(self, g: Value | None, place: int) -> Value:
        return zeros_like(self.body.states[place]) if g is None else g

    def _cotangent(self, place: int) -> Value:
        given = self.cotangents.get(place)
        return self._or_zeros(None, place) if given is None else given

    # --- what comes of it

    def _of_states_and_rows(
        self, found: dict[Value, Value | None], finals: list[Value], kept: list[Value]
    ) -> dict[Value, Any]:
        body = self.body
        made: dict[Value, Any] = {}
        for j in self.flow.carried:
            made[body.states[j]] = finals.pop(0)
        for x in body.elements:
            if found.get(x) is not None:
                made[x] = self._placed(kept.pop(0))
        return made

    def _of_fixed(
        self,
        sums: dict[Value, Moved],
        finals: list[Value],
        kept: list[Value],
    ) -> dict[Value, Any]:
        made: dict[Value, Any] = {}
        for leaf, total in sums.items():
            terms = [finals.pop(0)] if total.rest is not None else []
            terms += [total.product(kept.pop(0), kept.pop(0)) for _ in total.pairs]
            made[leaf] = add(*terms) if len(terms) > 1 else terms[0]
        return made
