"""Prints a program as the one entry point of a function: prologue, body and commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from symc.compiler.codegen import abi
from symc.compiler.codegen.arguments import (
    ArgumentReader,
    Failure,
    Tensor,
    emit_fail,
    emit_scattered,
)
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register
from symc.compiler.codegen.statements import ALIGNMENT, StatementPrinter, emit_poll
from symc.compiler.program.record import ArraySpec, Program

PARAMETERS = (("host", "ptr"), ("state", "ptr"), ("in", "ptr"), ("out", "ptr"))


def emit_entry(builder: KernelBuilder, program: Program, symbol: str) -> None:
    """Print the entry point under a symbol; its kernels are printed beside it."""
    emit_fail(builder)
    emit_scattered(builder)
    emit_poll(builder)
    with builder.function(symbol, PARAMETERS, "int32") as (host, state, inputs, outputs):
        entry = EntryPrinter(builder, program, host)
        states = DescribedStates(entry.reader, program, state)
        builder.ret(entry.run(states, inputs, partial(entry.call, outputs)))


class States(Protocol):
    """Where an entry point finds the shared variables."""

    def check(self, failure: Failure) -> Failure:
        """Print the tests that come before anything is read through a descriptor."""

    def read(self, failure: Failure) -> tuple[list[Tensor], Failure]:
        """Return the states' parts, and the failure that stands after tests of their sizes."""


class DescribedStates:
    """States that come as a table of tensors, as inputs do."""

    def __init__(self, reader: ArgumentReader, program: Program, table: Register) -> None:
        self.reader = reader
        self.specs = program.states
        self.first = len(program.inputs)
        self.tensors = reader.descriptors(table, len(program.states))

    def check(self, failure: Failure) -> Failure:
        """Test dtypes and ranks."""
        return self.reader.check_types(self.tensors, self.specs, failure, self.first)

    def read(self, failure: Failure) -> tuple[list[Tensor], Failure]:
        """Return the states' parts; test the sizes that the program fixes."""
        parts = [
            self.reader.read(t, spec) for t, spec in zip(self.tensors, self.specs, strict=True)
        ]
        for k, (tensor, spec) in enumerate(zip(parts, self.specs, strict=True)):
            failure = self.reader.check_sizes(tensor, spec, failure, self.first + k)
        return parts, failure


