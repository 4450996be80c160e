"""The kernel builder printed as MLIR: func, scf, arith, math and vector, memory by pointers.

Loads, stores and addresses are the llvm dialect's, since a pointer and a number are all they need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from symc.compiler.codegen import mlir_special
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.instructions import Block, Body, Intent, Parameters
from symc.compiler.codegen.mlir_text import (
    CONVERSIONS,
    TYPES,
    UNIFORM,
    alloca,
    atomic_add_of,
    bits_of,
    compress_of,
    global_bytes,
    later,
    literal,
    load_of,
    masked_load_of,
    masked_store_of,
    names,
    prefetch_of,
    store_of,
    stream_of,
    type_of,
    types,
)
from symc.compiler.codegen.register import Register
from symc.compiler.codegen.symbols import MathBody
from symc.compiler.target.isa import Target


class MLIRPrinter(KernelBuilder):
    """Print a module as MLIR text."""

    add_pairs = mlir_special.add_pairs
    system_call = mlir_special.system_call

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self._globals: list[str] = []
        self._functions: list[str] = []
        self._types: dict[str, str] = {}  # of the functions defined here
        self._called: dict[str, str] = {}
        self._head: list[str] = []  # constants of the function
        self._constants: dict[tuple[str, str], str] = {}
        self._lines: list[str] = []
        self._indent = "  "
        self._count = 0
        self._returned = False

    # Plumbing -----------------------------------------------------------------------------------

    def _line(self, text: str) -> None:
        self._lines.append(self._indent + text)

    def _name(self) -> str:
        self._count += 1
        return f"%r{self._count}"

    def _define(self, dtype: str, lanes: int, text: str) -> Register:
        name = self._name()
        self._lines.append(f"{self._indent}{name} = {text}")
        return Register(name, dtype, lanes)

    def text(self) -> str:
        """Return the module."""
        missing = (called for called in self._called.items() if called[0] not in self._types)
        declared = [f"func.func private @{name}{kind}" for name, kind in missing]
        text = "\n".join([*self._globals, *declared, *self._functions]) + "\n"
        for name, kind in self._types.items():
            text = text.replace(later(name), kind)
        return text

    def comment(self, text: str) -> None:
        """Print a line for the reader."""
        self._line("// " + " ".join(text.split()))

    # Instructions -------------------------------------------------------------------------------

    def emit(self, opcode: str, *operands: Register, dtype: str | None = None) -> Register:
        """Print one operation."""
        x, dtype = operands[0], dtype or operands[0].dtype
        if opcode == "relabel":
            return Register(x.name, dtype, x.lanes)
        if opcode in CONVERSIONS and (opcode != "trunc" or x.kind != "float"):
            kinds = f"{type_of(x.dtype, x.lanes)} to {type_of(dtype, x.lanes)}"
            return self._define(dtype, x.lanes, f"{CONVERSIONS[opcode]} {x.name} : {kinds}")
        kind = type_of(dtype, x.lanes)
        return self._define(dtype, x.lanes, f"{UNIFORM[opcode]} {names(operands)} : {kind}")

    def compare(self, predicate: str, x: Register, y: Register) -> Register:
        """Print a comparison."""
        opcode = {"float": "arith.cmpf", "ptr": "llvm.icmp"}.get(x.kind, "arith.cmpi")
        test = f'"{predicate}"' if x.kind == "ptr" else f"{predicate},"
        return self._define("bool", x.lanes, f"{opcode} {test} {x.name}, {y.name} : {types((x,))}")

    def constant(self, dtype: str, value: float, lanes: int = 0) -> Register:
        """Return a number; each stands once at the head of the function."""
        if dtype == "ptr":
            return self._hoist(dtype, 0, "llvm.mlir.zero")
        text = literal(dtype, value)
        return self._hoist(dtype, lanes, f"arith.constant {f'dense<{text}>' if lanes else text}")

    def constants(self, dtype: str, values: Sequence[int]) -> Register:
        """Return integers, one a lane."""
        items = ", ".join(literal(dtype, value) for value in values)
        return self._hoist(dtype, len(values), f"arith.constant dense<[{items}]>")

    def _hoist(self, dtype: str, lanes: int, text: str) -> Register:
        kind = type_of(dtype, lanes)
        name = self._constants.get((kind, text))
        if name is None:
            name = self._constants[kind, text] = f"%c{len(self._constants)}"
            # A scalar bool spells its type itself.
            suffix = "" if kind == "i1" else f" : {kind}"
            self._head.append(f"  {name} = {text}{suffix}")
        return Register(name, dtype, lanes)

    def is_constant(self, x: Register) -> bool:
        """Tell whether a register stands at the head of the function."""
        return x.name.startswith("%c")

    def select(self, condition: Register, x: Register, y: Register) -> Register:
        """Return x where the condition holds, else y."""
        kind = type_of(x.dtype, x.lanes)
        if condition.lanes:
            kind = f"{type_of('bool', condition.lanes)}, {kind}"
        text = f"arith.select {condition.name}, {x.name}, {y.name} : {kind}"
        return self._define(x.dtype, x.lanes, text)

    def broadcast(self, x: Register, lanes: int) -> Register:
        """Return a scalar in each lane."""
        kinds = f"{TYPES[x.dtype]} to {type_of(x.dtype, lanes)}"
        return self._define(x.dtype, lanes, f"vector.broadcast {x.name} : {kinds}")

    def extract_lane(self, x: Register, lane: int) -> Register:
        """Return one lane of a vector."""
        kinds = f"{TYPES[x.dtype]} from {type_of(x.dtype, x.lanes)}"
        return self._define(x.dtype, 0, f"vector.extract {x.name}[{lane}] : {kinds}")

    def insert_lane(self, x: Register, value: Register, lane: int) -> Register:
        """Return a vector with one lane replaced."""
        kinds = f"{TYPES[x.dtype]} into {type_of(x.dtype, x.lanes)}"
        text = f"vector.insert {value.name}, {x.name}[{lane}] : {kinds}"
        return self._define(x.dtype, x.lanes, text)

    def shuffle(self, x: Register, y: Register, lanes: Sequence[int]) -> Register:
        """Return lanes picked from x followed by y."""
        text = f"vector.shuffle {x.name}, {y.name} {list(lanes)} : {types((x, y))}"
        return self._define(x.dtype, len(lanes), text)

    def compress(self, x: Register, mask: Register) -> Register:
        """Return the lanes where the mask holds, side by side."""
        text = compress_of(x, mask, self.constant(x.dtype, 0, x.lanes))
        return self._define(x.dtype, x.lanes, text)

    def count(self, mask: Register) -> Register:
        """Return in how many lanes a mask holds."""
        word = f"i{mask.lanes}"
        bits = self._define("uint64", 0, bits_of(mask))
        ones = self._define("int64", 0, f"math.ctpop {bits.name} : {word}")
        wide = f"arith.extui {ones.name} : {word} to i64"
        return ones if mask.lanes == 64 else self._define("int64", 0, wide)

    # Memory -------------------------------------------------------------------------------------

    def element(self, pointer: Register, dtype: str, index: Register) -> Register:
        """Return the address of an element."""
        kinds = f"({types((pointer, index))}) -> {type_of('ptr', index.lanes)}, {TYPES[dtype]}"
        text = f"llvm.getelementptr {pointer.name}[{index.name}] : {kinds}"
        return self._define("ptr", index.lanes, text)

    def load_raw(
        self, pointer: Register, dtype: str, lanes: int, mask: Register | None
    ) -> Register:
        """Load elements."""
        if mask is None:
            return self._define(dtype, lanes, load_of(pointer, dtype, lanes))
        return self._masked_load("load", pointer, dtype, mask)

    def _masked_load(
        self, operation: str, pointer: Register, dtype: str, mask: Register
    ) -> Register:
        zero = self.constant(dtype, 0, mask.lanes)
        return self._define(dtype, mask.lanes, masked_load_of(operation, pointer, mask, zero))

    def store_raw(self, value: Register, pointer: Register, mask: Register | None) -> None:
        """Store elements."""
        masked = mask and masked_store_of("store", value, pointer, mask)
        self._line(masked or store_of(value, pointer))

    def stream_raw(self, value: Register, pointer: Register) -> None:
        """Store a whole vector past the caches."""
        self._line(stream_of(value, pointer))

    def prefetch(self, pointer: Register, intent: Intent) -> None:
        """Print a prefetch into all caches."""
        self._line(prefetch_of(pointer.name, int(intent == "write")))

    def atomic_add(self, pointer: Register, value: Register) -> Register:
        """Add to an integer in memory as one step."""
        return self._define(value.dtype, 0, atomic_add_of(pointer.name, value.name))

    def gather_raw(
        self, pointer: Register, dtype: str, index: Register, mask: Register | None
    ) -> Register:
        """Load elements from anywhere."""
        mask = mask or self.constant("bool", 1, index.lanes)
        return self._masked_load("gather", self.element(pointer, dtype, index), dtype, mask)

    def scatter_raw(
        self, value: Register, pointer: Register, index: Register, mask: Register | None
    ) -> None:
        """Store elements to anywhere."""
        mask = mask or self.constant("bool", 1, index.lanes)
        where = self.element(pointer, value.dtype, index)
        self._line(masked_store_of("scatter", value, where, mask))

    # Control flow -------------------------------------------------------------------------------

    @contextmanager
    def _region(self, opening: str) -> Iterator[None]:
        """Print what is inside between an opening line and the line that closes the last region."""
        self._line(opening)
        self._indent += "  "
        yield
        self._indent = self._indent[:-2]
        self._line("}")

    def _yield(self, operation: str, registers: Sequence[Register]) -> None:
        text = f" {names(registers)} : {types(registers)}" if registers else ""
        self._line(operation + text)

    def _results(self, like: Sequence[Register]) -> tuple[str, list[Register]]:
        """Return what a line begins with that gives registers like these, and the registers."""
        if not like:
            return "", []
        name, several = self._name(), len(like) > 1
        names_of = (f"{name}#{k}" if several else name for k in range(len(like)))
        results = [Register(own, x.dtype, x.lanes) for own, x in zip(names_of, like, strict=True)]
        return f"{name}{f':{len(like)}' if several else ''} = ", results

    def _inner(self, like: Sequence[Register]) -> list[Register]:
        return [Register(self._name(), x.dtype, x.lanes) for x in like]

    def loop(
        self,
        lower: Register,
        upper: Register,
        step: Register,
        carried: Sequence[Register],
        body: Body,
    ) -> list[Register]:
        """Print a counted loop."""
        start, results = self._results(carried)
        index, state = Register(self._name(), "int64"), self._inner(carried)
        kept = ""
        if carried:
            pairs = ", ".join(f"{x.name} = {y.name}" for x, y in zip(state, carried, strict=True))
            kept = f" iter_args({pairs}) -> ({types(carried)})"
        span = f"{index.name} = {lower.name} to {upper.name} step {step.name}"
        with self._region(f"{start}scf.for {span}{kept} : i64 {{"):
            following = list(body(index, state))
            if carried:
                self._yield("scf.yield", following)
        return results

    def loop_while(
        self,
        carried: Sequence[Register],
        condition: Callable[[list[Register]], Register],
        body: Callable[[list[Register]], list[Register]],
    ) -> list[Register]:
        """Print a loop with its test first."""
        start, results = self._results(carried)
        before, state = self._inner(carried), self._inner(carried)
        pairs = ", ".join(f"{x.name} = {y.name}" for x, y in zip(before, carried, strict=True))
        kinds = types(carried)
        with self._region(f"{start}scf.while ({pairs}) : ({kinds}) -> ({kinds}) {{"):
            test = condition(before)
            self._line(f"scf.condition({test.name}) {names(before)} : {kinds}")
            self._indent = self._indent[:-2]
            arguments = ", ".join(f"{x.name}: {type_of(x.dtype, x.lanes)}" for x in state)
            self._line("} do {")
            self._line(f"^bb0({arguments}):")
            self._indent += "  "
            self._yield("scf.yield", body(state))
        return results

    def when(
        self, condition: Register, then: Block, otherwise: Block | None = None
    ) -> list[Register]:
        """Print a branch."""
        at = len(self._lines)
        with self._region(""):
            yielded = list(then() or ())
            if yielded:
                self._yield("scf.yield", yielded)
            if otherwise:
                self._indent = self._indent[:-2]
                self._line("} else {")
                self._indent += "  "
                other = list(otherwise() or ())
                if other:
                    self._yield("scf.yield", other)
        start, results = self._results(yielded)
        kinds = f" -> ({types(yielded)})" if yielded else ""
        self._lines[at] = f"{self._indent}{start}scf.if {condition.name}{kinds} {{"
        return results

    # Functions ----------------------------------------------------------------------------------

    @contextmanager
    def function(
        self, name: str, parameters: Parameters, result: str | None = None, *, export: bool = True
    ) -> Iterator[list[Register]]:
        """Print a function."""
        registers = [Register(f"%{parameter}", dtype) for parameter, dtype in parameters]
        linkage = "external" if export else "internal"
        with self._scope(name, registers, result and TYPES[result], linkage):
            yield registers
            if not self._returned and result is None:
                self.ret()

    @contextmanager
    def _scope(
        self, name: str, registers: list[Register], result: str | None, linkage: str
    ) -> Iterator[None]:
        self._lines, self._head, self._constants = [], [], {}
        self._count, self._returned = 0, False
        outcome = f" -> {result}" if result else ""
        self._types[name] = f"({types(registers)}){outcome or ' -> ()'}"
        yield
        signature = ", ".join(f"{x.name}: {type_of(x.dtype, x.lanes)}" for x in registers)
        attributes = f"attributes {{llvm.linkage = #llvm.linkage<{linkage}>}}"
        head = f"func.func @{name}({signature}){outcome} {attributes} {{"
        self._functions.append("\n".join([head, *self._head, *self._lines, "}"]))

    def ret(self, x: Register | None = None) -> None:
        """Print the function's end."""
        self._returned = True
        self._yield("return", [x] if x else [])

    def define_math(self, body: MathBody, build: Callable[..., Register], operands: int) -> None:
        """Print an elementary function."""
        registers = [Register(f"%x{k}", body.dtype, body.lanes) for k in range(operands)]
        with self._scope(body.symbol, registers, type_of(body.dtype, body.width), "linkonce_odr"):
            self.ret(build(self, *registers))

    def call_symbol(
        self, name: str, result: tuple[str, int] | None, arguments: Sequence[Register]
    ) -> list[Register]:
        """Print a call; a function that the module does not define is declared."""
        kind = f"({types(arguments)}) -> {type_of(*result) if result else '()'}"
        self._called.setdefault(name, kind)
        call = f"func.call @{name}({names(arguments)}) : {kind}"
        if result:
            return [self._define(*result, call)]
        self._line(call)
        return []

    def call_pointer(
        self, pointer: Register, result: str | None, arguments: Sequence[Register]
    ) -> Register | None:
        """Print a call through an address."""
        kinds = f"!llvm.ptr, ({types(arguments)}) -> {TYPES[result] if result else '()'}"
        call = f"llvm.call {pointer.name}({names(arguments)}) : {kinds}"
        if result:
            return self._define(result, 0, call)
        self._line(call)
        return None

    def address(self, name: str) -> Register:
        """Return the address of an internal function."""
        function = self._name()
        self._line(f"{function} = func.constant @{name} : {later(name)}")
        cast = f"builtin.unrealized_conversion_cast {function} : {later(name)} to !llvm.ptr"
        return self._define("ptr", 0, cast)

    def data(self, content: bytes, align: int = 8) -> Register:
        """Print a constant array, equal ones once."""
        name = self.pool.known(content, align)
        if name is None:
            name = self.pool.name(content, align)
            self._globals.append(global_bytes(name, content, align))
        return self._define("ptr", 0, f"llvm.mlir.addressof @{name} : !llvm.ptr")

    def stack(self, words: int) -> Register:
        """Print memory of the function's own."""
        count, name = self._name(), self._name()
        self._head += alloca(count, name, words)
        return Register(name, "ptr")
