"""Prints the functions that take plain pointers and numbers: no descriptor, no host, no test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symc.compiler.artifact.entries import placed
from symc.compiler.artifact.interface import Array, Signature
from symc.compiler.codegen import abi
from symc.compiler.codegen.arguments import Failure, Fields, Tensor
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register
from symc.compiler.codegen.statements import StatementPrinter


def flat_parameters(signature: Signature) -> Iterator[tuple[str, str]]:
    """Yield (what, name) of NAME_flat's parameters in order.

    `what` is 'input', 'size', 'state', 'output' or 'work'.
    """
    for array, symbols in zip(signature.inputs, signature.sizes_of, strict=True):
        yield "input", array.name
        yield from (("size", name) for name in symbols)
    if signature.states:
        yield "state", "state"
    yield from (("output", array.name) for array in signature.outputs)
    yield "work", "work"


def work_parameters(signature: Signature) -> Iterator[tuple[str, str]]:
    """Yield (what, name) of NAME_flat_work's parameters: what the workspace depends on."""
    for what, name in flat_parameters(signature):
        if what == "size" or (what in ("input", "state") and name in signature.measured):
            yield what, name


def emit_flat_functions(b: KernelBuilder, signature: Signature, state: Sequence[Array]) -> None:
    """Print NAME_flat and NAME_flat_work."""
    states = [state[k] for k in signature.states]
    _Flat(b, signature, states).emit_call()
    _Flat(b, signature, states).emit_work()


class _Flat:
    def __init__(self, b: KernelBuilder, signature: Signature, states: list[Array]) -> None:
        self.b, self.signature, self.states = b, signature, states
        self.fields = Fields(b)

    def emit_call(self) -> None:
        """Print the call itself."""
        names = list(flat_parameters(self.signature))
        with self.b.function(f"{self.signature.name}_flat", _kinds(names), "int32") as registers:
            given = dict(zip((name for _, name in names), registers, strict=True))
            self._bind(given)
            failure = self.statements.prologue(self.fields.no_failure())

            def run() -> list[Register]:
                self._bind_results(given)
                return self.statements.work(failure).registers()

            found = Failure(*self.fields.when_good(failure, run))
            self.b.ret(found.code)

    def emit_work(self) -> None:
        """Print the function that tells the bytes of workspace, or a negative status."""
        names = list(work_parameters(self.signature))
        name = f"{self.signature.name}_flat_work"
        with self.b.function(name, _kinds(names), "int64") as registers:
            self._bind(dict(zip((name for _, name in names), registers, strict=True)))
            failure = self.statements.prologue(self.fields.no_failure())
            total = self.fields.number(0)
            if self.statements.needs_memory():
                _, total = self.statements.slot_offsets()
            status = self.b.cast(failure.code, "int64")
            self.b.ret(self.b.select(self.fields.good(failure), total, status))

    def _bind(self, given: dict[str, Register]) -> None:
        """Name the inputs and states; what is not given is never read."""
        nobody = self.b.data(bytes(abi.HOST_SIZE), 8)
        null = self.b.constant("ptr", 0)
        self.statements = StatementPrinter(self.b, self.signature.program, nobody)
        inputs = []
        for array in self.signature.inputs:
            sizes = tuple(self._size(size, given) for size in array.sizes)
            inputs.append(Tensor(null, given.get(array.name, null), sizes))
        self.statements.bind("input", inputs)
        if "state" in given:
            states = [placed(self.fields, given["state"], x) for x in self.states]
            self.statements.bind("state", states)

    def _size(self, size: int | str | None, given: dict[str, Register]) -> Register:
        return given[size] if isinstance(size, str) else self.fields.number(size or 0)

    def _bind_results(self, given: dict[str, Register]) -> None:
        """Name the outputs and the workspace, once the sizes are known."""
        outputs = []
        for array, spec in zip(self.signature.outputs, self.signature.program.outputs, strict=True):
            sizes = (self.statements.number(size) for size in spec.shape if size is not None)
            outputs.append(Tensor(given[array.name], given[array.name], tuple(sizes)))
        self.statements.bind("output", outputs)
        if self.statements.needs_memory():
            offsets, _ = self.statements.slot_offsets()
            self.statements.bind_slots(given["work"], offsets)


def _kinds(names: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return neutral names and dtypes for printed code: the user's may be a printer's own."""
    return [
        (f"{what}{k}", "int64" if what == "size" else "ptr") for k, (what, _) in enumerate(names)
    ]
