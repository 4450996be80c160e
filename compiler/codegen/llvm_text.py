"""LLVM's spelling of types, literals and instructions."""

from __future__ import annotations

import struct

from symc.compiler.codegen.register import Register, whole

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
    "float16": "i16",  # narrow floats are words: they are only moved and converted
    "bfloat16": "i16",
    "float32": "float",
    "float64": "double",
    "ptr": "ptr",
}
INTRINSICS = {
    "fabs": "fabs",
    "sqrt": "sqrt",
    "fma": "fma",
    "copysign": "copysign",
    "floor": "floor",
    "ceil": "ceil",
    "trunc": "trunc",
    "rint": "roundeven",
}
CONVERSIONS = {
    "sitofp",
    "uitofp",
    "fptosi",
    "fptoui",
    "zext",
    "sext",
    "fpext",
    "fptrunc",
    "bitcast",
    "ptrtoint",
    "inttoptr",
}


def type_of(dtype: str, lanes: int = 0) -> str:
    """Return LLVM's type of a register."""
    return f"<{lanes} x {TYPES[dtype]}>" if lanes else TYPES[dtype]


def typed(x: Register) -> str:
    """Return a register with its type before it."""
    return f"{type_of(x.dtype, x.lanes)} {x.name}"


def literal(dtype: str, value: float) -> str:
    """Return a number's spelling; floats as the bits of a double, which every version reads."""
    if dtype == "bool":
        return "true" if value else "false"
    if dtype not in ("float32", "float64"):
        return str(whole(dtype, value))
    if dtype == "float32":
        value = struct.unpack("<f", float_bytes(value))[0]
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def float_bytes(value: float) -> bytes:
    """Return float32's bytes of the number nearest to `value`, infinity where it is too large."""
    try:
        return struct.pack("<f", value)
    except OverflowError:
        return struct.pack("<f", float("inf") if value > 0 else float("-inf"))


def mangled(dtype: str, lanes: int) -> str:
    """Return the suffix of overloaded intrinsics."""
    scalar = {"float": "f32", "double": "f64", "ptr": "p0"}.get(TYPES[dtype], TYPES[dtype])
    return f"v{lanes}{scalar}" if lanes else scalar
