"""Prints a program's statements: host scalars, checks, launches, products, copies and polls."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from symc.compiler.codegen import abi, branches, cutting, foreign, loops, moving, spread
from symc.compiler.codegen.arguments import Failure, Fields, Tensor
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.pieces import call, contract, factor, multiply, sort
from symc.compiler.codegen.register import Register
from symc.compiler.codegen.workspace import ALIGNMENT
from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.cut import cut
from symc.compiler.kernel.plan import outer_is_parallel
from symc.compiler.kernel.record import Kernel
from symc.compiler.kernel.sorting import Sorting
from symc.compiler.op import find
from symc.compiler.program.record import (
    Branch,
    Buffer,
    CallPython,
    Check,
    CheckEqual,
    CheckIndex,
    CheckSome,
    Compute,
    Factor,
    Launch,
    Loop,
    Multiply,
    Number,
    Poll,
    Program,
    Receive,
    Sort,
    Statement,
    Whole,
    fallible,
)

LONG = 50_000
"""Nanoseconds of estimated work from which a call looks at the cancel word at all."""


class StatementPrinter(Fields):
    """Prints statements in order; host scalars and buffers are registers by their names."""

    def __init__(self, builder: KernelBuilder, program: Program, host: Register) -> None:
        super().__init__(builder, host)
        self.program = program
        self.records = {f.name: f.record for f in program.functions}
        self._numbers: dict[str, Register] = {}
        self._tensors: dict[tuple[str, int], Tensor] = {}
        self._carried: dict[int, Register] = {}
        self.step_number: int | Register = -1
        self._closure: Register | None = None
        self._told: Register | None = None
        self._blocks: Register | None = None
        self.long = builder.constant("bool", 0)
        self._slots: list[tuple[Register, Register]] = []

    def needs_memory(self, piece: int = 0) -> bool:
        """Tell whether a piece adds to the workspace."""
        return bool(self.program.pieces[piece].slots)

    def bind(self, place: str, tensors: Sequence[Tensor]) -> None:
        """Name the tensors of one kind of argument."""
        self._tensors.update({(place, k): t for k, t in enumerate(tensors)})

    def bind_one(self, place: str, k: int, tensor: Tensor) -> None:
        """Name one argument's tensor."""
        self._tensors[place, k] = tensor

    def bind_slots(self, memory: Register, offsets: list[Register]) -> None:
        """Say where the next slots lie."""
        self._slots += [(memory, offset) for offset in offsets]

    def slot_offsets(self, piece: int = 0) -> tuple[list[Register], Register]:
        """Return where each slot of a piece starts, and the bytes that they take together."""
        b = self.b
        position = self.number(0)
        offsets = []
        for size in self.program.pieces[piece].slots:
            offsets.append(position)
            padded = b.add(self.number(size), self.number(ALIGNMENT - 1))
            position = b.add(position, b.bit_and(padded, self.number(-ALIGNMENT)))
        return offsets, position

    def number(self, number: Number) -> Register:
        """Return a host scalar's register."""
        if isinstance(number, str):
            return self._numbers[number]
        return self.b.constant("float64" if isinstance(number, float) else "int64", number)

    def name(self, name: str, register: Register) -> None:
        """Name a host scalar."""
        self._numbers[name] = register

    def carry(self, index: int, address: Register) -> None:
        """Name an address that a loop carries."""
        self._carried[index] = address

    def buffer(self, buffer: Buffer) -> Register:
        """Return a buffer's address."""
        start = self._start(buffer)
        if buffer.offset == 0:
            return start
        return self.b.offset(start, "uint8", self.number(buffer.offset))

    def _start(self, buffer: Buffer) -> Register:
        if buffer.place == "carried":
            return self._carried[buffer.index]
        if buffer.place == "slot":
            memory, offset = self._slots[buffer.index]
            return self.b.offset(memory, "uint8", offset)
        if buffer.place == "data":
            return self.b.data(self.program.data[buffer.index][1], 64)
        return self._tensors[buffer.place, buffer.index].data

    # The prologue: no branches, the first failure wins -------------------------------------------

    def prologue(self, failure: Failure, piece: int = 0) -> Failure:
        """Print host scalars and checks, those of the whole call or those of a later piece."""
        for statement in self.program.pieces[piece].prologue:
            failure = self._prepare(statement, failure)
        return failure

    def _prepare(self, statement: Statement, failure: Failure) -> Failure:
        """Print a host scalar or a check of one."""
        if isinstance(statement, Compute):
            self._numbers[statement.name] = self._compute(statement, failure)
            return failure
        return self._check(statement, failure)

    def _compute(self, statement: Compute, failure: Failure) -> Register:
        attributes = dict(statement.attributes)
        if statement.op == "dimension":
            buffer, axis = attributes["buffer"], int(attributes["axis"])
            return self._tensors[buffer.place, buffer.index].sizes[axis]
        if statement.op == "load":
            return self._load(statement, attributes["buffer"], failure)
        operands = [self._typed(statement, k, n) for k, n in enumerate(statement.operands)]
        body = find(statement.op).body
        assert body is not None
        register: Register = body(self.b, *operands, **attributes)
        return register

    def _typed(self, statement: Compute, position: int, number: Number) -> Register:
        """Return an operand; a literal takes the dtype of the operands beside it."""
        if isinstance(number, str):
            return self._numbers[number]
        if statement.op == "switch" and position == 0:
            return self.b.constant("bool", number)
        known = [self._numbers[n].dtype for n in statement.operands if isinstance(n, str)]
        known = [d for d in known if d != "bool"] or [statement.dtype]
        return self.b.constant(known[0], number)

    def _load(self, statement: Compute, buffer: Buffer, failure: Failure) -> Register:
        """Read an element, unless a check before it has failed."""
        (place,) = statement.operands
        data = self.buffer(buffer)
        good = self.good(failure)

        def read() -> list[Register]:
            address = self.b.offset(data, statement.dtype, self.number(place))
            return [self.b.load(address, statement.dtype)]

        (value,) = self.b.when(good, read, lambda: [self.b.constant(statement.dtype, 0)])
        return value

    def _check(self, statement: Statement, failure: Failure) -> Failure:
        b = self.b
        if isinstance(statement, CheckEqual):
            left, right = self.number(statement.left), self.number(statement.right)
            bad = b.not_equal(left, right)
            return self._note_at(failure, bad, abi.E_SHAPE, left, right, statement.site)
        if isinstance(statement, CheckSome):
            size, least = self.number(statement.size), self.number(statement.least)
            bad = b.less(size, least)
            return self._note_at(failure, bad, abi.E_SHAPE, least, size, statement.site)
        assert isinstance(statement, CheckIndex)
        index, size = self.number(statement.index), self.number(statement.size)
        zero = self.number(0)
        front = b.select(b.less(index, zero), b.add(index, size), index)
        bad = b.bit_or(b.less(front, zero), b.greater_equal(front, size))
        self._numbers[statement.name] = b.select(bad, zero, front)
        return self._note_at(failure, bad, abi.E_INDEX, size, index, statement.site)

    def _note_at(
        self,
        failure: Failure,
        bad: Register,
        code: int,
        expected: Register,
        got: Register,
        site: int,
    ) -> Failure:
        """Note a failure of a user's operation, with the number of the step inside a loop."""
        number = self.step_number
        return self.note(failure, bad, code, arg=number, expected=expected, got=got, site=site)

    # Body and commit -----------------------------------------------------------------------------

    def body(self, number: int, failure: Failure) -> Failure:
        """Print a piece of the body: each run of statements that cannot fail under one test."""
        piece = self.program.pieces[number]
        self.long = self.b.greater(self.number(piece.work), self.number(LONG))
        return self._in_groups(piece.body, failure)

    def _in_groups(self, body: Sequence[Statement], failure: Failure) -> Failure:
        for risky, group in groupby(body, lambda s: fallible(s, self.records)):
            statements = list(group)
            if risky:
                for statement in statements:
                    failure = self._risk(statement, failure)
            else:
                failure = self._run_all(statements, failure)
        return failure

    def _run_all(self, statements: list[Statement], failure: Failure) -> Failure:
        def run() -> list[Register]:
            found = failure
            for statement in statements:
                found = self._run(statement, found)
            return found.registers()

        return Failure(*self.when_good(failure, run))

    def _risk(self, statement: Statement, failure: Failure) -> Failure:
        if isinstance(statement, Poll):
            good = self.good(failure)
            due = self.b.bit_and(good, self.long)
            return Failure(*self.b.when(due, lambda: self.poll().registers(), failure.registers))
        return self._run_all([statement], failure)

    def step(self, body: Sequence[Statement]) -> Failure:
        """Print a loop's step, or an arm; up to what may fail first there is nothing to test.

        Host scalars and checks stand among the work.
        """
        failure = self.no_failure()
        for hosted, group in groupby(body, lambda s: isinstance(s, Compute | Check)):
            statements = list(group)
            if hosted:
                for statement in statements:
                    failure = self._prepare(statement, failure)
            else:
                failure = self._in_groups(statements, failure)
        return failure

    def poll(self) -> Failure:
        """Ask the host whether to go on."""
        assert self.host is not None
        status = self.b.call(spread.POLL, "int32", [self.host])
        assert status is not None
        return Failure(status)

    def work(self, failure: Failure) -> Failure:
        """Print a body of one piece, and the commit part that runs when it has not failed."""
        return self.finish(self.body(0, failure))

    def finish(self, failure: Failure) -> Failure:
        """Print the commit part, which runs when nothing has failed."""

        def commit() -> list[Register]:
            self.commit()
            return failure.registers()

        if not self.program.commit:
            return failure
        return Failure(*self.when_good(failure, commit))

    def commit(self) -> None:
        """Print the commit part, straight through."""
        for statement in self.program.commit:
            if isinstance(statement, Launch):
                self._launch(statement, self.no_failure(), polls=False)
            elif isinstance(statement, Factor):
                factor(self, statement, self._buffers(statement))
            elif isinstance(statement, Multiply | Sort):
                self._whole(statement)
            else:
                self._run(statement, self.no_failure())

    def _whole(self, statement: Multiply | Sort) -> None:
        """Run a product or a sorting in one call that nothing ends early."""
        buffers = self._buffers(statement)
        sizes = [self.number(n) for n in statement.sizes]
        if isinstance(statement, Multiply):
            contract(self, statement, buffers, sizes, polls=False)
        else:
            call(self, statement, buffers, sizes)

    def _run(self, statement: Statement, failure: Failure) -> Failure:
        if isinstance(statement, Launch):
            return self._launch(statement, failure)
        if isinstance(statement, Multiply):
            record = self.records[statement.function]
            assert isinstance(record, Contraction)
            return multiply(self, record, statement, self._buffers(statement), failure)
        if isinstance(statement, Sort):
            record = self.records[statement.function]
            assert isinstance(record, Sorting)
            return sort(self, record, statement, self._buffers(statement), failure)
        if isinstance(statement, Factor):
            return self._factor(statement, failure)
        if isinstance(statement, CallPython):
            return foreign.call_python(self, statement)
        if isinstance(statement, Receive):
            return foreign.receive(self, statement)
        if isinstance(statement, Loop):
            return loops.run(self, statement, failure)
        if isinstance(statement, Branch):
            return branches.run(self, statement)
        moving.move(self, statement)
        return failure

    def _factor(self, statement: Factor, failure: Failure) -> Failure:
        """Run a factoring; its report names one of `symc.compiler.kernel.factoring.FAULTS`."""
        report = factor(self, statement, self._buffers(statement))
        if not fallible(statement, self.records):
            return failure
        bad = self.b.not_equal(report, self.number(0))
        return self._note_at(failure, bad, abi.E_DOMAIN, self.number(0), report, statement.site)

    def _buffers(self, statement: Launch | Whole) -> list[Register]:
        return [self.buffer(x) for x in statement.buffers]

    def _launch(self, statement: Launch, failure: Failure, *, polls: bool = True) -> Failure:
        """Run a kernel, in parts where it is long."""
        kernel = self.records[statement.function]
        assert isinstance(kernel, Kernel)
        status = self._status() if fallible(statement, self.records) else None
        arguments = [*self._buffers(statement), *(self.number(n) for n in statement.sizes)]
        extent, inner = self.number(statement.extent), self.number(statement.inner)
        told = status or self.b.constant("ptr", 0)
        what = spread.Launched(
            *(kernel, statement.function, arguments, told, extent, inner, polls),
            parallel=outer_is_parallel(kernel),
        )
        pieces = cut(kernel)
        if pieces is not None:
            found = cutting.launch(self, pieces, what, self.closure, self.blocks, failure)
        elif statement.extent == 1:
            spread.call(self, what)
            found = failure
        else:
            found = spread.launch(self, what, self.closure, failure)
        return self._index_failure(statement, found, status)

    def closure(self) -> Register:
        """Return memory for what a launch hands to those that run its parts."""
        if self._closure is None:
            self._closure = self.b.stack(spread.closure_words(self.program))
        return self._closure

    def blocks(self) -> Register:
        """Return memory for what blocks of a kernel hand on; kernels run one after the other."""
        if self._blocks is None:
            self._blocks = self.b.stack(cutting.memory_words(self.program))
        return self._blocks

    def _status(self) -> Register:
        """Return memory in which nothing is told yet."""
        if self._told is None:
            self._told = self.b.stack(spread.STATUS_WORDS)
        self.b.store(self.number(0), self._told)
        return self._told

    def _index_failure(
        self, statement: Launch, failure: Failure, status: Register | None
    ) -> Failure:
        """Turn a kernel's report of a bad index into a failure."""
        if status is None:
            return failure
        b = self.b
        check = self.load(status, 0, "int64")

        def fields() -> list[Register]:
            got, size, dim = (self.load(status, 8 * k, "int64") for k in (1, 2, 3))
            number = self.step_number
            step = self.number(number) if isinstance(number, int) else number
            site = self.number(statement.sites[0])
            for k, other in enumerate(statement.sites[1:], 2):
                site = b.select(b.equal(check, self.number(k)), self.number(other), site)
            return [self.number(abi.E_INDEX), step, dim, size, got, site]

        return self.note_fields(failure, b.not_equal(check, self.number(0)), fields)
