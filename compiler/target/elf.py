"""Reads the names that an ELF object or shared object defines and needs."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from symc.compiler.errors import Error

SYMTAB, DYNSYM = 2, 11  # section types
GLOBAL, WEAK = 1, 2  # bindings
HIDDEN = (1, 2)  # visibilities: internal, hidden


class NotAnObject(Error, ValueError):
    """Report a file that is no 64-bit little-endian ELF object."""

    code = "E141"


def exported(elf: bytes) -> tuple[str, ...]:
    """Return the names that others can link against, sorted."""
    return tuple(sorted(name for name, section in _symbols(elf) if section))


def undefined(elf: bytes) -> tuple[str, ...]:
    """Return the names that something else must define, sorted."""
    return tuple(sorted(name for name, section in _symbols(elf) if not section and name))


def _symbols(elf: bytes) -> Iterator[tuple[str, int]]:
    """Yield name and section (0: undefined) of the global symbols, of a shared object's dynamic."""
    sections = _sections(elf)
    kinds = [section[1] for section in sections]
    wanted = DYNSYM if DYNSYM in kinds else SYMTAB
    for section in sections:
        if section[1] != wanted:
            continue
        start, size, strings = section[4], section[5], sections[section[6]][4]
        for at in range(start, start + size, 24):
            name, info, other, index = struct.unpack_from("<IBBH", elf, at)
            if info >> 4 in (GLOBAL, WEAK) and other & 3 not in HIDDEN:
                end = elf.index(b"\0", strings + name)
                yield elf[strings + name : end].decode(), index


def _sections(elf: bytes) -> list[tuple[int, ...]]:
    if elf[:6] != b"\x7fELF\x02\x01":
        raise NotAnObject("only 64-bit little-endian ELF objects can be read")
    (table,) = struct.unpack_from("<Q", elf, 0x28)
    size, count = struct.unpack_from("<HH", elf, 0x3A)
    return [struct.unpack_from("<IIQQQQIIQQ", elf, table + k * size) for k in range(count)]
