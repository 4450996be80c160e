"""Statements of the steps of one scope: those of a call, or those of one step of a loop."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Iterator
from typing import Protocol

from msgspec import Struct, field

from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.factoring import Factoring
from symc.compiler.kernel.parts import scratch_regions
from symc.compiler.kernel.record import Kernel
from symc.compiler.kernel.sorting import Sorting, scratch
from symc.compiler.program.record import (
    ArraySpec,
    Buffer,
    CheckSome,
    Copy,
    Factor,
    Function,
    Inline,
    Launch,
    Multiply,
    Number,
    Record,
    Sort,
    Statement,
    Whole,
)
from symc.compiler.types import ITEM_SIZE
from symc.compiler.value import Value
from symc.passes.fuse.roots import storage
from symc.passes.plan import foreign
from symc.passes.plan.bindings import Branching, Foreign, Looping, Step
from symc.passes.plan.blocks import Turns
from symc.passes.plan.host import HostScalars
from symc.passes.plan.turns import Turn

ALIGNMENT = 64
EXTREMES = frozenset({"max", "min", "argmax", "argmin"})


class InnerPlan(Protocol):
    """How one loop or branch is run."""

    @property
    def work(self) -> Number:
        """Return the estimated nanoseconds of a step, or of an arm."""

    def temporaries(self) -> Iterator[tuple[Hashable, Number]]:
        """Yield what needs a slot while it runs, with the bytes of each."""

    def statements(self) -> Iterator[Statement]:
        """Yield its statement, once all memory outside has its places."""


class Shared(Struct, eq=False):
    """What all scopes of one program add to.

    workspace   gives the bytes that a contraction needs
    python      the functions that the code calls through the host, with their results' types
    plan_inner  plans a loop or a branch
    data        constant arrays, numbered
    functions   kernels by their text
    calls       the numbers of Python calls
    carried     how many addresses loops hand from step to step
    made        the statements of steps, with the step of each
    """

    workspace: Callable[[Contraction], int]
    python: foreign.Table
    plan_inner: Callable[[Step, StepStatements], InnerPlan]
    data: dict[Value, int] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    calls: dict[Hashable, int] = field(default_factory=dict)
    carried: int = 0
    made: list[tuple[Statement, Step]] = field(default_factory=list)

    def function(self, record: Record) -> str:
        """Name a record; by its text, because 0.0 and -0.0 compare equal."""
        name = f"k{len(self.functions)}"
        return self.functions.setdefault(repr(record), Function(name, record)).name

    def carry(self) -> int:
        """Return the number of one more address that a loop hands on."""
        self.carried += 1
        return self.carried - 1


class StepStatements:
    """Makes the statements of steps.

    host     the host scalars that they use
    places   where what the steps make lies
    leaf     says where memory lies that no step of the scope makes
    """

    def __init__(self, host: HostScalars, shared: Shared, leaf: Callable[[Value], Buffer]) -> None:
        self.host = host
        self.shared = shared
        self.leaf = leaf
        self.places: dict[Hashable, Buffer] = {}
        self.turns: dict[Step, Turn] = {}
        self.blocks: dict[Value, Number] = {}
        self._python = foreign.PythonCalls(shared.python, shared.calls, self.buffer, self.spec)
        self._inner: dict[Value, InnerPlan] = {}

    def temporaries(
        self, step: Step, placed: Container[Hashable]
    ) -> Iterator[tuple[Hashable, Number]]:
        """Yield what needs a slot while a step runs, and from then on, with the bytes of each."""
        for result in step.results:
            if result not in placed:
                yield result, self.blocks.get(result) or self.bytes(result)
        match step.record:
            case Looping() | Branching():
                yield from self.inner(step).temporaries()
            case Kernel():
                yield from self._rows(step, step.record)
                yield from self._handed(step)
            case record:
                yield (step.value, "work"), self._work_bytes(step, record)

    def _rows(self, step: Step, record: Kernel) -> Iterator[tuple[Hashable, Number]]:
        """Yield the scratch rows of a kernel, one for each part that may run at once."""
        for k, buffer in enumerate(record.buffers):
            if buffer.role == "row":
                sizes = tuple(self._number(step, size) for size in buffer.shape)
                most = self.host.least(self._extent(step)[0], scratch_regions(record))
                yield (step.value, k), self.host.product((*sizes, most, ITEM_SIZE[buffer.dtype]))

    def _handed(self, step: Step) -> Iterator[tuple[Hashable, Number]]:
        """Yield what a kernel that folds a product's rows keeps of each block of them."""
        turn = self.turns.get(step)
        if turn is None or turn.how.fold is None or step is not turn.reader:
            return
        sizes = (turn.blocks, *(self._number(step, size) for size in turn.how.fold.shape))
        for k, dtype in enumerate(turn.how.fold.handed):
            yield (step.value, "handed", k), self.host.product((*sizes, ITEM_SIZE[dtype]))

    def _work_bytes(
        self, step: Step, record: Contraction | Sorting | Factoring | Foreign
    ) -> Number:
        """Return the bytes that a step of a kind of its own needs while it runs."""
        match record:
            case Foreign():
                return foreign.work_bytes(step)
            case Contraction():
                return max(self.shared.workspace(record), ALIGNMENT)
            case Sorting():
                return self._scratch(step, record)
        return self._factor_scratch(step, record)

    def inner(self, step: Step) -> InnerPlan:
        """Return the plan of a step that is a loop or a branch."""
        if step.value not in self._inner:
            self._inner[step.value] = self.shared.plan_inner(step, self)
        return self._inner[step.value]

    def _scratch(self, step: Step, record: Sorting) -> Number:
        fixed, element = scratch(record)
        row = self.host.product((self.host.value(step.sizes[1]), element))
        return row + fixed if isinstance(row, int) else self.host.compute("add", (row, fixed))

    def _factor_scratch(self, step: Step, record: Factoring) -> Number:
        """Return the bytes that a factoring needs: its own, after those of products."""
        numbers = dict(zip(record.rules.sizes, map(self.host.value, step.sizes), strict=True))
        fixed = self.shared.workspace(Contraction(record.dtype)) if record.rules.product else 0
        total: Number = fixed + ALIGNMENT
        for factor, letters in record.rules.scratch:
            sizes = (factor * ITEM_SIZE[record.dtype], *(numbers[letter] for letter in letters))
            total = self.host.add(total, self.host.product(sizes))
        return total

    def bytes(self, value: Value) -> Number:
        """Return the bytes of a Value."""
        sizes = tuple(self.host.size(s) for s in value.type.shape)
        return self.host.product((*sizes, ITEM_SIZE[value.type.dtype]))

    def spec(self, value: Value) -> ArraySpec:
        """Return the dtype and sizes of a Value."""
        return ArraySpec(value.type.dtype, tuple(self.host.size(s) for s in value.type.shape))

    def _number(self, step: Step, size: int | str) -> Number:
        return size if isinstance(size, int) else self.host.value(step.sizes[int(size[1:])])

    def buffer(self, value: Value) -> Buffer:
        """Return where a Value in memory lies."""
        base = storage(value)
        if base in self.places:
            return self.places[base]
        if base.op.name == "constant":
            return Buffer("data", self.shared.data.setdefault(base, len(self.shared.data)))
        return self.leaf(base)

    def run(self, step: Step) -> Iterator[Statement]:
        """Yield the statements of a step whose memory has its places."""
        turn = self.turns.get(step)
        if turn is not None:
            if step is turn.reader:
                yield from self._in_blocks(turn)
            return
        for statement in self._statements(step):
            self.shared.made.append((statement, step))
            yield statement

    def by_turns(self, turns: Iterable[Turn]) -> None:
        """Run some products and their readers by turns, in room for a block of rows each."""
        for turn in turns:
            self.turns[turn.product] = self.turns[turn.reader] = turn
            if turn.alone:
                row = (self.host.size(turn.value.type.shape[1]), ITEM_SIZE[turn.value.type.dtype])
                self.blocks[turn.value] = self.host.product((turn.most, *row))

    def _in_blocks(self, turn: Turn) -> Iterator[Statement]:
        """Yield the loop of a product and its reader, whose statements are noted as theirs."""
        (multiply,) = self._statements(turn.product)
        assert isinstance(multiply, Multiply)
        fold, record = turn.how.fold, turn.reader.record
        assert isinstance(record, Kernel)
        launch = self._launch_of(turn.reader, record if fold is None else fold.block)
        handed = [self.places[key] for key, _ in self._handed(turn.reader)]
        turns = Turns(turn, self.host)
        loop = turns.loop(multiply, launch, handed)
        self.shared.made.extend(zip(loop.body[-2:], (turn.product, turn.reader), strict=True))
        yield loop
        if fold is not None:
            yield turns.rest(launch, self.shared.function(fold.rest), handed)

    def _statements(self, step: Step) -> Iterator[Statement]:
        match step.record:
            case Foreign():
                yield self._python.statement(step, self.places[(step.value, "work")])
            case Looping() | Branching():
                yield from self.inner(step).statements()
            case Contraction() | Sorting() | Factoring():
                yield self._whole(step, step.record)
            case Kernel():
                yield from self._launch(step, step.record)

    def _whole(self, step: Step, record: Contraction | Sorting | Factoring) -> Whole:
        """Return the statement of a product, a sorting or a factoring."""
        buffers = (*map(self.buffer, (*step.reads, *step.results)), self.places[step.value, "work"])
        numbers = tuple(self.host.value(size) for size in step.sizes)
        name = self.shared.function(record)
        if isinstance(record, Factoring):
            return Factor(name, buffers, numbers, step.value.site)
        kind = Multiply if isinstance(record, Contraction) else Sort
        return kind(name, buffers, numbers)

    def _launch(self, step: Step, record: Kernel) -> Iterator[Statement]:
        for target, result in step.changed():
            if self.buffer(target) != self.buffer(result):
                yield Copy(self.buffer(result), self.buffer(target), self.bytes(result))
        yield self._launch_of(step, record)

    def _launch_of(self, step: Step, kernel: Kernel) -> Launch:
        """Return the launch of a step's kernel, or of a part of it."""
        self._check_reductions(step)
        buffers = tuple(self._kernel_buffers(step))
        numbers = tuple(self.host.value(size) for size in step.sizes)
        outer, inner = self._extent(step)
        return Launch(self.shared.function(kernel), buffers, numbers, step.sites, outer, inner)

    def _kernel_buffers(self, step: Step) -> Iterator[Buffer]:
        assert isinstance(step.record, Kernel)
        reads, results = iter(step.reads), iter(step.results)
        for k, buffer in enumerate(step.record.buffers):
            if buffer.role == "row":
                yield self.places[(step.value, k)]
            else:
                yield self.buffer(next(reads if buffer.role == "in" else results))

    def inline(self, step: Step) -> Inline:
        """Return the statement of a small kernel in a step whose results are registers."""
        assert isinstance(step.record, Kernel)
        numbers = tuple(self.host.value(size) for size in step.sizes)
        statement = Inline(step.record, tuple(self._kernel_buffers(step)), numbers)
        self.shared.made.append((statement, step))
        return statement

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
