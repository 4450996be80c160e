"""The constant bytes of a module: equal ones once, and large ones left blank in the text.

Text takes three letters a byte, which parsers read slowly; so what is large is printed as zeros and
written into the object afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from symc.compiler.errors import InternalError
from symc.compiler.target.elf import symbols

LARGE = 1 << 12
"""Bytes from which constants are left blank."""

QUADS = 8
"""Numbers of eight bytes on a line of assembly."""


class Data:
    """Names the constants of one module.

    blanks   the large ones, by name
    """

    def __init__(self) -> None:
        self._names: dict[tuple[bytes, int], str] = {}
        self.blanks: dict[str, bytes] = {}

    def known(self, content: bytes, align: int) -> str | None:
        """Return the name of a constant that has been named."""
        return self._names.get((content, align))

    def name(self, content: bytes, align: int) -> str:
        """Return a new name for a constant."""
        name = self._names[content, align] = f"data{len(self._names)}"
        if is_blank(content):
            self.blanks[name] = content
        return name


def is_blank(content: bytes) -> bool:
    """Tell whether a constant is left blank in text."""
    return len(content) >= LARGE


def escaped(content: bytes) -> str:
    """Return bytes as LLVM and MLIR spell them in strings."""
    return "".join(f"\\{byte:02X}" for byte in content)


def fill(elf: bytes, blanks: Mapping[str, bytes]) -> bytes:
    """Return an object with its blank constants written; raise if one is not blank."""
    if not blanks:
        return elf
    content = bytearray(elf)
    places = {symbol.name: symbol.place for symbol in symbols(elf)}
    for name, data in blanks.items():
        place = places.get(name)
        if place is None:  # nothing refers to it, so LLVM dropped it
            continue
        if any(content[place : place + len(data)]):
            raise InternalError(f"the constant {name} is not blank in the object")
        content[place : place + len(data)] = data
    return bytes(content)


def fill_assembly(text: str, blanks: Mapping[str, bytes]) -> str:
    """Return assembly with its blank constants written as numbers."""
    for name, data in blanks.items():
        zeros = re.compile(rf"^{name}:\n(\s+\.(?:zero|skip|space)\s+{len(data)}\b.*$)", re.M)
        found = zeros.search(text)
        if found:
            text = text[: found.start(1)] + _quads(data) + text[found.end(1) :]
        elif f"{name}:\n" in text:
            raise InternalError(f"the constant {name} is not blank in the assembly")
    return text


def _quads(data: bytes) -> str:
    whole = len(data) // 8 * 8
    numbers = [f"0x{int.from_bytes(data[k : k + 8], 'little'):x}" for k in range(0, whole, 8)]
    lines = [f"\t.quad\t{', '.join(numbers[k : k + QUADS])}" for k in range(0, len(numbers), QUADS)]
    if len(data) > whole:
        lines.append(f"\t.byte\t{', '.join(map(str, data[whole:]))}")
    return "\n".join(lines)
