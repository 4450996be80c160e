"""Prints a program as the one entry point of a function: prologue, body and commit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from symc.compiler.codegen import abi
from symc.compiler.codegen.arguments import ArgumentReader, Failure, Tensor
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.outputs import OutputProvider
from symc.compiler.codegen.register import Register
from symc.compiler.codegen.spread import emit_bodies
from symc.compiler.codegen.statements import StatementPrinter
from symc.compiler.codegen.workspace import Room, host_room, reserve
from symc.compiler.program.record import Number, Program

PARAMETERS = (("host", "ptr"), ("state", "ptr"), ("in", "ptr"), ("out", "ptr"))


def emit_entry(builder: KernelBuilder, program: Program, symbol: str) -> None:
    """Print the entry point under a symbol; its kernels, and `emit_support`, are elsewhere."""
    emit_bodies(builder, [program])
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
        self.table = table
        self.tensors = reader.descriptors(table, len(program.states))

    def check(self, failure: Failure) -> Failure:
        """Test dtypes and ranks."""
        reader, specs = self.reader, self.specs
        return reader.check_types(self.table, self.tensors, specs, failure, self.first)

    def read(self, failure: Failure) -> tuple[list[Tensor], Failure]:
        """Return the states' parts; test the sizes that the program fixes."""
        parts = [
            self.reader.read(t, spec) for t, spec in zip(self.tensors, self.specs, strict=True)
        ]
        for k, (tensor, spec) in enumerate(zip(parts, self.specs, strict=True)):
            failure = self.reader.check_sizes(tensor, spec, failure, self.first + k)
        return parts, self.reader.check_order(self.table, parts, failure, self.first)


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
        self.provider = OutputProvider(self.reader, len(program.inputs))

    def run(self, states: States, inputs: Register, then: Callable[[Failure], Failure]) -> Register:
        """Print the tests of the arguments, the prologue and what follows it; return the status."""
        reader, program = self.reader, self.program
        ins = reader.descriptors(inputs, len(program.inputs))
        failure = reader.check_types(inputs, ins, program.inputs, reader.no_failure(), 0)
        failure = states.check(failure)

        def typed() -> list[Register]:
            return self._with_types(inputs, ins, states, failure, then).registers()

        (status,) = reader.when_good(failure, typed)
        return status

    def _with_types(
        self,
        table: Register,
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
        failure = reader.check_order(table, tensors, failure, 0)
        parts, failure = states.read(failure)
        self.statements.bind("input", tensors)
        self.statements.bind("state", parts)
        failure = self.statements.prologue(failure)
        return Failure(*reader.when_good(failure, lambda: then(failure).registers()))

    def call(self, table: Register, failure: Failure) -> Failure:
        """Print what follows once the first sizes are known to fit: memory, then the work."""
        outs = self.reader.descriptors(table, len(self.program.outputs))
        return self._with_sizes(0, outs, None, failure)

    def _with_sizes(
        self, number: int, outs: list[Register], room: Room | None, failure: Failure
    ) -> Failure:
        """Print a piece of the body, whose sizes have been tested, and all that follows it."""
        specs, outputs = self.program.outputs, self.program.pieces[number].outputs
        for k in outputs:
            sizes = [self.statements.number(n) for n in specs[k].shape if n is not None]
            failure = self.provider.provide(outs[k], specs[k], sizes, k, failure)

        def provided() -> list[Register]:
            for k in outputs:
                self.statements.bind_one("output", k, self.reader.read(outs[k], specs[k]))
            return self._with_outputs(number, outs, room, failure).registers()

        return Failure(*self.reader.when_good(failure, provided))

    def _with_outputs(
        self, number: int, outs: list[Register], room: Room | None, failure: Failure
    ) -> Failure:
        """Print the workspace around a piece and what follows it."""
        if not self.statements.needs_memory(number):
            return self._work(number, outs, room, failure)
        offsets, total = self.statements.slot_offsets(number)

        def reserved(memory: Register, rest: Callable[[], Room]) -> Failure:
            self.statements.bind_slots(memory, offsets)
            more = number + 1 < len(self.program.pieces)
            return self._work(number, outs, rest() if more else None, failure)

        return reserve(self.reader, room or host_room(self.reader), total, failure, reserved)

    def _work(
        self, number: int, outs: list[Register], room: Room | None, failure: Failure
    ) -> Failure:
        """Print the hook that announces a piece's work, its body, and what follows."""
        self._announce(self.program.pieces[number].work)
        failure = self.statements.body(number, failure)
        if number + 1 == len(self.program.pieces):
            return self.statements.finish(failure)

        def go_on() -> list[Register]:
            found = self.statements.prologue(failure, number + 1)

            def known() -> list[Register]:
                return self._with_sizes(number + 1, outs, room, found).registers()

            return self.reader.when_good(found, known)

        return Failure(*self.reader.when_good(failure, go_on))

    def _announce(self, nanoseconds: Number) -> None:
        b = self.b
        hook, user = self.reader.hook(abi.HOST_BEGIN)
        work = b.cast(self.statements.number(nanoseconds), "float64")

        def call() -> None:
            b.call_pointer(hook, None, [user, work])

        b.when(b.not_equal(hook, b.constant("ptr", 0)), call)
