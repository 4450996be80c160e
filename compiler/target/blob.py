"""Link ELF objects into one position-independent block of bytes with its exports' offsets.

A block has no writable data and refers to nothing outside itself, so loading it is mapping it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from msgspec import Struct

from symc.compiler.errors import InternalError

ALLOCATED, WRITABLE = 2, 1  # section flags
PROGBITS, SYMTAB, RELA, NOBITS = 1, 2, 4, 8  # section types
GLOBAL = 1  # symbol binding
X86_64, AARCH64 = 62, 183  # machines
ALIGNMENT = 64
PAGE = 4096  # of aarch64's ADRP, whatever the system's pages are


class Blob(Struct, frozen=True):
    """Code and constants that run wherever they are mapped at a multiple of 4096.

    content   the bytes
    exports   offset of each exported function in them
    """

    content: bytes
    exports: dict[str, int]


class _Section(Struct, frozen=True):
    kind: int
    flags: int
    offset: int
    size: int
    link: int
    info: int
    align: int


class _Symbol(Struct, frozen=True):
    name: str
    binding: int
    section: int
    value: int


class _Object(Struct, frozen=True):
    """An object being linked: its bytes and tables, and where its sections begin in the block."""

    elf: bytes
    machine: int
    sections: list[_Section]
    symbols: list[_Symbol]
    bases: dict[int, int]


def flatten(elf: bytes) -> Blob:
    """Return the blob of a relocatable ELF object; raise on what only a real loader could do."""
    return link([elf])


def link(objects: Sequence[bytes]) -> Blob:
    """Return the blob of objects that may call each other's exported functions."""
    content = bytearray()
    parts = [_place(elf, content) for elf in objects]
    if len({part.machine for part in parts}) > 1:
        raise InternalError("objects of different machines cannot be linked")
    exports: dict[str, int] = {}
    for part in parts:
        for symbol in part.symbols:
            if symbol.binding == GLOBAL and symbol.section in part.bases:
                if symbol.name in exports:
                    raise InternalError(f"two objects export {symbol.name!r}")
                exports[symbol.name] = part.bases[symbol.section] + symbol.value
    for part in parts:
        for section in part.sections:
            if section.kind == RELA and section.info in part.bases:
                _relocate(part, section, content, exports)
    return Blob(bytes(content), exports)


def _place(elf: bytes, content: bytearray) -> _Object:
    if elf[:6] != b"\x7fELF\x02\x01":
        raise InternalError("only 64-bit little-endian ELF objects can be linked")
    (machine,) = struct.unpack_from("<H", elf, 18)
    sections = _sections(elf)
    return _Object(elf, machine, sections, _symbols(elf, sections), _layout(elf, sections, content))


def _sections(elf: bytes) -> list[_Section]:
    (table,) = struct.unpack_from("<Q", elf, 0x28)
    size, count = struct.unpack_from("<HH", elf, 0x3A)
    sections = []
    for k in range(count):
        fields = struct.unpack_from("<IIQQQQIIQQ", elf, table + k * size)
        _, kind, flags, _, offset, length, link, info, align, _ = fields
        sections.append(_Section(kind, flags, offset, length, link, info, align))
    return sections


def _layout(elf: bytes, sections: list[_Section], content: bytearray) -> dict[int, int]:
    """Append the sections that programs see, one after the other; return where each begins."""
    bases = {}
    for k, section in enumerate(sections):
        if not section.flags & ALLOCATED or section.kind not in (PROGBITS, NOBITS):
            continue
        if section.flags & WRITABLE and section.size:
            raise InternalError("the object has writable data, which a blob cannot hold")
        content += bytes(-len(content) % max(section.align, ALIGNMENT))
        bases[k] = len(content)
        if section.kind == PROGBITS:
            content += elf[section.offset : section.offset + section.size]
        else:
            content += bytes(section.size)
    return bases