class EntryPrinter:
    """One entry point while it is printed."""

    def __init__(self, builder: KernelBuilder, program: Program, host: Register) -> None:
        self.b = builder
        self.program = program
        null = builder.constant("ptr", 0)
        nobody = builder.data(bytes(abi.HOST_SIZE), 8)
        self.host = builder.select(builder.equal(host, null), nobody, host)
        self.reader = ArgumentReader(builder, self.host)
        self.statements = StatementPrinter(builder, program, self.host)

    def run(self, states: States, inputs: Register, then: Callable[[Failure], Failure]) -> Register:
        """Print the tests of the arguments, the prologue and what follows it; return the status."""
        reader, program = self.reader, self.program
        ins = reader.descriptors(inputs, len(program.inputs))
        failure = reader.check_types(ins, program.inputs, reader.no_failure(), 0)
        failure = states.check(failure)

        def typed() -> list[Register]:
            return self._with_types(ins, states, failure, then).registers()

        (status,) = reader.when_good(failure, typed)
        return status

    def _with_types(
        self,
        ins: list[Register],
        states: States,
        failure: Failure,
        then: Callable[[Failure], Failure],
    ) -> Failure:
        """Print what follows once all descriptors have the right dtype and rank."""
        reader, specs = self.reader, self.program.inputs
        tensors = [reader.read(t, s) for t, s in zip(ins, specs, strict=True)]
        for k, (tensor, spec) in enumerate(zip(tensors, specs, strict=True)):
            failure = reader.check_sizes(tensor, spec, failure, k)
        parts, failure = states.read(failure)
        self.statements.bind("input", tensors)
        self.statements.bind("state", parts)
        failure = self.statements.prologue(failure)
        return Failure(*reader.when_good(failure, lambda: then(failure).registers()))

    def call(self, table: Register, failure: Failure) -> Failure:
        """Print what follows once all sizes are known to fit: memory, then the work."""
        outs = self.reader.descriptors(table, len(self.program.outputs))
        for k, (tensor, spec) in enumerate(zip(outs, self.program.outputs, strict=True)):
            failure = self._provide(tensor, spec, k, failure)

        def provided() -> list[Register]:
            tensors = [
                self.reader.read(t, s) for t, s in zip(outs, self.program.outputs, strict=True)
            ]
            self.statements.bind("output", tensors)
            return self._with_outputs(failure).registers()

        return Failure(*self.reader.when_good(failure, provided))

    def _provide(self, tensor: Register, spec: ArraySpec, k: int, failure: Failure) -> Failure:
        """See that an output has memory: the caller's, whose shape must fit, or the host's."""
        b, reader = self.b, self.reader
        sizes = [self.statements.number(size) for size in spec.shape if size is not None]
        data = reader.load(tensor, abi.TENSOR_DATA, "ptr")

        def given() -> list[Register]:
            found = reader.check_types([tensor], [spec], failure, len(self.program.inputs) + k)
            mine = reader.read(tensor, spec)
            for dim, (expected, got) in enumerate(zip(sizes, mine.sizes, strict=True)):
                found = reader.note(
                    found,
                    b.not_equal(got, expected),
                    abi.E_SHAPE,
                    arg=len(self.program.inputs) + k,
                    dim=dim,
                    expected=expected,
                    got=got,
                )
            return found.registers()

        def asked() -> list[Register]:
            self._describe(tensor, spec, sizes)
            return self._ask_output(tensor, k, failure).registers()

        has_data = b.not_equal(data, b.constant("ptr", 0))
        block = b.when(has_data, given, asked)
        return Failure(*block)

    def _describe(self, tensor: Register, spec: ArraySpec, sizes: Sequence[Register]) -> None:
        reader = self.reader
        reader.store(self.b.constant("int32", len(spec.shape)), tensor, abi.TENSOR_NDIM)
        word = self.b.constant("int32", abi.dtype_word(spec.dtype))
        reader.store(word, tensor, abi.TENSOR_DTYPE)
        if sizes:
            shape = reader.load(tensor, abi.TENSOR_SHAPE, "ptr")
            for k, size in enumerate(sizes):
                reader.store(size, shape, 8 * k)

    def _ask_output(self, tensor: Register, k: int, failure: Failure) -> Failure:
        b, reader = self.b, self.reader
        hook = reader.load(self.host, abi.HOST_OUTPUT, "ptr")
        user = reader.load(self.host, abi.HOST_USER, "ptr")

        def call() -> list[Register]:
            index = b.constant("int32", k)
            status = b.call_pointer(hook, "int32", [user, index, tensor])
            assert status is not None
            return [status]

        known = b.not_equal(hook, b.constant("ptr", 0))
        missing = b.constant("int32", abi.E_NOMEM)
        (status,) = b.when(known, call, lambda: [missing])
        return Failure(b.select(reader.good(failure), status, failure.code))

    def _with_outputs(self, failure: Failure) -> Failure:
        """Print the workspace around body and commit."""
        b, reader = self.b, self.reader
        if not self.statements.needs_memory:
            return self._work(failure)
        offsets, total = self.statements.slot_offsets()
        workspace = reader.load(self.host, abi.HOST_WORKSPACE, "ptr")
        room = reader.load(self.host, abi.HOST_WORKSPACE_BYTES, "int64")
        fits = b.greater_equal(room, total)
        null = b.constant("ptr", 0)
        (memory,) = b.when(fits, lambda: [workspace], lambda: [self._alloc(total)])
        failure = reader.note(failure, b.equal(memory, null), abi.E_NOMEM)

        def reserved() -> list[Register]:
            self.statements.bind_slots(memory, offsets)
            found = self._work(failure)
            b.when(b.bit_not(fits), lambda: self._release(memory, total))
            return found.registers()

        return Failure(*reader.when_good(failure, reserved))

    def _alloc(self, total: Register) -> Register:
        b, reader = self.b, self.reader
        null = b.constant("ptr", 0)
        hook = reader.load(self.host, abi.HOST_ALLOC, "ptr")
        user = reader.load(self.host, abi.HOST_USER, "ptr")

        def call() -> list[Register]:
            memory = b.call_pointer(hook, "ptr", [user, total, reader.number(ALIGNMENT)])
            assert memory is not None
            return [memory]

        (memory,) = b.when(b.not_equal(hook, null), call, lambda: [null])
        return memory

    def _release(self, memory: Register, total: Register) -> None:
        b, reader = self.b, self.reader
        hook = reader.load(self.host, abi.HOST_RELEASE, "ptr")
        user = reader.load(self.host, abi.HOST_USER, "ptr")
        arguments = [user, memory, total, reader.number(ALIGNMENT)]
        known = b.not_equal(hook, b.constant("ptr", 0))
        b.when(known, lambda: _nothing(b.call_pointer(hook, None, arguments)))

    def _work(self, failure: Failure) -> Failure:
        """Print the hook that announces the work, the body, and the commit part."""
        b, reader = self.b, self.reader
        hook = reader.load(self.host, abi.HOST_BEGIN, "ptr")
        user = reader.load(self.host, abi.HOST_USER, "ptr")
        work = b.cast(self.statements.number(self.program.work), "float64")
        known = b.not_equal(hook, b.constant("ptr", 0))
        b.when(known, lambda: _nothing(b.call_pointer(hook, None, [user, work])))
        return self.statements.work(failure)


def _nothing(register: Register | None) -> None:
    """Drop the result of a call that returns nothing."""
