"""Writes a static library: objects behind an index of their names, in the ar format of System V."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from symc.compiler.target.elf import exported

MAGIC = b"!<arch>\n"
NAME_BYTES = 15


def to_archive(objects: Mapping[str, bytes]) -> bytes:
    """Return the library of objects by file name; times and owners are left at zero."""
    long = b"".join(f"{n}/\n".encode() for n in objects if len(n) > NAME_BYTES)
    symbols = [(name, file) for file, content in objects.items() for name in exported(content)]
    names = b"".join(name.encode() + b"\0" for name, _ in symbols)
    index = 4 + 4 * len(symbols) + len(names)
    position = len(MAGIC) + _padded(index) + (_padded(len(long)) if long else 0)
    places, members, offset = {}, [], 0
    for name, content in objects.items():
        places[name] = position
        field = f"{name}/"
        if len(name) > NAME_BYTES:
            field, offset = f"/{offset}", offset + len(name) + 2
        members.append(_member(field, content))
        position += len(members[-1])
    table = struct.pack(f">I{len(symbols)}I", len(symbols), *(places[file] for _, file in symbols))
    head = [MAGIC, _member("/", table + names)]
    if long:
        head.append(_member("//", long))
    return b"".join([*head, *members])


def _padded(size: int) -> int:
    """Return the bytes that a member of this size takes with its header."""
    return 60 + size + size % 2


def _member(name: str, content: bytes) -> bytes:
    header = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
    return header + content + b"\n" * (len(content) % 2)
