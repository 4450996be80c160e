"""The kernel builder printed as LLVM's text, for versions 20 and up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.data import escaped, is_blank
from symc.compiler.codegen.instructions import Block, Body, Intent, Parameters
from symc.compiler.codegen.llvm_text import (
    CONVERSIONS,
    INTRINSICS,
    TYPES,
    literal,
    mangled,
    type_of,
    typed,
)
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.codegen.symbols import DOT, SYSTEM_CALL, MathBody
from symc.compiler.target.isa import Target


class LLVMPrinter(KernelBuilder):
    """Print a module as LLVM text."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self._globals: list[str] = []
        self._functions: list[str] = []
        self._defined: set[str] = set()
        self._called: dict[str, str] = {}  # declaration by name
        self._lines: list[str] = []
        self._block = "entry"
        self._count = 0
        self._returned = False
        self._streams = False

    # Plumbing -----------------------------------------------------------------------------------

    def _fresh(self) -> int:
        self._count += 1
        return self._count

    def _line(self, text: str) -> None:
        self._lines.append("  " + text)

    def _define(self, dtype: str, lanes: int, text: str) -> Register:
        name = f"%r{self._fresh()}"
        self._lines.append(f"  {name} = {text}")
        return Register(name, dtype, lanes)

    def _label(self, name: str) -> None:
        self._lines.append(f"{name}:")
        self._block = name

    def text(self) -> str:
        """Return the module."""
        declared = [line for name, line in self._called.items() if name not in self._defined]
        once = ["!0 = !{i32 1}"] if self._streams else []
        return "\n".join([*self._globals, *declared, *self._functions, *once]) + "\n"

    def comment(self, text: str) -> None:
        """Print a line for the reader."""
        self._line("; " + " ".join(text.split()))

    # Instructions -------------------------------------------------------------------------------

    def emit(self, opcode: str, *operands: Register, dtype: str | None = None) -> Register:
        """Print one instruction."""
        x = operands[0]
        dtype = dtype or x.dtype
        if opcode == "relabel":
            return Register(x.name, dtype, x.lanes)
        if opcode in CONVERSIONS or (opcode == "trunc" and x.kind != "float"):
            text = f"{opcode} {typed(x)} to {type_of(dtype, x.lanes)}"
        elif opcode == "fneg":
            text = f"fneg {typed(x)}"
        elif opcode in INTRINSICS:
            text = self._intrinsic(INTRINSICS[opcode], type_of(dtype, x.lanes), operands)
        else:
            text = f"{opcode} {typed(x)}, {operands[1].name}"
        return self._define(dtype, x.lanes, text)

    def _intrinsic(self, name: str, result: str, operands: Sequence[Register]) -> str:
        suffix = mangled(operands[0].dtype, operands[0].lanes)
        return f"call {result} @llvm.{name}.{suffix}({', '.join(map(typed, operands))})"

    def compare(self, predicate: str, x: Register, y: Register) -> Register:
        """Print a comparison."""
        opcode = "fcmp" if x.kind == "float" else "icmp"
        return self._define("bool", x.lanes, f"{opcode} {predicate} {typed(x)}, {y.name}")

    def constant(self, dtype: str, value: float, lanes: int = 0) -> Register:
        """Return a number; constants are spelled where they are used."""
        if dtype == "ptr":
            return Register("null", "ptr")
        text = literal(dtype, value)
        return Register(f"splat ({TYPES[dtype]} {text})" if lanes else text, dtype, lanes)

    def constants(self, dtype: str, values: Sequence[int]) -> Register:
        """Return integers, one a lane."""
        items = ", ".join(f"{TYPES[dtype]} {literal(dtype, value)}" for value in values)
        return Register(f"<{items}>", dtype, len(values))

    def is_constant(self, x: Register) -> bool:
        """Tell whether a register is a number spelled out."""
        return not x.name.startswith("%")

    def select(self, condition: Register, x: Register, y: Register) -> Register:
        """Return x where the condition holds, else y."""
        return self._define(x.dtype, x.lanes, f"select {typed(condition)}, {typed(x)}, {typed(y)}")

    def broadcast(self, x: Register, lanes: int) -> Register:
        """Return a scalar in each lane."""
        vector = type_of(x.dtype, lanes)
        first = self._define(x.dtype, lanes, f"insertelement {vector} poison, {typed(x)}, i64 0")
        zeros = f"<{lanes} x i32> zeroinitializer"
        return self._define(
            x.dtype, lanes, f"shufflevector {vector} {first.name}, {vector} poison, {zeros}"
        )

    def extract_lane(self, x: Register, lane: int) -> Register:
        """Return one lane of a vector."""
        return self._define(x.dtype, 0, f"extractelement {typed(x)}, i64 {lane}")

    def insert_lane(self, x: Register, value: Register, lane: int) -> Register:
        """Return a vector with one lane replaced."""
        return self._define(
            x.dtype, x.lanes, f"insertelement {typed(x)}, {typed(value)}, i64 {lane}"
        )

    def shuffle(self, x: Register, y: Register, lanes: Sequence[int]) -> Register:
        """Return lanes picked from x followed by y."""
        picked = ", ".join(f"i32 {lane}" for lane in lanes)
        return self._define(
            x.dtype,
            len(lanes),
            f"shufflevector {typed(x)}, {typed(y)}, <{len(lanes)} x i32> <{picked}>",
        )

    def compress(self, x: Register, mask: Register) -> Register:
        """Return the lanes where the mask holds, side by side."""
        operands = (x, mask, Register("zeroinitializer", x.dtype, x.lanes))
        result = type_of(x.dtype, x.lanes)
        text = self._intrinsic("experimental.vector.compress", result, operands)
        return self._define(x.dtype, x.lanes, text)

    def count(self, mask: Register) -> Register:
        """Return in how many lanes a mask holds."""
        word = f"i{mask.lanes}"
        bits = self._define("uint64", 0, f"bitcast {typed(mask)} to {word}")
        ones = self._define("int64", 0, f"call {word} @llvm.ctpop.{word}({word} {bits.name})")
        if mask.lanes == 64:
            return ones
        return self._define("int64", 0, f"zext {word} {ones.name} to i64")

    # Memory -------------------------------------------------------------------------------------

    def element(self, pointer: Register, dtype: str, index: Register) -> Register:
        """Return the address of an element."""
        text = f"getelementptr {TYPES[dtype]}, {typed(pointer)}, {typed(index)}"
        return self._define("ptr", index.lanes, text)

    def load_raw(
        self, pointer: Register, dtype: str, lanes: int, mask: Register | None
    ) -> Register:
        """Load elements."""
        vector, align = type_of(dtype, lanes), ITEMSIZE[dtype]
        if mask is None:
            return self._define(dtype, lanes, f"load {vector}, {typed(pointer)}, align {align}")
        return self._define(
            dtype,
            lanes,
            f"call {vector} @llvm.masked.load.{mangled(dtype, lanes)}.p0(ptr align {align} "
            f"{pointer.name}, {typed(mask)}, {vector} zeroinitializer)",
        )

    def store_raw(self, value: Register, pointer: Register, mask: Register | None) -> None:
        """Store elements."""
        align = ITEMSIZE[value.dtype]
        if mask is None:
            self._line(f"store {typed(value)}, {typed(pointer)}, align {align}")
            return
        self._line(
            f"call void @llvm.masked.store.{mangled(value.dtype, value.lanes)}.p0("
            f"{typed(value)}, ptr align {align} {pointer.name}, {typed(mask)})"
        )

    def stream_raw(self, value: Register, pointer: Register) -> None:
        """Store a whole vector past the caches."""
        self._streams = True
        align = min(64, value.lanes * ITEMSIZE[value.dtype])
        self._line(f"store {typed(value)}, {typed(pointer)}, align {align}, !nontemporal !0")

    def prefetch(self, pointer: Register, intent: Intent) -> None:
        """Print a prefetch into all caches."""
        how = f"i32 {int(intent == 'write')}, i32 3, i32 1"
        self._line(f"call void @llvm.prefetch.p0({typed(pointer)}, {how})")

    def atomic_add(self, pointer: Register, value: Register) -> Register:
        """Add to an integer in memory as one step."""
        text = f"atomicrmw add {typed(pointer)}, {typed(value)} monotonic, align 8"
        return self._define(value.dtype, 0, text)

    def gather_raw(
        self, pointer: Register, dtype: str, index: Register, mask: Register | None
    ) -> Register:
        """Load elements from anywhere."""
        where = self.element(pointer, dtype, index)
        mask = mask or self.constant("bool", 1, index.lanes)
        vector, align = type_of(dtype, index.lanes), ITEMSIZE[dtype]
        suffix = f"{mangled(dtype, index.lanes)}.v{index.lanes}p0"
        return self._define(
            dtype,
            index.lanes,
            f"call {vector} @llvm.masked.gather.{suffix}({type_of('ptr', index.lanes)} "
            f"align {align} {where.name}, {typed(mask)}, {vector} zeroinitializer)",
        )

    def scatter_raw(
        self, value: Register, pointer: Register, index: Register, mask: Register | None
    ) -> None:
        """Store elements to anywhere."""
        where = self.element(pointer, value.dtype, index)
        mask = mask or self.constant("bool", 1, index.lanes)
        suffix = f"{mangled(value.dtype, index.lanes)}.v{index.lanes}p0"
        self._line(
            f"call void @llvm.masked.scatter.{suffix}({typed(value)}, "
            f"{type_of('ptr', index.lanes)} align {ITEMSIZE[value.dtype]} {where.name}, "
            f"{typed(mask)})"
        )

    # Control flow -------------------------------------------------------------------------------

    def loop(
        self,
        lower: Register,
        upper: Register,
        step: Register,
        carried: Sequence[Register],
        body: Body,
    ) -> list[Register]:
        """Print a counted loop; its test comes first."""

        def below(state: list[Register]) -> Register:
            return self.compare("slt", state[0], upper)

        def advance(state: list[Register]) -> list[Register]:
            following = list(body(state[0], state[1:]))
            return [self.emit("add", state[0], step), *following]

        return self.loop_while([lower, *carried], below, advance)[1:]

    def loop_while(
        self,
        carried: Sequence[Register],
        condition: Callable[[list[Register]], Register],
        body: Callable[[list[Register]], list[Register]],
    ) -> list[Register]:
        """Print a loop with its test first."""
        number, before = self._fresh(), self._block
        self._line(f"br label %loop{number}")
        self._label(f"loop{number}")
        state = [Register(f"%c{self._fresh()}", x.dtype, x.lanes) for x in carried]
        phis = len(self._lines)
        test = condition(state)
        self._line(f"br i1 {test.name}, label %body{number}, label %done{number}")
        self._label(f"body{number}")
        following = body(state)
        self._line(f"br label %loop{number}")
        self._lines[phis:phis] = [
            f"  {c.name} = phi {type_of(c.dtype, c.lanes)} "
            f"[ {first.name}, %{before} ], [ {later.name}, %{self._block} ]"
            for c, first, later in zip(state, carried, following, strict=True)
        ]
        self._label(f"done{number}")
        return state

    def when(
        self, condition: Register, then: Block, otherwise: Block | None = None
    ) -> list[Register]:
        """Print a branch."""
        number = self._fresh()
        self._line(f"br i1 {condition.name}, label %then{number}, label %else{number}")
        ends, results = [], []
        for arm, block in (("then", then), ("else", otherwise)):
            self._label(f"{arm}{number}")
            results.append(list((block and block()) or ()))
            ends.append(self._block)
            self._line(f"br label %join{number}")
        self._label(f"join{number}")
        return [
            self._define(
                x.dtype,
                x.lanes,
                f"phi {type_of(x.dtype, x.lanes)} "
                f"[ {x.name}, %{ends[0]} ], [ {y.name}, %{ends[1]} ]",
            )
            for x, y in zip(*results, strict=True)
        ]

    def stack(self, words: int) -> Register:
        """Print memory of the function's own."""
        name = f"%stack{len(self._head)}"
        self._head.append(f"  {name} = alloca [{words} x i64], align 64")
        return Register(name, "ptr")

    # Functions ----------------------------------------------------------------------------------

    @contextmanager
    def function(
        self, name: str, parameters: Parameters, result: str | None = None, *, export: bool = True
    ) -> Iterator[list[Register]]:
        """Print a function."""
        registers = [Register(f"%{parameter}", dtype) for parameter, dtype in parameters]
        linkage = "" if export else "internal "
        with self._scope(name, registers, result and type_of(result), linkage):
            yield registers
            if not self._returned and result is None:
                self.ret()

    @contextmanager
    def _scope(
        self,
        name: str,
        registers: list[Register],
        result: str | None,
        linkage: str,
    ) -> Iterator[None]:
        self._lines, self._block, self._count, self._returned = [], "entry", 0, False
        self._head: list[str] = []
        self._defined.add(name)
        yield
        signature = ", ".join(map(typed, registers))
        head = f"define {linkage}{result or 'void'} @{name}({signature}) {{"
        self._functions.append("\n".join([head, "entry:", *self._head, *self._lines, "}"]))

    def ret(self, x: Register | None = None) -> None:
        """Print the function's end."""
        self._returned = True
        self._line("ret void" if x is None else f"ret {typed(x)}")

    def define_math(self, body: MathBody, build: Callable[..., Register], operands: int) -> None:
        """Print an elementary function, to be inlined wherever it is called."""
        registers = [Register(f"%x{k}", body.dtype, body.lanes) for k in range(operands)]
        result = type_of(body.dtype, body.width)
        with self._scope(body.symbol, registers, result, "linkonce_odr "):
            self.ret(build(self, *registers))

    def call_symbol(
        self, name: str, result: tuple[str, int] | None, arguments: Sequence[Register]
    ) -> list[Register]:
        """Print a call; a function that the module does not define is declared."""
        kinds = ", ".join(type_of(x.dtype, x.lanes) for x in arguments)
        kind = type_of(*result) if result else "void"
        self._called.setdefault(name, f"declare {kind} @{name}({kinds})")
        call = f"call {kind} @{name}({', '.join(map(typed, arguments))})"
        if result:
            return [self._define(*result, call)]
        self._line(call)
        return []

    def call_pointer(
        self, pointer: Register, result: str | None, arguments: Sequence[Register]
    ) -> Register | None:
        """Print a call through an address."""
        call = f"{pointer.name}({', '.join(map(typed, arguments))})"
        if result:
            return self._define(result, 0, f"call {type_of(result)} {call}")
        self._line(f"call void {call}")
        return None

    def add_pairs(self, total: Register, x: Register, y: Register) -> Register:
        """Print the instruction with words for pairs, as LLVM's first versions of it took them."""
        return self.call_symbol(DOT, (total.dtype, total.lanes), (total, x, y))[0]

    def system_call(self, number: Register, first: Register, second: Register) -> Register:
        """Print Linux's instruction, with the registers that it takes and changes."""
        operands = ", ".join(map(typed, (number, first, second)))
        return self._define("int64", 0, f"call i64 asm sideeffect {SYSTEM_CALL}({operands})")

    def address(self, name: str) -> Register:
        """Return the address of an internal function."""
        return Register(f"@{name}", "ptr")

    def data(self, content: bytes, align: int = 8) -> Register:
        """Print a constant array, equal ones once."""
        name = self.pool.known(content, align)
        if name is None:
            name = self.pool.name(content, align)
            value = "zeroinitializer" if is_blank(content) else f'c"{escaped(content)}"'
            self._globals.append(
                f"@{name} = internal unnamed_addr constant [{len(content)} x i8] {value}, "
                f"align {align}"
            )
        return Register(f"@{name}", "ptr")
