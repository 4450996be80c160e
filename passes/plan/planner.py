"""The pass itself: from a fused module to the program of one call."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator

from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.record import Kernel
from symc.compiler.kernel.sorting import Sorting, scratch
from symc.compiler.module import Module, Parameter
from symc.compiler.program.record import (
    ArraySpec,
    Buffer,
    CheckEqual,
    CheckSome,
    Compute,
    Copy,
    Function,
    Launch,
    Multiply,
    Number,
    Piece,
    Poll,
    Program,
    Sort,
    Statement,
)
from symc.compiler.types import ITEM_SIZE
from symc.compiler.value import Value
from symc.passes.fuse.levels import find_levels
from symc.passes.fuse.roots import storage
from symc.passes.plan import foreign
from symc.passes.plan.bindings import Foreign, Step, computed, find_steps
from symc.passes.plan.commit import Decisions, decide
from symc.passes.plan.host import HostScalars
from symc.passes.plan.slots import Life, assign
from symc.passes.plan.work import estimate

ALIGNMENT = 64


def plan(
    module: Module, workspace: Callable[[Contraction], int], python: foreign.Table = ()
) -> Program:
    """Return the program of a fused module.

    workspace   gives the bytes that a contraction needs
    python      the functions that the code calls through the host, with their results' types
    """
    return _Planner(module, workspace, python).program()


class _Planner:
    def __init__(
        self, module: Module, workspace: Callable[[Contraction], int], python: foreign.Table
    ) -> None:
        self.module = module
        self.python = foreign.PythonCalls(python, self._buffer, self._spec)
        self.workspace = workspace
        self.inputs = [p for p in module.parameters if p.kind == "input"]
        self.states = [p for p in module.parameters if p.kind == "state"]
        levels = find_levels(module)
        self.host = HostScalars(len(self.inputs), levels)
        self.steps = find_steps(module, levels)
        self.decisions: Decisions = decide(module, self.steps)
        self.places: dict[Hashable, Buffer] = {}
        self.data: dict[Value, int] = {}
        self.functions: dict[str, Function] = {}

    def program(self) -> Program:
        """Return the program."""
        self._checks()
        returned = [*self.module.outputs, *self.decisions.swapped.values()]
        outputs = tuple(self._spec(v) for v in returned)
        copies = self._bind_results(returned)
        early = [s for s in self.steps if s not in self.decisions.late]
        slots = self._bind_slots([*early, *self.decisions.late])
        bodies = [
            [s for step in early if step.level == k for s in self._run(step)]
            for k in range(len(slots))
        ]
        late = [s for step in self.decisions.late for s in self._run(step)]
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
            tuple((v.type.dtype, v.data.tobytes()) for v in self.data),
            tuple(self.functions.values()),
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
        works = [estimate(host, [s for s in self.steps if s.level == k]) for k in range(len(slots))]
        measured = self.module.measured()
        for leaf, name in reversed(host.loads.items()):
            buffer = (("buffer", self._buffer(measured[leaf])),)
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

    def _spec(self, value: Value) -> ArraySpec:
        return ArraySpec(value.type.dtype, tuple(self.host.size(s) for s in value.type.shape))

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
        first: dict[Hashable, int] = {}
        last: dict[Hashable, int] = {}
        bytes_: dict[Hashable, Number] = {}
        for k, step in enumerate(steps):
            for key, size in self._temporaries(step):
                first.setdefault(key, k)
                last[key], bytes_[key] = k, size
            for memory in step.memory():
                if memory in first:
                    last[memory] = k
        made = {result for step in steps for result in step.results}
        kept = {storage(v) for v in (*self.module.outputs, *self.decisions.copied.values())}
        kept |= {storage(v) for v in computed(self.module)}
        lives: list[list[Life]] = [[] for _ in self.host.statements]
        for key, start in first.items():
            end = len(steps) if key in kept else last[key]
            lives[steps[start].level].append(Life(key, bytes_[key], start, end))
        for number, value in self.decisions.copied.items():
            if storage(value) not in made:
                size = self._bytes(value)
                saved = Life(("saved", number), size, len(steps), len(steps))
                lives[self.host.level((size,))].append(saved)
        return self._number_slots(lives)

    def _number_slots(self, lives: list[list[Life]]) -> list[tuple[Number, ...]]:
        """Number the slots of all pieces through; return the bytes of each piece's."""
        found: list[tuple[Number, ...]] = []
        for mine in lives:
            places, slots = assign(mine, self.host)
            before = sum(map(len, found))
            self.places.update({key: Buffer("slot", before + k) for key, k in places.items()})
            found.append(slots)
        return found

    def _temporaries(self, step: Step) -> Iterator[tuple[Hashable, Number]]:
        for result in step.results:
            if result not in self.places:
                yield result, self._bytes(result)
        if isinstance(step.record, Foreign):
            yield (step.value, "work"), foreign.work_bytes(step)
            return
        if isinstance(step.record, Contraction):
            yield (step.value, "work"), max(self.workspace(step.record), ALIGNMENT)
            return
        if isinstance(step.record, Sorting):
            yield (step.value, "work"), self._scratch(step, step.record)
            return
        for k, buffer in enumerate(step.record.buffers):
            if buffer.role == "row":
                sizes = tuple(self._number(step, size) for size in buffer.shape)
                yield (step.value, k), self.host.product((*sizes, ITEM_SIZE[buffer.dtype]))

    def _scratch(self, step: Step, record: Sorting) -> Number:
        fixed, element = scratch(record)
        row = self.host.product((self.host.value(step.sizes[1]), element))
        return row + fixed if isinstance(row, int) else self.host.compute("add", (row, fixed))

    def _bytes(self, value: Value) -> Number:
        sizes = tuple(self.host.size(s) for s in value.type.shape)
        return self.host.product((*sizes, ITEM_SIZE[value.type.dtype]))

    def _number(self, step: Step, size: int | str) -> Number:
        return size if isinstance(size, int) else self.host.value(step.sizes[int(size[1:])])

    def _buffer(self, value: Value) -> Buffer:
        base = storage(value)
        if base in self.places:
            return self.places[base]
        if base.op.name == "constant":
            return Buffer("data", self.data.setdefault(base, len(self.data)))
        index = base.attribute("index")
        split = len(self.inputs)
        return Buffer("input", index) if index < split else Buffer("state", index - split)

    def _function(self, record: Kernel | Contraction | Sorting) -> str:
        """Name a record; by its text, because 0.0 and -0.0 compare equal."""
        name = f"k{len(self.functions)}"
        return self.functions.setdefault(repr(record), Function(name, record)).name

    def _run(self, step: Step) -> Iterator[Statement]:
        if isinstance(step.record, Foreign):
            yield self.python.statement(step, self.places[(step.value, "work")])
            return
        name = self._function(step.record)
        numbers = tuple(self.host.value(size) for size in step.sizes)
        if isinstance(step.record, Contraction):
            memory = (*step.reads, *step.results)
            work = self.places[(step.value, "work")]
            yield Multiply(name, (*(self._buffer(v) for v in memory), work), numbers)
            return
        if isinstance(step.record, Sorting):
            memory = (*step.reads, *step.results)
            work = self.places[(step.value, "work")]
            yield Sort(name, (*(self._buffer(v) for v in memory), work), numbers)
            return
        for target, result in zip(step.targets, _inouts(step), strict=True):
            if self._buffer(target) != self._buffer(result):
                yield Copy(self._buffer(result), self._buffer(target), self._bytes(result))
        self._check_reductions(step)
        buffers = tuple(self._kernel_buffers(step))
        outer, inner = self._extent(step)
        yield Launch(name, buffers, numbers, step.sites, outer, inner)

    def _kernel_buffers(self, step: Step) -> Iterator[Buffer]:
        assert isinstance(step.record, Kernel)
        reads, results = iter(step.reads), iter(step.results)
        for k, buffer in enumerate(step.record.buffers):
            if buffer.role == "row":
                yield self.places[(step.value, k)]
            else:
                yield self._buffer(next(reads if buffer.role == "in" else results))

    def _extent(self, step: Step) -> tuple[Number, Number]:
        """Return the range of the first outer axis, and the points of one of its steps."""
        assert isinstance(step.record, Kernel)
        outer = [self._number(step, axis.size) for axis in step.record.outer]
        stages = [
            self.host.product(tuple(self._number(step, axis.size) for axis in stage.axes))
            for stage in step.record.stages
        ]
        widest = stages[0]
        for size in stages[1:]:
            widest = size if widest == 1 else widest
        return (outer[0] if outer else 1), self.host.product((*outer[1:], widest))

    def _check_reductions(self, step: Step) -> None:
        """Demand at least one element for reductions that have no value of none."""
        assert isinstance(step.record, Kernel)
        for stage in step.record.stages:
            if any(r.combine.name in EXTREMES for r in stage.reductions):
                for axis in stage.axes:
                    self._demand_some(step, self._number(step, axis.size))

    def _demand_some(self, step: Step, size: Number) -> None:
        if not isinstance(size, int) or size < 1:
            self.host.check(CheckSome(size, 1, step.value.site), size)

    def _place_copies(self, copies: list[tuple[Buffer, Value]]) -> tuple[list[Copy], list[Copy]]:
        """Split the copies to outputs: old states before the commit, new ones after it."""
        late = {result for step in self.decisions.late for result in step.results}
        before: list[Copy] = []
        after: list[Copy] = []
        for place, value in copies:
            copy = Copy(place, self._buffer(value), self._bytes(value))
            (after if storage(value) in late else before).append(copy)
        return before, after

    def _update_copies(self) -> tuple[list[Copy], list[Copy]]:
        """Copy what could not be computed in place; another state's old value is saved before."""
        made = {result for step in self.steps for result in step.results}
        saves, updates = [], []
        for number, value in self.decisions.copied.items():
            source, size = self._buffer(value), self._bytes(value)
            # A new value that another state is overwritten with is there when copies are made.
            if source.place == "state" and storage(value) not in made:
                saved = self.places["saved", number]
                saves.append(Copy(saved, source, size))
                source = saved
            updates.append(Copy(Buffer("state", number), source, size))
        return saves, updates


EXTREMES = frozenset({"max", "min", "argmax", "argmin"})


def _number(host: HostScalars, size: object) -> Number:
    """Return a size as it was written, not as the checks make it."""
    if isinstance(size, Value):
        return host.unresolved(size)
    return int(size)  # type: ignore[call-overload,no-any-return]


def _inouts(step: Step) -> Iterator[Value]:
    assert isinstance(step.record, Kernel)
    roles = [b.role for b in step.record.buffers if b.role in ("out", "inout")]
    yield from (v for v, role in zip(step.results, roles, strict=True) if role == "inout")


def _with_polls(statements: list[Statement]) -> Iterator[Statement]:
    for k, statement in enumerate(statements):
        if k:
            yield Poll()
        yield statement
