"""MLIR's spelling of types, literals and operations."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from symc.compiler.codegen.data import escaped, is_blank
from symc.compiler.codegen.llvm_text import float_bytes
from symc.compiler.codegen.register import ITEMSIZE, KIND, Register, limits, whole

TYPES = {
    "bool": "i1",
    "int8": "i8",
    "int16": "i16",
    "int32": "i32",
    "int64": "i64",
    "uint8": "i8",
    "uint16": "i16",
    "uint32": "i32",
    "uint64": "i64",
    "float16": "i16",
    "bfloat16": "i16",
    "float32": "f32",
    "float64": "f64",
    "ptr": "!llvm.ptr",
}
# Operations whose operands and result have one type.
UNIFORM = {
    "fadd": "arith.addf",
    "fsub": "arith.subf",
    "fmul": "arith.mulf",
    "fdiv": "arith.divf",
    "fneg": "arith.negf",
    "fabs": "math.absf",
    "sqrt": "math.sqrt",
    "fma": "math.fma",
    "copysign": "math.copysign",
    "floor": "math.floor",
    "ceil": "math.ceil",
    "trunc": "math.trunc",
    "rint": "math.roundeven",
    "add": "arith.addi",
    "sub": "arith.subi",
    "mul": "arith.muli",
    "sdiv": "arith.divsi",
    "udiv": "arith.divui",
    "and": "arith.andi",
    "or": "arith.ori",
    "xor": "arith.xori",
    "shl": "arith.shli",
    "ashr": "arith.shrsi",
    "lshr": "arith.shrui",
}
CONVERSIONS = {
    "sitofp": "arith.sitofp",
    "uitofp": "arith.uitofp",
    "fptosi": "arith.fptosi",
    "fptoui": "arith.fptoui",
    "zext": "arith.extui",
    "sext": "arith.extsi",
    "trunc": "arith.trunci",
    "fpext": "arith.extf",
    "fptrunc": "arith.truncf",
    "bitcast": "arith.bitcast",
    "ptrtoint": "llvm.ptrtoint",
    "inttoptr": "llvm.inttoptr",
}


def type_of(dtype: str, lanes: int = 0) -> str:
    """Return MLIR's type of a register."""
    return f"vector<{lanes}x{TYPES[dtype]}>" if lanes else TYPES[dtype]


def types(registers: Sequence[Register]) -> str:
    """Return the types of registers, with commas between."""
    return ", ".join(type_of(x.dtype, x.lanes) for x in registers)


def names(registers: Sequence[Register]) -> str:
    """Return the names of registers, with commas between."""
    return ", ".join(x.name for x in registers)


def literal(dtype: str, value: float) -> str:
    """Return a number's spelling; floats as their bits."""
    if dtype == "bool":
        return "true" if value else "false"
    if dtype == "float32":
        return f"0x{struct.unpack('<I', float_bytes(value))[0]:08X}"
    if dtype == "float64":
        return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"
    number = whole(dtype, value)
    if KIND[dtype] == "unsigned" and number > limits(f"int{dtype[4:]}")[1]:
        return str(number - limits(dtype)[1] - 1)  # types have no sign: the same bits
    return str(number)


def global_bytes(name: str, content: bytes, align: int) -> str:
    """Return the definition of a constant array of bytes."""
    kind = f"!llvm.array<{len(content)} x i8>"
    attributes = f"{{addr_space = 0 : i32, alignment = {align} : i64}} : {kind}"
    head = f"llvm.mlir.global internal unnamed_addr constant @{name}"
    if is_blank(content):
        zeros = f"  %0 = llvm.mlir.zero : {kind}\n  llvm.return %0 : {kind}"
        return f"{head}() {attributes} {{\n{zeros}\n}}"
    return f'{head}("{escaped(content)}") {attributes}'


def prefetch_of(pointer: str, write: int) -> str:
    """Return the instruction that brings memory near, to be written if `write` is 1."""
    how = f"cache = 1 : i32, hint = 3 : i32, rw = {write} : i32"
    return f'"llvm.intr.prefetch"({pointer}) <{{{how}}}> : (!llvm.ptr) -> ()'


def atomic_add_of(pointer: str, value: str) -> str:
    """Return the instruction that adds to an int64 in memory as one step for all threads."""
    return (
        f"llvm.atomicrmw add {pointer}, {value} monotonic {{alignment = 8 : i64}} : !llvm.ptr, i64"
    )


def masked_load_of(operation: str, pointer: Register, mask: Register, rest: Register) -> str:
    """Return a load or a gather of the lanes in a mask; the others are `rest`."""
    operands, align = (pointer, mask, rest), ITEMSIZE[rest.dtype]
    kinds = f"({types(operands)}) -> {type_of(rest.dtype, rest.lanes)}"
    return f"llvm.intr.masked.{operation} {names(operands)} {{alignment = {align} : i32}} : {kinds}"


def load_of(pointer: Register, dtype: str, lanes: int) -> str:
    """Return a load of a whole register."""
    how = f"{{alignment = {ITEMSIZE[dtype]} : i64}}"
    return f"llvm.load {pointer.name} {how} : !llvm.ptr -> {type_of(dtype, lanes)}"


def store_of(value: Register, pointer: Register) -> str:
    """Return a store of a whole register."""
    operands, how = (value, pointer), f"{{alignment = {ITEMSIZE[value.dtype]} : i64}}"
    return f"llvm.store {names(operands)} {how} : {types(operands)}"


def stream_of(value: Register, pointer: Register) -> str:
    """Return a store of a vector past the caches, to a place aligned to it."""
    align = min(64, value.lanes * ITEMSIZE[value.dtype])
    operands, how = (value, pointer), f"{{alignment = {align} : i64, nontemporal}}"
    return f"llvm.store {names(operands)} {how} : {types(operands)}"


def masked_store_of(operation: str, value: Register, pointer: Register, mask: Register) -> str:
    """Return a store or a scatter of the lanes in a mask."""
    operands, align = (value, pointer, mask), ITEMSIZE[value.dtype]
    kinds = f"{types((value, mask))} into {types((pointer,))}"
    return f"llvm.intr.masked.{operation} {names(operands)} {{alignment = {align} : i32}} : {kinds}"


def compress_of(x: Register, mask: Register, rest: Register) -> str:
    """Return the instruction that puts chosen lanes side by side."""
    operands, kind = (x, mask, rest), type_of(x.dtype, x.lanes)
    call = f'llvm.call_intrinsic "llvm.experimental.vector.compress"({names(operands)})'
    return f"{call} : ({types(operands)}) -> {kind}"


def bits_of(mask: Register) -> str:
    """Return the instruction that reads a mask as an integer."""
    return f"llvm.bitcast {mask.name} : {type_of('bool', mask.lanes)} to i{mask.lanes}"


def alloca(count: str, name: str, words: int) -> tuple[str, str]:
    """Return the lines that reserve int64 words on the stack, aligned as lanes want it."""
    kind = "{alignment = 64 : i64} : (i64) -> !llvm.ptr"
    return (
        f"  {count} = llvm.mlir.constant({words} : i64) : i64",
        f"  {name} = llvm.alloca {count} x i64 {kind}",
    )


def later(name: str) -> str:
    """Return what stands for the type of a function until the module is complete."""
    return f"<type of {name}>"
