"""C99's spelling of types, literals, operators and the helpers that it needs."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import isfinite

from symc.compiler.codegen.llvm_text import float_bytes
from symc.compiler.codegen.register import ITEMSIZE, KIND, Register, limits, whole

TYPES = {
    "bool": "bool",
    "int8": "int8_t",
    "int16": "int16_t",
    "int32": "int32_t",
    "int64": "int64_t",
    "uint8": "uint8_t",
    "uint16": "uint16_t",
    "uint32": "uint32_t",
    "uint64": "uint64_t",
    "float16": "uint16_t",
    "bfloat16": "uint16_t",
    "float32": "float",
    "float64": "double",
    "ptr": "char *",
}
FLOAT_OPERATORS = {"fadd": "+", "fsub": "-", "fmul": "*", "fdiv": "/"}
# Signed arithmetic is done on unsigned words, where C lets it wrap.
WRAPPING_OPERATORS = {"add": "+", "sub": "-", "mul": "*", "shl": "<<"}
PLAIN_OPERATORS = {"and": "&", "or": "|", "xor": "^", "ashr": ">>", "sdiv": "/", "udiv": "/"}
RELATIONS = {
    **{"oeq": "==", "une": "!=", "olt": "<", "ole": "<=", "ogt": ">", "oge": ">="},
    **{"eq": "==", "ne": "!=", "slt": "<", "sle": "<=", "sgt": ">", "sge": ">="},
    **{"ult": "<", "ule": "<=", "ugt": ">", "uge": ">="},
}
CASTS = {"sitofp", "uitofp", "fptosi", "fptoui", "zext", "sext", "fpext", "fptrunc", "relabel"}
KEYWORDS = frozenset(
    {"auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else"}
    | {"enum", "extern", "float", "for", "goto", "if", "inline", "int", "long", "register"}
    | {"restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch"}
    | {"typedef", "union", "unsigned", "void", "volatile", "while", "bool", "true", "false"}
)
PRELUDE = """\
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* x * y + z is two roundings unless it is written as fma. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=off")
#else
#pragma STDC FP_CONTRACT OFF
#endif
"""


def declared(x: Register) -> str:
    """Return the declaration of a register."""
    kind = TYPES[x.dtype]
    return kind + x.name if kind.endswith("*") else f"{kind} {x.name}"


def unsigned(dtype: str) -> str:
    """Return the unsigned type to compute in, too wide for C to widen it to a signed one."""
    return f"uint{max(8 * ITEMSIZE[dtype], 32)}_t"


def literal(dtype: str, value: float) -> str:
    """Return a number's spelling as an expression of its type."""
    if dtype == "bool":
        return "true" if value else "false"
    if dtype in ("float32", "float64"):
        return _float(dtype, value)
    number, bits = whole(dtype, value), 8 * ITEMSIZE[dtype]
    if KIND[dtype] == "signed" and number == limits(dtype)[0]:
        return f"INT{bits}_MIN"
    suffix = f"INT{bits}_C({number})" if KIND[dtype] == "signed" else f"UINT{bits}_C({number})"
    return f"(({TYPES[dtype]}){suffix})" if bits < 32 else suffix


def _float(dtype: str, value: float) -> str:
    if dtype == "float32":
        value = struct.unpack("<f", float_bytes(value))[0]
    if isfinite(value):
        text = float(value).hex() + ("f" if dtype == "float32" else "")
        return f"({text})" if text.startswith("-") else text
    word = "<I" if dtype == "float32" else "<Q"
    content = float_bytes(value) if dtype == "float32" else struct.pack("<d", value)
    bits = struct.unpack(word, content)[0]
    source = f"uint{8 * ITEMSIZE[dtype]}"
    return f"{reinterpreter(dtype, source)}({literal(source, bits)})"


def reinterpreter(dtype: str, source: str) -> str:
    """Return the name of the helper that reads the bits of `source` as `dtype`."""
    return f"symc_{dtype}_from_{source}"


def helpers() -> str:
    """Return the helpers: bits read as another type, and memory of any alignment."""
    lines = []
    for bits in (32, 64):
        pairs = [(f"float{bits}", f"{sign}int{bits}") for sign in ("", "u")]
        for one, other in [*pairs, *((b, a) for a, b in pairs)]:
            lines.append(_reinterpretation(one, other))
    for dtype, kind in TYPES.items():
        if dtype != "bool":
            lines += [
                f"static inline {kind} symc_load_{dtype}(const void *p)"
                f" {{ {kind} x; memcpy(&x, p, sizeof x); return x; }}",
                f"static inline void symc_store_{dtype}(void *p, {kind} x)"
                " { memcpy(p, &x, sizeof x); }",
            ]
    return "\n".join(lines)


def _reinterpretation(dtype: str, source: str) -> str:
    kind, argument = TYPES[dtype], TYPES[source]
    return (
        f"static inline {kind} {reinterpreter(dtype, source)}({argument} x)"
        f" {{ {kind} y; memcpy(&y, &x, sizeof y); return y; }}"
    )


def signature(name: str, parameters: Sequence[Register], result: str | None) -> str:
    """Return a function's declaration."""
    listed = ", ".join(map(declared, parameters)) or "void"
    return declared(Register(f"{name}({listed})", result)) if result else f"void {name}({listed})"
