"""symc cache: how large the cache of compiled code is, filling it and emptying it."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from symc.compiler.target.isa import host_target
from symc.config import config
from symc.native import function_cache
from symc.processors import processors

FOLDER, NAME = re.compile(r"[0-9a-f]{2}"), re.compile(r"[0-9a-f]{62}")
"""What the cache's own folders and files are called; nothing else is touched."""


def add_to(verbs: Any) -> None:
    """Add the verb's arguments."""
    verb = verbs.add_parser("cache", help="show, fill or empty the cache of compiled code")
    verb.add_argument("action", choices=("info", "fill", "clear"))
    verb.set_defaults(run=lambda given: ACTIONS[given.action](given))


def _info(given: argparse.Namespace) -> int:
    """Show where the cache is and what it takes."""
    cache = function_cache()
    if cache is None:
        sys.stdout.write("there is no cache: SYMC_CACHE_DIR is empty\n")
        return 0
    sizes = [path.stat().st_size for path in _files(cache.folder)]
    sys.stdout.write(f"{cache.folder}\n{len(sizes)} files, {sum(sizes)} bytes\n")
    return 0


def _clear(given: argparse.Namespace) -> int:
    """Remove what the cache holds."""
    cache = function_cache()
    removed = 0
    for path in _files(cache.folder) if cache else ():
        path.unlink(missing_ok=True)
        removed += 1
    sys.stdout.write(f"{removed} files removed\n")
    return 0


def _fill(given: argparse.Namespace) -> int:
    """Compile for this machine what functions share, for which the first would wait."""
    from symc.compiler.link import Linker

    cache = function_cache()
    workers = config.compile_threads or processors()
    compiled = 0
    for printer in ("mlir", "llvm") if cache else ():
        compiled += Linker(host_target(), printer, cache, workers).fill()
    sys.stdout.write(f"{compiled} objects compiled\n")
    return 0


ACTIONS = {"info": _info, "fill": _fill, "clear": _clear}


def _files(folder: Path) -> Iterator[Path]:
    for inner in sorted(folder.iterdir()) if folder.is_dir() else ():
        if FOLDER.fullmatch(inner.name) and inner.is_dir():
            yield from (p for p in sorted(inner.iterdir()) if NAME.fullmatch(p.name))
