"""The C interface of an artefact as records: names, types, sizes and the layout of its state."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from symc.compiler.artifact.expressions import Expressions
from symc.compiler.artifact.names import Names, function_identifier
from symc.compiler.artifact.source import Shared, Source
from symc.compiler.codegen.workspace import ALIGNMENT
from symc.compiler.errors import InternalError
from symc.compiler.program.record import Buffer, Compute, Program
from symc.compiler.types import ITEM_SIZE
from symc.compiler.value import Value

STATE_ALIGNMENT = 8
"""Bytes to which the state, a C structure of numbers, is aligned."""


class Array(Struct, frozen=True):
    """An input, an output or a shared variable.

    name    its identifier in C
    label   the user's name, '' for none
    dtype   the element type
    sizes   per dimension a number, the name of a size, or None if it is computed
    shown   the same as text, with the expression of what is computed where it is short
    offset  of a shared variable: the bytes before it in the state
    """

    name: str
    label: str
    dtype: str
    sizes: tuple[int | str | None, ...]
    shown: tuple[str, ...]
    offset: int = 0

    @property
    def count(self) -> int:
        """Return the number of elements, which must be known."""
        total = 1
        for size in self.sizes:
            if not isinstance(size, int):
                raise InternalError(f"{self.name} has no fixed size")
            total *= size
        return total


class Signature(Struct, frozen=True):
    """One function.

    name      its identifier in C
    program   what it runs; `states` are indices into the artefact's state
    symbols   the names of the open sizes of the inputs
    sizes_of  per input the symbols that it is the first to have
    work      bytes of workspace, 0 for none, None if they depend on sizes
    measured  the names of the inputs, and 'state', whose elements decide sizes
    """

    name: str
    label: str
    program: Program
    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]
    states: tuple[int, ...]
    symbols: tuple[str, ...]
    sizes_of: tuple[tuple[str, ...], ...]
    work: int | None
    measured: frozenset[str]


class Interface(Struct, frozen=True):
    """All functions of an artefact and the state they share.

    name         the artefact's identifier in C
    functions    in the order they were asked for
    state        its shared variables, laid out as a C structure of arrays
    state_bytes  the size of that structure, 0 for none
    """

    name: str
    functions: tuple[Signature, ...]
    state: tuple[Array, ...]
    state_bytes: int

    def exports(self) -> tuple[str, ...]:
        """Return the names that an object has to the outside."""
        names = [f"{self.name}_module"]
        if self.state:
            names.append(f"{self.name}_state_init")
        for function in self.functions:
            names += [function.name, *(f"{function.name}_{part}" for part in PARTS)]
        return tuple(names)


PARTS = ("infer", "work", "flat", "flat_work")
"""The endings of the functions that go with one."""


def describe(
    name: str, pairs: Sequence[tuple[Source, Program]], shared: Sequence[Shared]
) -> Interface:
    """Return the interface of functions, given as specialised sources with their programs."""
    name = function_identifier(name or "f")
    functions = [
        function_identifier(source.name or "f") if len(pairs) > 1 else name for source, _ in pairs
    ]
    state, size = _layout(shared)
    signatures = tuple(
        _Describer(function, source, program, shared).signature()
        for function, (source, program) in zip(functions, pairs, strict=True)
    )
    return Interface(name, signatures, state, size)


def _layout(shared: Sequence[Shared]) -> tuple[tuple[Array, ...], int]:
    """Lay the shared variables out as C lays out a structure of their arrays."""
    names, position, fields = Names(), 0, []
    for k, variable in enumerate(shared):
        dtype, sizes = str(variable.value.dtype), variable.value.shape
        item = ITEM_SIZE[dtype]
        position += -position % item
        shown = tuple(map(str, sizes))
        name = names.take(variable.name, f"state{k}")
        fields.append(Array(name, variable.name, dtype, sizes, shown, position))
        # An array of no elements takes one, since C has no empty arrays.
        position += max(variable.value.size, 1) * item
    return tuple(fields), position + -position % STATE_ALIGNMENT


class _Describer:
    def __init__(
        self, name: str, source: Source, program: Program, shared: Sequence[Shared]
    ) -> None:
        self.name, self.source, self.program, self.shared = name, source, program, shared
        self.names = Names("work", "state")
        self.symbols: dict[Value, str] = {}
        self.sizes_of: list[tuple[str, ...]] = []
        self.dimensions: dict[tuple[int, int], int | str] = {}

    def signature(self) -> Signature:
        module, program = self.source.module, self.program
        labels = [p.name for p in module.parameters[: len(program.inputs)]]
        default = "x" if len(labels) == 1 else "x{}"
        taken = [self.names.take(x, default.format(k)) for k, x in enumerate(labels)]
        inputs = tuple(self._input(k, taken[k], labels[k]) for k in range(len(taken)))
        expressions = Expressions(program, self.dimensions)
        return Signature(
            self.name,
            self.source.name,
            program,
            inputs,
            tuple(self._outputs(expressions)),
            tuple(self.shared.index(state) for state in self.source.states),
            tuple(self.symbols.values()),
            tuple(self.sizes_of),
            _work(program),
            _measured(program, taken),
        )

    def _input(self, index: int, name: str, label: str) -> Array:
        value = self.source.module.parameters[index].value
        sizes: list[int | str] = []
        new: list[str] = []
        for axis, size in enumerate(value.type.shape):
            known = self._known(size)
            if isinstance(known, Value):
                if known not in self.symbols:
                    self.symbols[known] = self.names.take(f"{name}_{axis}", "")
                    new.append(self.symbols[known])
                sizes.append(self.symbols[known])
            else:
                sizes.append(known)
            self.dimensions[index, axis] = sizes[-1]
        self.sizes_of.append(tuple(new))
        return Array(name, label, value.type.dtype, tuple(sizes), tuple(map(str, sizes)))

    def _known(self, size: object) -> int | Value:
        """Return a size's number, or the dimension that stands for it and its equals."""
        if not isinstance(size, Value):
            return int(size)  # type: ignore[call-overload,no-any-return]
        root = self.source.module.context.resolve(size)
        if isinstance(root, int):
            return root
        # A size that must equal an expression stays a size of its own, which the prologue checks.
        return root if isinstance(root, Value) and root.op.name == "dimension" else size

    def _outputs(self, expressions: Expressions) -> list[Array]:
        labels = [*self.source.outputs, *[""] * len(self.program.outputs)]
        default = "out" if len(self.program.outputs) == 1 else "out{}"
        arrays = []
        for k, spec in enumerate(self.program.outputs):
            sizes = tuple(expressions.known(size) for size in spec.shape)
            shown = tuple(expressions.text(size) for size in spec.shape)
            name = self.names.take(labels[k], default.format(k))
            arrays.append(Array(name, labels[k], spec.dtype, sizes, shown))
        return arrays


def _work(program: Program) -> int | None:
    """Return the bytes of workspace that a call takes, if no size changes them."""
    total = 0
    for size in program.slots:
        if not isinstance(size, int):
            return None
        total += size + -size % ALIGNMENT
    return total


def _measured(program: Program, inputs: Sequence[str]) -> frozenset[str]:
    loads = (s for s in program.prologue if isinstance(s, Compute) and s.op == "load")
    buffers: list[Buffer] = [dict(s.attributes)["buffer"] for s in loads]
    return frozenset(inputs[b.index] if b.place == "input" else "state" for b in buffers)
