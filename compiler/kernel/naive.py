"""The naive scheduler: one lane, one point after the other, as plain C99."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.c_text import TYPES, literal
from symc.compiler.codegen.compile import c_source
from symc.compiler.codegen.register import KIND
from symc.compiler.kernel.interpret import starting_value
from symc.compiler.kernel.lower import kernel_function_signature
from symc.compiler.kernel.record import (
    Affine,
    Axis,
    Body,
    Index,
    Kernel,
    Read,
    Scalar,
    SizeName,
    Stage,
    Write,
)
from symc.compiler.kernel.scalars import apply_operation, narrow_word
from symc.compiler.kernel.verify import result_dtypes
from symc.compiler.literal import print_attribute
from symc.compiler.target.isa import TARGETS


def print_c(kernel: Kernel, name: str) -> str:
    """Return a C99 source whose function `name` runs a kernel, with the signature of lowered ones.

    Loops are as the record tells them; each operation is a function of its own.
    """
    naive = _Naive(kernel, name)
    naive.function()
    operations = c_source(naive.emit_operations, TARGETS["x86-64"])
    return operations + "\n" + "\n".join(naive.lines) + "\n"


def _stored(dtype: str) -> str:
    return "uint8_t" if dtype == "bool" else TYPES[dtype]


def _number(dtype: str, value: float) -> str:
    if KIND[dtype] == "narrow":
        return literal("uint16", narrow_word(dtype, value))
    return literal(dtype, value)


def _size(size: SizeName) -> str:
    return size if isinstance(size, str) else literal("int64", size)


class _Naive:
    """Prints one kernel; the scalar at position k of the current stage is the variable vk."""

    def __init__(self, kernel: Kernel, name: str) -> None:
        self.kernel = kernel
        self.name = name
        self.lines: list[str] = []
        self.operations: dict[tuple[str, ...], tuple[str, Scalar, tuple[str, ...]]] = {}
        self._indent = ""
        self._count = 0

    # Operations ---------------------------------------------------------------------------------

    def call(self, scalar: Scalar, operands: Sequence[tuple[str, str]]) -> str:
        """Return the call of an operation's function; operands are names and dtypes."""
        dtypes = tuple(dtype for _, dtype in operands)
        key = (scalar.op, scalar.dtype, print_attribute(scalar.attribute), *dtypes)
        symbol = f"{self.name}_{scalar.op}{len(self.operations)}"
        known = self.operations.setdefault(key, (symbol, scalar, dtypes))
        return f"{known[0]}({', '.join(name for name, _ in operands)})"

    def emit_operations(self, builder: KernelBuilder) -> None:
        """Print the functions of the operations in use."""
        for symbol, scalar, dtypes in self.operations.values():
            parameters = [(f"x{k}", dtype) for k, dtype in enumerate(dtypes)]
            with builder.function(symbol, parameters, scalar.dtype, export=False) as registers:
                builder.ret(
                    apply_operation(builder, scalar.op, scalar.dtype, scalar.attribute, registers)
                )

    # Text ---------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        """Print a line."""
        self.lines.append(self._indent + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Print a block in braces."""
        self.line(f"{head} {{")
        self._indent += "    "
        yield
        self._indent = self._indent[:-4]
        self.line("}")

    @contextmanager
    def loops(self, axes: Sequence[Axis], first: tuple[str, str] | None = None) -> Iterator[None]:
        """Print loops around a block; the first one may have a range of its own."""
        if not axes:
            yield
            return
        i = axes[0].name
        lower, upper = first or ("0", _size(axes[0].size))
        with (
            self.block(f"for (int64_t {i} = {lower}; {i} < {upper}; {i}++)"),
            self.loops(axes[1:]),
        ):
            yield

    def define(self, dtype: str, text: str) -> tuple[str, str]:
        """Print a variable; return its name and dtype."""
        self._count += 1
        name = f"t{self._count}"
        self.line(f"{TYPES[dtype]} {name} = {text};")
        return name, dtype

    # Kernel -------------------------------------------------------------------------------------

    def function(self) -> None:
        """Print the kernel's function."""
        signature = kernel_function_signature(self.kernel)
        parameters = ", ".join(f"{TYPES[dtype]} {name}" for name, dtype in signature)
        with (
            self.block(f"void {self.name}({parameters})"),
            self.loops(self.kernel.outer, ("begin", "end")),
        ):
            for number, stage in enumerate(self.kernel.stages):
                self.stage(number, stage)

    def stage(self, number: int, stage: Stage) -> None:
        """Print one stage; its results are the variables r<number>_0, ..."""
        self.line(f"/* stage {number} */")
        dtypes = result_dtypes(stage)
        for k, dtype in enumerate(dtypes):
            self.line(f"{TYPES[dtype]} r{number}_{k};")
        with self.block(""):
            states = [
                [self.define(d, _number(d, starting_value(d, v))) for d, v in r.combine.init]
                for r in stage.reductions
            ]
            for k, carry in enumerate(stage.carries):
                start = self.start(carry.init, carry.dtype)
                self.line(f"{TYPES[carry.dtype]} c{k} = {start};")
            with self.loops(stage.axes):
                self.point(stage, states)
            results = [
                name
                for reduction, state in zip(stage.reductions, states, strict=True)
                for name, _ in self.body(reduction.combine.finish, state)
            ]
            results += [f"c{k}" for k in range(len(stage.carries))]
            for k, name in enumerate(results):
                self.line(f"r{number}_{k} = {name};")

    def start(self, init: object, dtype: str) -> str:
        """Return a carry's first value."""
        if isinstance(init, tuple):
            return f"r{init[1]}_{init[2]}"
        return _number(dtype, init)  # type: ignore[arg-type]  # a number, then

    def point(self, stage: Stage, states: list[list[tuple[str, str]]]) -> None:
        """Print what happens at one point."""
        for position, scalar in enumerate(stage.scalars):
            text = self.scalar(stage, scalar)
            self.line(f"{TYPES[scalar.dtype]} v{position} = {text};")
        for reduction, state in zip(stage.reductions, states, strict=True):
            inputs = [(f"v{k}", stage.scalars[k].dtype) for k in reduction.inputs]
            after = self.body(reduction.combine.step, [*state, *inputs])
            self.assign([name for name, _ in state], [name for name, _ in after])
        for write in stage.writes:
            self.write(stage, write)
        for k, carry in enumerate(stage.carries):
            self.line(f"c{k} = v{carry.next};")

    def assign(self, variables: list[str], values: list[str]) -> None:
        """Print the assignment of values that do not change on the way."""
        for variable, value in zip(variables, values, strict=True):
            self.line(f"{variable} = {value};")

    def body(self, body: Body, arguments: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Print a body's steps; return its results."""
        values: list[tuple[str, str]] = []
        for scalar in body.scalars:
            if scalar.op == "parameter":
                text = arguments[scalar.attribute][0]
            elif scalar.op == "constant":
                text = _number(scalar.dtype, scalar.attribute)
            else:
                text = self.call(scalar, [values[k] for k in scalar.operands])
            values.append(self.define(scalar.dtype, text))
        return [values[k] for k in body.results]

    def scalar(self, stage: Stage, scalar: Scalar) -> str:
        """Return the expression of a scalar."""
        match scalar.op:
            case "constant":
                return _number(scalar.dtype, scalar.attribute)
            case "axis":
                return str(scalar.attribute)
            case "size":
                return _size(scalar.attribute)
            case "read":
                return self.read(scalar.attribute, scalar.dtype)
            case "result":
                return f"r{scalar.attribute[0]}_{scalar.attribute[1]}"
            case "carried":
                return f"c{scalar.attribute}"
        return self.call(scalar, [(f"v{k}", stage.scalars[k].dtype) for k in scalar.operands])

    # Memory -------------------------------------------------------------------------------------

    def read(self, read: Read, dtype: str) -> str:
        """Return the expression of a read."""
        place, condition = self.place(read)
        return f"{condition} ? {place} : 0" if condition else place

    def write(self, stage: Stage, write: Write) -> None:
        """Print a write."""
        place, condition = self.place(write)
        dtype = self.kernel.buffers[write.buffer].dtype
        with self.block(f"if ({condition or 'true'})"):
            value = f"v{write.scalar}"
            if write.mode == "add":
                add = Scalar("add", (), dtype)
                value = self.call(add, [(f"({place})", dtype), (value, dtype)])
            self.line(f"{place} = {value};")

    def place(self, access: Read | Write) -> tuple[str, str]:
        """Return an element and the condition under which it is there, '' for always."""
        buffer = self.kernel.buffers[access.buffer]
        conditions = [] if access.guard is None else [f"v{access.guard}"]
        total = "0"
        for dimension, (index, size) in enumerate(zip(access.index, buffer.shape, strict=True)):
            here = self.index(index)
            if not isinstance(index, Affine) and index.check >= 0:
                guard = " && ".join(conditions) or "true"
                here = self.checked(index.check, here, _size(size), dimension, guard)
                conditions.append(f"{here} >= 0 && {here} < {_size(size)}")
            total = here if total == "0" else f"({total}) * {_size(size)} + {here}"
        base = f"(({_stored(buffer.dtype)} *)buffer{access.buffer})"
        return f"{base}[{total}]", " && ".join(conditions)

    def index(self, index: Index) -> str:
        """Return an index as an expression."""
        if not isinstance(index, Affine):
            return f"v{index.scalar}"
        terms = [f"{_size(factor)} * {name}" for name, factor in index.terms]
        return f"({' + '.join([*terms, literal('int64', index.constant)])})"

    def checked(self, check: int, index: str, size: str, dimension: int, guard: str) -> str:
        """Print the check of an index; return it counted from the front."""
        place, _ = self.define("int64", f"{index} < 0 ? {index} + {size} : {index}")
        status = "((int64_t *)status)"
        bad = f"({place} < 0 || {place} >= {size}) && {status}[0] == 0"
        with self.block(f"if ({guard} && {bad})"):
            for k, word in enumerate((str(check + 1), index, size, str(dimension))):
                self.line(f"{status}[{k}] = {word};")
        return place
