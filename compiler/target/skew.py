"""Respell the float literals of LLVM 24's text for LLVM 22.

They are all that the two versions' texts differ in for what the printers use: the new version
prints bits with their own prefix (f0x), infinities and NaNs as words, and the shortest decimal that
rounds to a number, where the old one reads only decimals that are exact.
"""

from __future__ import annotations

import re
import struct
from functools import cache

_LITERAL = (
    r"(?:f0x[0-9A-Fa-f]+|[+-](?:inf|qnan|s?nan\(0x[0-9A-Fa-f]+\))|[+-]?\d+\.\d+(?:e[+-]?\d+)?)"
)
# Strings are matched first, so that what is in them stays.
_TYPED = re.compile(rf'c"[^"]*"|\b(float|double) ({_LITERAL})(?![\w.])')
_UNTYPED = re.compile(rf"(?<=[,\[] )({_LITERAL})(?![\w.])")
_TYPE = re.compile(r"\b(?:float|double)\b")
_BITS = {"float": (0x7F800000, 1 << 22, 31), "double": (0x7FF << 52, 1 << 51, 63)}


def respell(text: str) -> str:
    """Return LLVM 24's text as LLVM 22 reads it."""
    text = _TYPED.sub(_typed, text)
    if _UNTYPED.search(text):
        return "\n".join(map(_line, text.split("\n")))
    return text


def _typed(found: re.Match[str]) -> str:
    return f"{found[1]} {_old(found[1], found[2])}" if found[1] else found[0]


def _line(line: str) -> str:
    """Respell the second operands of a line, whose type stands only before the first."""
    if line.startswith("@"):
        return line  # data, which is strings

    def replacement(found: re.Match[str]) -> str:
        kinds = _TYPE.findall(line, 0, found.start())
        return _old(kinds[-1], found[1]) if kinds else found[1]

    return _UNTYPED.sub(replacement, line)


@cache
def _old(kind: str, literal: str) -> str:
    """Return a literal as the hexadecimal bits of a double, which both versions read."""
    bits = _bits(kind, literal)
    if kind == "double":
        return f"0x{bits:016X}"
    sign, exponent, mantissa = bits >> 31, bits >> 23 & 0xFF, bits & 0x7FFFFF
    if exponent == 0xFF:
        return f"0x{sign << 63 | 0x7FF << 52 | mantissa << 29:016X}"
    number = struct.unpack("<f", struct.pack("<I", bits))[0]
    return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"


def _bits(kind: str, literal: str) -> int:
    if literal.startswith("f0x"):
        return int(literal[3:], 16)
    infinity, quiet, sign = _BITS[kind]
    negative = (literal[0] == "-") << sign
    if literal.endswith("inf"):
        return negative | infinity
    if literal.endswith("qnan"):
        return negative | infinity | quiet
    if literal.endswith(")"):
        return negative | infinity | int(literal[literal.index("0x") : -1], 16)
    code, word = ("<f", "<I") if kind == "float" else ("<d", "<Q")
    return int(struct.unpack(word, struct.pack(code, float(literal)))[0])
