"""symc inspect: what an artefact offers, read from its manifest or from itself."""

from __future__ import annotations

import argparse
import ctypes
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from symc.command.error import UnreadableFile
from symc.compiler.target.elf import NotAnObject, exported, undefined

MODULE = "_module"


def add_to(verbs: Any) -> None:
    """Add the verb's arguments."""
    verb = verbs.add_parser("inspect", help="show what an artefact offers")
    verb.add_argument("file", help="a manifest (.json), a shared object (.so) or an object (.o)")
    verb.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Show one artefact."""
    path = Path(given.file)
    content = path.read_bytes()
    lines = _manifest(path, content) if path.suffix == ".json" else _object(path, content)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _manifest(path: Path, content: bytes) -> Iterator[str]:
    try:
        described = json.loads(content)
        functions, state = described["functions"], described["state"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableFile(f"{path} is not a manifest that symc wrote: {error!r}") from None
    yield f"{described['name']}: symc {described['symc']}, for {described['target']['name']}"
    for function in functions:
        yield f"  {function['signature']}"
        work = function["work"]
        yield f"    workspace: {'by size' if work is None else f'{work} bytes'}"
        names = [state["variables"][k]["name"] for k in function["updates"]]
        yield f"    updates: {', '.join(names) or 'none'}"
        yield f"    kernels: {len(function['kernels'])}"
    yield from _state(state["bytes"], [(v["label"], _type(v)) for v in state["variables"]])
    for name, file in described["files"].items():
        yield f"  {name}: {file['bytes']} bytes, sha256 {file['sha256']}"


def _type(variable: dict[str, Any]) -> str:
    return f"{variable['dtype']}[{', '.join(map(str, variable['shape']))}]"


def _state(size: int, variables: list[tuple[str, str]]) -> Iterator[str]:
    if variables:
        yield f"  state: {size} bytes"
        yield from (f"    {name or 'without a name'}: {kind}" for name, kind in variables)


def _object(path: Path, content: bytes) -> Iterator[str]:
    try:
        names, needed = exported(content), undefined(content)
    except NotAnObject as error:
        raise UnreadableFile(f"{path}: {error}") from None
    yield f"{path.name}: {len(content)} bytes"
    for function in names:
        if function.endswith(MODULE) and path.suffix == ".so":
            yield from _description(path, function)
    yield f"  exports: {', '.join(names)}"
    yield f"  needs: {', '.join(needed) or 'nothing'}"


class _Function(ctypes.Structure):
    """The head of symc.h's symc_function."""

    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
        ("name", ctypes.c_char_p),
        ("doc", ctypes.c_char_p),
    )


class _Module(ctypes.Structure):
    """The head of symc.h's symc_module."""

    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("abi", ctypes.c_uint32),
        ("name", ctypes.c_char_p),
        ("version", ctypes.c_char_p),
        ("target", ctypes.c_char_p),
        ("n_functions", ctypes.c_uint32),
        ("n_state", ctypes.c_uint32),
        ("functions", ctypes.POINTER(ctypes.POINTER(_Function))),
        ("state_bytes", ctypes.c_uint64),
    )


def _description(path: Path, symbol: str) -> Iterator[str]:
    """Yield what a shared object says of itself; one of another processor cannot be asked."""
    try:
        getter = getattr(ctypes.CDLL(str(path.resolve())), symbol)
    except OSError as error:
        yield f"  it cannot be loaded here: {error}"
        return
    getter.restype = ctypes.POINTER(_Module)
    module = getter().contents
    yield f"  {_word(module.name)}: symc {_word(module.version)}, for {_word(module.target)}"
    for k in range(module.n_functions):
        yield f"    {_word(module.functions[k].contents.doc)}"
    if module.n_state:
        yield f"  state: {module.state_bytes} bytes, {module.n_state} shared variables"


def _word(raw: bytes | None) -> str:
    return (raw or b"?").decode()
