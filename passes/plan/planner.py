"""The pass itself: from a fused module to the program of one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from symc.compiler.collector import resting
from symc.compiler.errors import InternalError
from symc.compiler.kernel.contraction import Contraction
from symc.compiler.module import Module, Parameter
from symc.compiler.program.record import (
    ArraySpec,
    Buffer,
    CheckEqual,
    Compute,
    Copy,
    Number,
    Piece,
    Poll,
    Program,
    Statement,
)
from symc.compiler.value import Value
from symc.passes.fuse.levels import find_levels
from symc.passes.fuse.roots import storage
from symc.passes.plan import foreign
from symc.passes.plan.bindings import Step, computed, find_steps
from symc.passes.plan.branches import plan_inner
from symc.passes.plan.commit import Decisions, decide
from symc.passes.plan.handing import handed_on
from symc.passes.plan.host import HostScalars
from symc.passes.plan.overwritten import lives_of, overwritten, spans_of
from symc.passes.plan.slots import Life, assign
from symc.passes.plan.statements import Shared, StepStatements
from symc.passes.plan.turns import find_turns, lengthen
from symc.passes.plan.work import estimate

ALIGNMENT = 64


def plan(
    module: Module, workspace: Callable[[Contraction], int], python: foreign.Table = ()
) -> Program:
    """Return the program of a fused module.

    workspace   gives the bytes that a contraction needs
    python      the functions that the code calls through the host, with their results' types
    """
    with resting():
        return Planner(module, workspace, python).program()


class Planner:
    """Makes the program of a fused module.

    decisions   what becomes of each update
    make        makes the statements of the steps: it knows where memory lies, and of which step
                each statement is
    lives       the temporaries that share slots
    """

    def __init__(
        self, module: Module, workspace: Callable[[Contraction], int], python: foreign.Table
    ) -> None:
        self.module = module
        self.inputs = [p for p in module.parameters if p.kind == "input"]
        self.states = [p for p in module.parameters if p.kind == "state"]
        levels = find_levels(module)
        self.host = HostScalars(len(self.inputs), levels)
        self.steps = find_steps(module, levels)
        self.decisions: Decisions = decide(module, self.steps)
        self.shared = Shared(workspace, python, plan_inner)
        self.make = StepStatements(self.host, self.shared, self._leaf)
        self.places = self.make.places
        self.lives: list[Life] = []

    def program(self) -> Program:
        """Return the program."""
        self._checks()
        returned = [*self.module.outputs, *self.decisions.swapped.values()]
        outputs = tuple(self.make.spec(v) for v in returned)
        copies = self._bind_results(returned)
        early = [s for s in self.steps if s not in self.decisions.late]
        kept = self._kept().union(*(step.memory() for step in self.decisions.late))
        self.places.update(handed_on(early, self.places, kept))
        placed = {v for v in self.places if isinstance(v, Value)}
        self.make.by_turns(find_turns(early, kept | placed, self.host).values())
        slots = self._bind_slots([*early, *self.decisions.late])
        bodies = [
            [s for step in early if step.level == k for s in self.make.run(step)]
            for k in range(len(slots))
        ]
        late = [s for step in self.decisions.late for s in self.make.run(step)]
        before, after = self._place_copies(copies)
        saves, updates = self._update_copies()
        bodies[-1] += [*before, *saves]
        first, *later = self._pieces(outputs, slots, bodies)
        return Program(
            self.module.name,
            tuple(self._parameter(p) for p in self.inputs),
            tuple(self._parameter(p) for p in self.states),
            outputs,
            tuple(self.decisions.swapped),
            tuple(sorted({*self.decisions.in_place, *self.decisions.copied})),
            tuple((v.type.dtype, v.data.tobytes()) for v in self.shared.data),
            tuple(self.shared.functions.values()),
            first.slots,
            first.work,
            first.prologue,
            first.body,
            (*late, *after, *updates),
            tuple(later),
        )

    def _pieces(
        self,
        outputs: tuple[ArraySpec, ...],
        slots: list[tuple[Number, ...]],
        bodies: list[list[Statement]],
    ) -> list[Piece]:
        """Return the parts of the body between which computed sizes are loaded."""
        host = self.host
        works = [
            estimate(host, [s for s in self.steps if s.level == k], self.make)
            for k in range(len(slots))
        ]
        measured = self.module.measured()
        for leaf, name in reversed(host.loads.items()):
            buffer = (("buffer", self.make.buffer(measured[leaf])),)
            host.statements[host.level((name,))].insert(
                0, Compute(name, "load", (0,), leaf.type.dtype, buffer)
            )
        at = [host.level(n for n in spec.shape if n is not None) for spec in outputs]
        return [
            Piece(
                tuple(host.statements[k]),
                tuple(n for n, level in enumerate(at) if level == k),
                slots[k],
                works[k],
                tuple(_with_polls(bodies[k])),
            )
            for k in range(len(slots))
        ]

    def _checks(self) -> None:
        for check in self.module.checks:
            left, right = (_number(self.host, size) for size in (check.left, check.right))
            self.host.check(CheckEqual(left, right, check.site), left, right)
        for value in self.module.roots():
            for size in value.type.shape:
                self.host.size(size)

    def _parameter(self, parameter: Parameter) -> ArraySpec:
        type = parameter.value.type
        return ArraySpec(type.dtype, tuple(s if isinstance(s, int) else None for s in type.shape))

    def _bind_results(self, returned: list[Value]) -> list[tuple[Buffer, Value]]:
        """Give memory that is returned or kept its place; return the copies left to make."""
        for number, (_, value) in self.decisions.in_place.items():
            self.places[value] = Buffer("state", number)
        made = {result: step.level for step in self.steps for result in step.results}
        copies = []
        for k, value in enumerate(returned):
            base, place = storage(value), Buffer("output", k)
            # An output has memory from the piece on in which its sizes are known.
            there = self.host.level(map(self.host.size, value.type.shape))
            if base in made and base not in self.places and there <= made[base]:
                self.places[base] = place
            else:
                copies.append((place, value))
        return copies

    def _bind_slots(self, steps: list[Step]) -> list[tuple[Number, ...]]:
        """Give every other result, and what a step needs while it runs, a slot of its piece."""
        spans = spans_of(steps, lambda step: self.make.temporaries(step, self.places))
        lengthen(spans, steps, self.make.turns.values())
        made = {result for step in steps for result in step.results}
        kept = self._kept()
        owners = overwritten(steps, spans, kept)
        lives: list[list[Life]] = [[] for _ in self.host.statements]
        inside: list[Life] = []
        for life in lives_of(spans, owners, kept, len(steps)):
            (inside if life.key in owners else lives[steps[life.first].level]).append(life)
        for number, value in self.decisions.copied.items():
            if storage(value) not in made:
                size = self.make.bytes(value)
                saved = Life(("saved", number), size, len(steps), len(steps))
                lives[self.host.level((size,))].append(saved)
        slots = self._number_slots(lives)
        self.places.update({key: self.places[owner] for key, owner in owners.items()})
        self.lives += inside
        return slots

    def _kept(self) -> set[Value]:
        """Return what is read after all steps."""
        after = (*self.module.outputs, *self.decisions.copied.values(), *computed(self.module))
        return set(map(storage, after))

    def _number_slots(self, lives: list[list[Life]]) -> list[tuple[Number, ...]]:
        """Number the slots of all pieces through; return the bytes of each piece's."""
        found: list[tuple[Number, ...]] = []
        for mine in lives:
            self.lives += mine
            places, slots = assign(mine, self.host)
            before = sum(map(len, found))
            self.places.update({key: Buffer("slot", before + k) for key, k in places.items()})
            found.append(slots)
        return found

    def _leaf(self, value: Value) -> Buffer:
        if value.op.name != "parameter":
            raise InternalError(f"{value!r} lies nowhere: no step makes it")
        index, split = value.attribute("index"), len(self.inputs)
        return Buffer("input", index) if index < split else Buffer("state", index - split)

    def _place_copies(self, copies: list[tuple[Buffer, Value]]) -> tuple[list[Copy], list[Copy]]:
        """Split the copies to outputs: old states before the commit, new ones after it."""
        late = {result for step in self.decisions.late for result in step.results}
        before: list[Copy] = []
        after: list[Copy] = []
        for place, value in copies:
            copy = Copy(place, self.make.buffer(value), self.make.bytes(value))
            (after if storage(value) in late else before).append(copy)
        return before, after

    def _update_copies(self) -> tuple[list[Copy], list[Copy]]:
        """Copy what could not be computed in place; another state's old value is saved before."""
        made = {result for step in self.steps for result in step.results}
        saves, updates = [], []
        for number, value in self.decisions.copied.items():
            source, size = self.make.buffer(value), self.make.bytes(value)
            # A new value that another state is overwritten with is there when copies are made.
            if source.place == "state" and storage(value) not in made:
                saved = self.places["saved", number]
                saves.append(Copy(saved, source, size))
                source = saved
            updates.append(Copy(Buffer("state", number), source, size))
        return saves, updates


def _number(host: HostScalars, size: object) -> Number:
    """Return a size as it was written, not as the checks make it."""
    if isinstance(size, Value):
        return host.unresolved(size)
    return int(size)  # type: ignore[call-overload,no-any-return]


def _with_polls(statements: list[Statement]) -> Iterator[Statement]:
    for k, statement in enumerate(statements):
        if k:
            yield Poll()
        yield statement
