"""The kernel builder printed as C99, at lanes 0 only.

The text needs a compiler that keeps floats to their own precision, and of the C library memcpy,
sqrt and, for targets that have it as an instruction, fma.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from msgspec.structs import replace

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.c_text import (
    CASTS,
    FLOAT_OPERATORS,
    KEYWORDS,
    PLAIN_OPERATORS,
    PRELUDE,
    RELATIONS,
    TYPES,
    WRAPPING_OPERATORS,
    declared,
    helpers,
    literal,
    reinterpreter,
    signature,
    unsigned,
)
from symc.compiler.codegen.instructions import Block, Body, Intent, Parameters
from symc.compiler.codegen.register import ITEMSIZE, Register, integer_of, limits
from symc.compiler.codegen.symbols import MathBody
from symc.compiler.errors import InternalError
from symc.compiler.target.isa import Target


def _no_lanes(lanes: int) -> None:
    if lanes:
        raise InternalError("C has no lanes: build the kernel at lanes 0")


class CPrinter(KernelBuilder):
    """Print a module as C99."""

    def __init__(self, target: Target) -> None:
        # Rounding would be calls of a library; compressing is an operation on lanes.
        super().__init__(replace(target, has_rounding=False, has_compress=False))
        self._globals: list[str] = []
        self._prototypes: dict[str, str] = {}
        self._functions: list[str] = []
        self._called: dict[str, str] = {}
        self._lines: list[str] = []
        self._indent = "    "
        self._count = 0

    # Plumbing -----------------------------------------------------------------------------------

    def _line(self, text: str) -> None:
        self._lines.append(self._indent + text)

    def _fresh(self, dtype: str) -> Register:
        self._count += 1
        return Register(f"r{self._count}", dtype)

    def _define(self, dtype: str, text: str) -> Register:
        register = self._fresh(dtype)
        self._line(f"{declared(register)} = {text};")
        return register

    @contextmanager
    def _block(self, opening: str) -> Iterator[None]:
        self._line(opening)
        self._indent += "    "
        yield
        self._indent = self._indent[:-4]
        self._line("}")

    def text(self) -> str:
        """Return the module."""
        declarations = [
            f"{text};" for name, text in self._called.items() if name not in self._prototypes
        ]
        declarations += [f"{text};" for text in self._prototypes.values()]
        parts = [PRELUDE, helpers(), *self._globals, *declarations, *self._functions]
        return "\n".join(parts) + "\n"

    def comment(self, text: str) -> None:
        """Print a line for the reader."""
        self._line(f"/* {' '.join(text.split()).replace('*/', '* /')} */")

    # Instructions -------------------------------------------------------------------------------

    def emit(self, opcode: str, *operands: Register, dtype: str | None = None) -> Register:
        """Print one instruction."""
        _no_lanes(operands[0].lanes)
        dtype = dtype or operands[0].dtype
        return self._define(dtype, self._expression(opcode, operands, dtype))

    def _expression(self, opcode: str, operands: Sequence[Register], dtype: str) -> str:
        x, kind = operands[0], TYPES[dtype]
        names = [operand.name for operand in operands]
        if opcode in FLOAT_OPERATORS:
            return f"{names[0]} {FLOAT_OPERATORS[opcode]} {names[1]}"
        if opcode in WRAPPING_OPERATORS:
            word = unsigned(dtype)
            return f"({kind})(({word}){names[0]} {WRAPPING_OPERATORS[opcode]} ({word}){names[1]})"
        if opcode in PLAIN_OPERATORS:
            return f"({kind})({names[0]} {PLAIN_OPERATORS[opcode]} {names[1]})"
        if opcode == "lshr":
            return f"({kind})((uint{x.bits}_t){names[0]} >> {names[1]})"
        if opcode in CASTS or opcode == "trunc":
            return f"({kind}){names[0]}"
        return self._special(opcode, operands, dtype)

    def _special(self, opcode: str, operands: Sequence[Register], dtype: str) -> str:
        x = operands[0]
        suffix = "f" if dtype == "float32" else ""
        if opcode in ("sqrt", "fma"):
            return f"{opcode}{suffix}({', '.join(operand.name for operand in operands)})"
        if opcode == "fneg":
            return f"-{x.name}"
        if opcode in ("fabs", "copysign"):
            return self._with_sign(x, operands[1] if len(operands) > 1 else None)
        if opcode == "bitcast":
            return f"{reinterpreter(dtype, x.dtype)}({x.name})"
        if opcode in ("ptrtoint", "inttoptr"):
            return f"({TYPES[dtype]})(uintptr_t){x.name}"
        raise InternalError(f"C has no instruction {opcode!r}")

    def _with_sign(self, x: Register, sign: Register | None) -> str:
        """Return |x|, or that with another's sign, by its bits."""
        word = integer_of(x.dtype)
        least, greatest = (literal(word, value) for value in limits(word))
        bits = f"({reinterpreter(word, x.dtype)}({x.name}) & {greatest})"
        if sign is not None:
            bits = f"({bits} | ({reinterpreter(word, x.dtype)}({sign.name}) & {least}))"
        return f"{reinterpreter(x.dtype, word)}{bits}"

    def compare(self, predicate: str, x: Register, y: Register) -> Register:
        """Print a comparison."""
        _no_lanes(x.lanes)
        if predicate == "uno":
            return self._define("bool", f"{x.name} != {x.name} || {y.name} != {y.name}")
        return self._define("bool", f"{x.name} {RELATIONS[predicate]} {y.name}")

    def constant(self, dtype: str, value: float, lanes: int = 0) -> Register:
        """Return a number; constants are spelled where they are used."""
        _no_lanes(lanes)
        return Register("NULL" if dtype == "ptr" else literal(dtype, value), dtype)

    def constants(self, dtype: str, values: Sequence[int]) -> Register:
        """Refuse: there are no lanes."""
        raise InternalError("C has no lanes: build the kernel at lanes 0")

    def is_constant(self, x: Register) -> bool:
        """Tell whether a register is a number spelled out."""
        return not x.name[:1].isalpha()

    def select(self, condition: Register, x: Register, y: Register) -> Register:
        """Return x where the condition holds, else y."""
        return self._define(x.dtype, f"{condition.name} ? {x.name} : {y.name}")

    def broadcast(self, x: Register, lanes: int) -> Register:
        """Refuse: there are no lanes."""
        raise InternalError("C has no lanes: build the kernel at lanes 0")

    def extract_lane(self, x: Register, lane: int) -> Register:
        """Refuse: there are no lanes."""
        raise InternalError("C has no lanes: build the kernel at lanes 0")

    def insert_lane(self, x: Register, value: Register, lane: int) -> Register:
        """Refuse: there are no lanes."""
        raise InternalError("C has no lanes: build the kernel at lanes 0")

    def shuffle(self, x: Register, y: Register, lanes: Sequence[int]) -> Register:
        """Refuse: there are no lanes."""
        raise InternalError("C has no lanes: build the kernel at lanes 0")

    def compress(self, x: Register, mask: Register) -> Register:
        """Refuse: there are no lanes."""
        raise InternalError("C has no lanes: build the kernel at lanes 0")

    def count(self, mask: Register) -> Register:
        """Refuse: there are no lanes."""
        raise InternalError("C has no lanes: build the kernel at lanes 0")

    # Memory -------------------------------------------------------------------------------------

    def element(self, pointer: Register, dtype: str, index: Register) -> Register:
        """Return the address of an element."""
        return self._define("ptr", f"{pointer.name} + {index.name} * {ITEMSIZE[dtype]}")

    def load_raw(
        self, pointer: Register, dtype: str, lanes: int, mask: Register | None
    ) -> Register:
        """Load an element."""
        _no_lanes(lanes)
        return self._define(dtype, f"symc_load_{dtype}({pointer.name})")

    def store_raw(self, value: Register, pointer: Register, mask: Register | None) -> None:
        """Store an element."""
        _no_lanes(value.lanes)
        self._line(f"symc_store_{value.dtype}({pointer.name}, {value.name});")

    def fence(self) -> None:
        """Print nothing: nothing goes past the caches."""

    def prefetch(self, pointer: Register, intent: Intent) -> None:
        """Print nothing: C has no word for it."""

    def atomic_add(self, pointer: Register, value: Register) -> Register:
        """Print the call that GCC and Clang have for it."""
        place = f"(int64_t *){pointer.name}"
        return self._define("int64", f"__atomic_fetch_add({place}, {value.name}, __ATOMIC_RELAXED)")

    def gather_raw(
        self, pointer: Register, dtype: str, index: Register, mask: Register | None
    ) -> Register:
        """Refuse: there are no lanes."""
        raise InternalError("C has no lanes: build the kernel at lanes 0")

    def scatter_raw(
        self, value: Register, pointer: Register, index: Register, mask: Register | None
    ) -> None:
        """Refuse: there are no lanes."""
        raise InternalError("C has no lanes: build the kernel at lanes 0")

    # Control flow -------------------------------------------------------------------------------

    def _variables(self, initial: Sequence[Register]) -> list[Register]:
        """Return variables that begin with these values."""
        return [self._define(x.dtype, x.name) for x in initial]

    def _assign(self, variables: Sequence[Register], values: Sequence[Register]) -> None:
        """Give variables new values all at once: a value may be another variable."""
        copies = [self._define(x.dtype, x.name) for x in values]
        for variable, copy in zip(variables, copies, strict=True):
            self._line(f"{variable.name} = {copy.name};")

    def loop(
        self,
        lower: Register,
        upper: Register,
        step: Register,
        carried: Sequence[Register],
        body: Body,
    ) -> list[Register]:
        """Print a counted loop."""
        state, index = self._variables(carried), self._fresh("int64")
        i = index.name
        head = f"{declared(index)} = {lower.name}; {i} < {upper.name}; {i} += {step.name}"
        with self._block(f"for ({head}) {{"):
            self._assign(state, body(index, list(state)))
        return state

    def loop_while(
        self,
        carried: Sequence[Register],
        condition: Callable[[list[Register]], Register],
        body: Callable[[list[Register]], list[Register]],
    ) -> list[Register]:
        """Print a loop with its test first."""
        state = self._variables(carried)
        with self._block("for (;;) {"):
            self._line(f"if (!{condition(list(state)).name}) break;")
            self._assign(state, body(list(state)))
        return state

    def when(
        self, condition: Register, then: Block, otherwise: Block | None = None
    ) -> list[Register]:
        """Print a branch."""
        at = len(self._lines)
        with self._block(f"if ({condition.name}) {{"):
            results = list(then() or ())
            variables = [self._fresh(x.dtype) for x in results]
            self._assign(variables, results)
            if otherwise:
                self._indent = self._indent[:-4]
                self._line("} else {")
                self._indent += "    "
                self._assign(variables, list(otherwise() or ()))
        self._lines[at:at] = [f"{self._indent}{declared(variable)};" for variable in variables]
        return variables

    def stack(self, words: int) -> Register:
        """Print memory of the function's own."""
        name = f"stack{len(self._head)}"
        self._head.append(f"    int64_t {name}[{words}];")
        return Register(f"((char *){name})", "ptr")

    # Functions ----------------------------------------------------------------------------------

    @contextmanager
    def function(
        self, name: str, parameters: Parameters, result: str | None = None, *, export: bool = True
    ) -> Iterator[list[Register]]:
        """Print a function."""
        registers = [
            Register(f"{parameter}_" if parameter in KEYWORDS else parameter, dtype)
            for parameter, dtype in parameters
        ]
        with self._scope("" if export else "static ", signature(name, registers, result), name):
            yield registers

    @contextmanager
    def _scope(self, linkage: str, head: str, name: str) -> Iterator[None]:
        self._lines, self._count = [], 0
        self._head: list[str] = []
        self._prototypes[name] = linkage + head
        yield
        self._functions.append("\n".join([f"\n{linkage}{head} {{", *self._head, *self._lines, "}"]))

    def ret(self, x: Register | None = None) -> None:
        """Print the function's end."""
        self._line("return;" if x is None else f"return {x.name};")

    def define_math(self, body: MathBody, build: Callable[..., Register], operands: int) -> None:
        """Print an elementary function."""
        _no_lanes(body.lanes)
        registers = [Register(f"x{k}", body.dtype) for k in range(operands)]
        head = signature(body.symbol, registers, body.dtype)
        with self._scope("static ", head, body.symbol):
            self.ret(build(self, *registers))

    def call_symbol(
        self, name: str, result: tuple[str, int] | None, arguments: Sequence[Register]
    ) -> list[Register]:
        """Print a call; a function that the module does not define is declared."""
        dtype = result[0] if result else None
        formal = [Register(f"x{k}", x.dtype) for k, x in enumerate(arguments)]
        self._called.setdefault(name, signature(name, formal, dtype))
        call = f"{name}({', '.join(x.name for x in arguments)})"
        if dtype:
            return [self._define(dtype, call)]
        self._line(f"{call};")
        return []

    def call_pointer(
        self, pointer: Register, result: str | None, arguments: Sequence[Register]
    ) -> Register | None:
        """Print a call through an address."""
        formal = [Register("", x.dtype) for x in arguments]
        kind = signature("(*)", formal, result)
        call = f"(({kind})(uintptr_t){pointer.name})({', '.join(x.name for x in arguments)})"
        if result:
            return self._define(result, call)
        self._line(f"{call};")
        return None

    def add_pairs(self, total: Register, x: Register, y: Register) -> Register:
        """Refuse: C has no lanes."""
        raise InternalError("C has no lanes: build the kernel at lanes 0")

    def system_call(self, number: Register, first: Register, second: Register) -> Register:
        """Refuse: what needs it is printed for lanes, which C has not."""
        raise InternalError("C calls no kernel")

    def address(self, name: str) -> Register:
        """Return the address of an internal function."""
        return self._define("ptr", f"(char *)(uintptr_t){name}")

    def data(self, content: bytes, align: int = 8) -> Register:
        """Print a constant array, equal ones once; all loads take any alignment."""
        name = self.pool.known(content, align)
        if name is None:
            name = self.pool.name(content, align)
            listed = ", ".join(map(str, content)) or "0"
            lines = textwrap.fill(listed, 96, initial_indent="    ", subsequent_indent="    ")
            self._globals.append(f"static const unsigned char {name}[] = {{\n{lines}}};")
        return Register(f"((char *){name})", "ptr")
