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
_FOUND = re.compile(rf"(?:[ \[(])({_LITERAL})(?![\w.])")
_TYPE = re.compile(r"\b(?:float|double)\b")
_BITS = {"float": (0x7F800000, 1 << 22, 31), "double": (0x7FF << 52, 1 << 51, 63)}


def respell(text: str) -> str:
    """Return LLVM 24's text as LLVM 22 reads it."""

    def replacement(found: re.Match[str]) -> str:
        """Respell a literal; its type is the last in the line before it, often not just before."""
        line = text.rfind("\n", 0, found.start()) + 1
        if text.startswith("@", line):
            return found[0]  # data, which is strings
        kinds = _TYPE.findall(text, line, found.start())
        return found[0][0] + _old(kinds[-1], found[1]) if kinds else found[0]

    return _FOUND.sub(replacement, text)


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
