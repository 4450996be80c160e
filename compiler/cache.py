"""The disk cache: content-addressed records, written whole or not at all, never trusted unread.

A record is a small description and some bytes, under a key that names everything they depend
on. Writers write a temporary file and rename it; readers check length and checksum and take
anything odd for a miss. No lock is held, nothing is pickled, and the folder is private.
Descriptions are plain data in the form of Python's own compiled files, which is read in no time.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import struct
import sys
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from symc.compiler.digest import blake2b

MAGIC = b"symc0002"
HEAD = struct.Struct("<8sQQ32s")
FORM = 2  # of marshal, which all versions of Python read

_digest = partial(blake2b, digest_size=32)

PACKAGES = ("llvmlite", "torch_mlir", "mlir")
"""Packages whose version changes the code that is generated."""


class Record(Struct, frozen=True):
    """What the cache keeps under a key: a description of texts, numbers and lists, and bytes."""

    description: dict[str, Any]
    content: bytes


class Cache:
    """A folder of records; one that cannot be written warns once and is then only read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writable = True

    def load(self, key: str) -> Record | None:
        """Return the record under a key, or None when there is none that is whole."""
        path = self._path(key)
        try:
            raw = path.read_bytes()
        except OSError:
            return None
        record = decode(raw)
        if record is None:
            _warn("ignoring a damaged cache file: %s", path)
            with contextlib.suppress(OSError):
                path.unlink()
        return record

    def store(self, key: str, record: Record) -> None:
        """Keep a record under a key, replacing what was there."""
        if not self._writable:
            return
        path = self._path(key)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(path, encode(record))
        except OSError as error:
            self._writable = False
            _warn("compiled functions are not kept: %s: %s", self.folder, error.strerror)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key[2:]


def _warn(text: str, *facts: object) -> None:
    import logging  # only here: a function from the cache starts without

    logging.getLogger("symc.cache").warning(text, *facts)


def _write(path: Path, raw: bytes) -> None:
    import tempfile  # only here: what reads the cache does without

    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        Path(name).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def encode(record: Record) -> bytes:
    """Return a record as bytes: magic, two lengths, checksum, description, content."""
    text = marshal.dumps(record.description, FORM)
    body = text + record.content
    head = HEAD.pack(MAGIC, len(text), len(record.content), _digest(body).digest())
    return head + body


def decode(raw: bytes) -> Record | None:
    """Return the record in some bytes, or None when they are not a whole record."""
    if len(raw) < HEAD.size:
        return None
    magic, text, content, digest = HEAD.unpack_from(raw)
    body = raw[HEAD.size :]
    if magic != MAGIC or len(body) != text + content or _digest(body).digest() != digest:
        return None
    return Record(marshal.loads(body[:text]), body[text:])


def key_of(*parts: str) -> str:
    """Return the key that names some texts."""
    digest = _digest()
    for part in parts:
        raw = part.encode()
        digest.update(struct.pack("<Q", len(raw)))
        digest.update(raw)
    return digest.hexdigest()


@cache
def tools() -> str:
    """Return a text that changes when symc's own sources or a code-generating package do."""
    root = Path(__file__).resolve().parent
    lines = sorted(_installed())
    for folder in (root, root.parent / "passes"):
        lines += sorted(_sources(folder))
    return "\n".join(lines)


def _sources(folder: Path | str) -> Iterator[str]:
    """Yield name, size and time of each source in a folder and those inside; rglob takes longer."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                status = entry.stat()
                yield f"{entry.name} {status.st_size} {status.st_mtime_ns}"
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _sources(entry.path)


def _installed() -> Iterator[str]:
    """Yield name and version of the packages, as their folders say; importlib.metadata is slow."""
    for folder in filter(os.path.isdir, sys.path):
        with os.scandir(folder) as entries:
            for entry in entries:
                name, _, version = entry.name.removesuffix(".dist-info").partition("-")
                if entry.name.endswith(".dist-info") and name in PACKAGES:
                    yield f"{name} {version}"