def _symbols(elf: bytes, sections: list[_Section]) -> list[_Symbol]:
    symbols = []
    for table in sections:
        if table.kind != SYMTAB:
            continue
        strings = sections[table.link].offset
        for at in range(table.offset, table.offset + table.size, 24):
            name, info, _, section, value, _ = struct.unpack_from("<IBBHQQ", elf, at)
            end = elf.index(b"\0", strings + name)
            symbols.append(_Symbol(elf[strings + name : end].decode(), info >> 4, section, value))
    return symbols


def _relocate(
    part: _Object, section: _Section, content: bytearray, exports: dict[str, int]
) -> None:
    for at in range(section.offset, section.offset + section.size, 24):
        offset, info, addend = struct.unpack_from("<QQq", part.elf, at)
        symbol = part.symbols[info >> 32]
        patch = PATCHES.get((part.machine, info & 0xFFFFFFFF))
        if patch is None:
            kind = info & 0xFFFFFFFF
            raise InternalError(f"no rule for relocation {kind} of machine {part.machine}")
        patch(content, part.bases[section.info] + offset, _address(part, symbol, exports) + addend)


def _address(part: _Object, symbol: _Symbol, exports: dict[str, int]) -> int:
    if symbol.section in part.bases:
        return part.bases[symbol.section] + symbol.value
    if symbol.name not in exports:
        raise InternalError(f"the object refers to the external symbol {symbol.name!r}")
    return exports[symbol.name]


def _relative_32(content: bytearray, place: int, value: int) -> None:
    struct.pack_into("<i", content, place, value - place)


def _relative_64(content: bytearray, place: int, value: int) -> None:
    struct.pack_into("<q", content, place, value - place)


def _or_word(content: bytearray, place: int, bits: int) -> None:
    (word,) = struct.unpack_from("<I", content, place)
    struct.pack_into("<I", content, place, word | bits)


def _signed(value: int, bits: int, what: str) -> int:
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise InternalError(f"{what} by {value} bytes is out of reach")
    return value & ((1 << bits) - 1)


def _branch_26(content: bytearray, place: int, value: int) -> None:
    _or_word(content, place, _signed((value - place) >> 2, 26, "a branch"))


def _page_21(content: bytearray, place: int, value: int) -> None:
    pages = _signed(value // PAGE - place // PAGE, 21, "an address")
    _or_word(content, place, (pages & 3) << 29 | (pages >> 2) << 5)


def _address_21(content: bytearray, place: int, value: int) -> None:
    distance = _signed(value - place, 21, "an address")
    _or_word(content, place, (distance & 3) << 29 | (distance >> 2) << 5)


def _low_12(shift: int) -> Callable[[bytearray, int, int], None]:
    """Return the patch of an instruction that counts its offset in units of 1 << shift bytes."""

    def patch(content: bytearray, place: int, value: int) -> None:
        _or_word(content, place, (value % PAGE >> shift) << 10)

    return patch


# By machine and ELF's number; the processors' ABI supplements give the formulas.
PATCHES: dict[tuple[int, int], Callable[[bytearray, int, int], None]] = {
    (X86_64, 2): _relative_32,  # PC32
    (X86_64, 4): _relative_32,  # PLT32
    (X86_64, 24): _relative_64,  # PC64
    (AARCH64, 261): _relative_32,  # PREL32
    (AARCH64, 260): _relative_64,  # PREL64
    (AARCH64, 274): _address_21,  # ADR_PREL_LO21
    (AARCH64, 275): _page_21,  # ADR_PREL_PG_HI21
    (AARCH64, 277): _low_12(0),  # ADD_ABS_LO12_NC
    (AARCH64, 278): _low_12(0),  # LDST8_ABS_LO12_NC
    (AARCH64, 282): _branch_26,  # JUMP26
    (AARCH64, 283): _branch_26,  # CALL26
    (AARCH64, 284): _low_12(1),  # LDST16_ABS_LO12_NC
    (AARCH64, 285): _low_12(2),  # LDST32_ABS_LO12_NC
    (AARCH64, 286): _low_12(3),  # LDST64_ABS_LO12_NC
    (AARCH64, 299): _low_12(4),  # LDST128_ABS_LO12_NC
}
