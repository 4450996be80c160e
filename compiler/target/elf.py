"""Reads the names that an ELF object or shared object defines and needs."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from msgspec import Struct

from symc.compiler.errors import Error

SYMTAB, DYNSYM = 2, 11  # section types
RESERVED = 0xFF00  # section numbers from here on are no sections
RELOCATABLE = 1  # file type
BINDINGS = (1, 2)  # of names that others see: global, weak
HIDDEN = (1, 2)  # visibilities: internal, hidden


class NotAnObject(Error, ValueError):
    """Report a file that is no 64-bit little-endian ELF object."""

    code = "E161"


class Symbol(Struct, frozen=True):
    """A name in an object.

    visible   whether others can see it
    defined   whether it is here, not elsewhere
    place     in a relocatable object the offset in the file of what it names, else -1
    """

    name: str
    visible: bool
    defined: bool
    place: int


def exported(elf: bytes) -> tuple[str, ...]:
    """Return the names that others can link against, sorted."""
    return tuple(sorted(s.name for s in symbols(elf) if s.visible and s.defined))


def undefined(elf: bytes) -> tuple[str, ...]:
    """Return the names that something else must define, sorted."""
    return tuple(sorted(s.name for s in symbols(elf) if s.visible and not s.defined))


def symbols(elf: bytes) -> Iterator[Symbol]:
    """Yield the names of an object, or the dynamic ones of a shared object."""
    sections = _sections(elf)
    (kind,) = struct.unpack_from("<H", elf, 16)
    wanted = DYNSYM if DYNSYM in [section[1] for section in sections] else SYMTAB
    for section in sections:
        if section[1] != wanted:
            continue
        start, size, strings = section[4], section[5], sections[section[6]][4]
        for at in range(start, start + size, 24):
            offset, info, other, index, value = struct.unpack_from("<IBBHQ", elf, at)
            name = elf[strings + offset : elf.index(b"\0", strings + offset)].decode()
            if name:
                placed = kind == RELOCATABLE and 0 < index < RESERVED
                place = sections[index][4] + value if placed else -1
                visible = info >> 4 in BINDINGS and other & 3 not in HIDDEN
                yield Symbol(name, visible, bool(index), place)


def _sections(elf: bytes) -> list[tuple[int, ...]]:
    if elf[:6] != b"\x7fELF\x02\x01" or len(elf) < 64:
        raise NotAnObject("only 64-bit little-endian ELF objects can be read")
    (table,) = struct.unpack_from("<Q", elf, 0x28)
    size, count = struct.unpack_from("<HH", elf, 0x3A)
    if table + size * count > len(elf):
        raise NotAnObject("the object is cut off")
    return [struct.unpack_from("<IIQQQQIIQQ", elf, table + k * size) for k in range(count)]
