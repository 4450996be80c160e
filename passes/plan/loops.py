"""Plans loops: where states, rows and temporaries lie, and the statements of a step."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from math import prod

from symc.compiler.ops.loop import body_of, operands_of
from symc.compiler.program.record import (
    Buffer,
    Carried,
    CheckEqual,
    Clear,
    Copy,
    Loop,
    Number,
    Statement,
    Store,
)
from symc.compiler.value import Value
from symc.passes.fuse.bodies import module_of
from symc.passes.fuse.levels import find_levels
from symc.passes.fuse.roots import is_slice_of_rows, rows_read, storage
from symc.passes.plan.bindings import Step, computed
from symc.passes.plan.inner import StepScalars
from symc.passes.plan.inside import Inside
from symc.passes.plan.registers import in_registers
from symc.passes.plan.results import InPlace, Ring, Row, results_of
from symc.passes.plan.statements import ALIGNMENT, StepStatements


class BodyPlan(Inside):
    """How one loop is run: first its memory is asked for, then its statements are made.

    The states lie at addresses that are carried from step to step: at first at the initial values,
    which are only read; then where the step before wrote them.
    """

    sized = "a loop in which the size of an array differs from step to step is not compiled"

    def __init__(self, step: Step, outer: StepStatements) -> None:
        self.body = body_of(step.value)
        module = module_of(self.body)
        self.host = StepScalars(outer.host, self.body, find_levels(module))
        super().__init__(step, outer, module, self.host)
        self.parts = {v.attribute("index"): v for v in step.results[1:]}
        self.results = results_of(self.body, self.module, self.steps, self.parts)
        self.carried = {leaf: outer.shared.carry() for leaf in self.body.states}
        self.in_registers = in_registers(self.body, self.module, self.steps, self.parts)

    # Memory ---------------------------------------------------------------------------------------

    def temporaries(self) -> Iterator[tuple[Hashable, Number]]:
        """Yield what the loop needs while it runs: slots of a step, and room for states."""
        if self.in_registers:
            return
        kept = (*self.body.roots, *computed(self.module))
        for k, size in enumerate(self._slots(kept, self.results)):
            yield self._key("slot", k), size
        for k, (value, result) in enumerate(self.results.items()):
            if isinstance(result, Ring) or (isinstance(result, InPlace) and result.final is None):
                count = result.count if isinstance(result, Ring) else 1
                yield self._key("ring", k), self.host.product((count, self._stride(value)))

    def _key(self, what: str, k: int) -> Hashable:
        return self.step.value, what, k

    def _stride(self, value: Value) -> Number:
        """Return the bytes from one place of a ring to the next, a multiple of the alignment."""
        size = self._fixed(self.inner.bytes(value))
        if isinstance(size, int):
            return size + -size % ALIGNMENT
        more = self.host.compute("add", (size, ALIGNMENT - 1))
        lines = self.host.compute("floor_divide", (more, ALIGNMENT))
        return self.host.product((lines, ALIGNMENT))

    # Places ---------------------------------------------------------------------------------------

    def _leaf(self, value: Value) -> Buffer:
        """Return where a leaf of the body lies in this step."""
        body, operands = self.body, operands_of(self.step.value)
        if value in self.carried:
            return Buffer("carried", self.carried[value])
        for leaf, sequence in zip(body.elements, operands.sequences, strict=True):
            if leaf is value:
                return self._element(sequence, value)
        for leaf, operand in zip(body.fixed, operands.fixed, strict=True):
            if leaf is value:
                return self.outer.buffer(operand)
        return self.outer.buffer(value)

    def _element(self, sequence: Value, row: Value) -> Buffer:
        """Return the row that this step reads of a sequence, where it lies."""
        whole = rows_read(sequence)
        buffer = self.outer.buffer(whole)
        if whole is sequence or not is_slice_of_rows(sequence):
            return self._row(buffer, row)
        size = self.inner.bytes(row)
        start, step = sequence.operands[1], sequence.attribute("steps")[0]
        first = self._moved(buffer, self.host.product((self.outer.host.value(start), size)))
        return self._moved(first, self.host.product((self.host.counter, step, size)))

    def _row(self, buffer: Buffer, row: Value) -> Buffer:
        """Return the row of this step of what lies in a buffer."""
        return self._moved(buffer, self.host.product((self.host.counter, self.inner.bytes(row))))

    def _moved(self, buffer: Buffer, by: Number) -> Buffer:
        if buffer.offset == 0 or by == 0:
            return Buffer(buffer.place, buffer.index, by or buffer.offset)
        if isinstance(by, int) and isinstance(buffer.offset, int):
            return Buffer(buffer.place, buffer.index, by + buffer.offset)
        total = self.host.compute("add", (buffer.offset, by))
        return Buffer(buffer.place, buffer.index, total)

    def _bind(self) -> None:
        """Give what a step makes its places, once the memory outside has its."""
        if self.in_registers:
            made = enumerate(v for step in self.steps for v in step.results)
            self.inner.places.update({value: Buffer("register", k) for k, value in made})
        for key, k in self.slots.items():
            self.inner.places[key] = self.outer.places[self._key("slot", k)]
        for k, (value, result) in enumerate(self.results.items()):
            if isinstance(result, Row) or not self.in_registers:
                self.inner.places[value] = self._place(k, value, result)

    def _place(self, k: int, value: Value, result: Row | InPlace | Ring) -> Buffer:
        if isinstance(result, Row):
            return self._row(self.outer.buffer(result.rows), value)
        if isinstance(result, InPlace) and result.final is not None:
            return self.outer.buffer(result.final)
        start = self.outer.places[self._key("ring", k)]
        if isinstance(result, InPlace):
            return start
        turn = self.host.compute("remainder", (self.host.counter, result.count))
        return self._moved(start, self.host.product((turn, self._stride(value))))

    # Statements -----------------------------------------------------------------------------------

    def statements(self) -> Iterator[Statement]:
        """Yield the loop."""
        self._bind()
        body = self.body
        initial = operands_of(self.step.value).initial
        count = self.outer.host.value(self.step.sizes[0])
        ran = self.host.fresh()
        carried = tuple(
            Carried(number, self.outer.buffer(first), self.inner.buffer(x), *self._held(leaf))
            for (leaf, number), first, x in zip(
                self.carried.items(), initial, body.next, strict=True
            )
        )
        stop = None if body.stop is None else self.inner.buffer(body.stop)
        statements = tuple(self._body())
        after = tuple(self._after(ran, count))
        yield Loop(self.host.counter, count, carried, statements, stop, after, ran, self.work)

    def _held(self, state: Value) -> tuple[str, int]:
        """Return the dtype of a state in registers, and how many there are."""
        if not self.in_registers:
            return "", 0
        return state.type.dtype, prod(size for size in state.type.shape if isinstance(size, int))

    def _run_step(self, step: Step) -> Iterator[Statement]:
        if self.in_registers:
            yield self.inner.inline(step)
        else:
            yield from super()._run_step(step)

    def _body(self) -> Iterator[Statement]:
        for check in self.body.checks:
            left, right = (self._number(size) for size in (check.left, check.right))
            self.host.check(CheckEqual(left, right, check.site), left, right)
        early, late = self._copies()
        yield from self._run(early)
        yield from late

    def _number(self, size: object) -> Number:
        return self.host.unresolved(size) if isinstance(size, Value) else int(size)  # type: ignore[call-overload]

    def _copies(self) -> tuple[list[Copy], list[Copy]]:
        """Return copies of rows to keep that no step makes there: of leaves first, others last."""
        made = {v for step in self.steps for v in step.results}
        early: list[Copy] = []
        late: list[Copy] = []
        for k, value in enumerate(self.body.kept, len(self.body.next)):
            if k not in self.parts:
                continue
            place = self._row(self.outer.buffer(self.parts[k]), value)
            source = self.inner.buffer(value)
            if source != place:
                copy = Copy(place, source, self.inner.bytes(value))
                (late if storage(value) in made else early).append(copy)
        return early, late

    def _after(self, ran: str, count: Number) -> Iterator[Statement]:
        """Yield what brings results to their places."""
        states = len(self.body.next)
        for k, result in self.parts.items():
            place = self.outer.buffer(result)
            if k < states:
                at = Buffer("carried", self.carried[self.body.states[k]])
                yield Copy(place, at, self.outer.bytes(result))
            elif self.body.stop is not None:
                row = self.inner.bytes(self.body.kept[k - states])
                yield Clear(place, ran, count, row)
        yield Store(self.outer.buffer(self.step.value), ran)
