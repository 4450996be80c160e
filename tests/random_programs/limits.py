"""Lowers limits, so that small programs are cut, shared and packed as only large ones are."""

from __future__ import annotations

import os
from types import ModuleType

from symc.compiler.codegen import cutting, moving, pieces, spread, statements
from symc.compiler.codegen.halves import amx
from symc.compiler.codegen.halves import family as halves
from symc.compiler.codegen.product import cancel, threads
from symc.compiler.kernel import ahead, cut, parts, past, sweep, tile
from symc.passes.plan import turns

LIMITS: tuple[tuple[ModuleType, str, float | tuple[int, ...]], ...] = (
    (statements, "LONG", -1),
    (parts, "PART", 0.0),
    (spread, "PARTS", 5),
    (parts, "PARTS", 5),
    (parts, "COLUMNS", 16),
    (parts, "BLOCKS", 1),
    (parts, "SIDE", 16),
    (tile, "SIDE", 16),
    (cut, "POINTS", 8),
    (cut, "BLOCKS", 4),
    (cutting, "POINTS", 8),
    (cutting, "BLOCKS", 4),
    (sweep, "WAITING", 4096),
    (ahead, "NEAR", 64),
    (past, "FAR", 64),
    (moving, "FAR", 64),
    (pieces, "PRODUCTS", 1),
    (pieces, "SORTED", 1),
    (cancel, "LONG", 0),
    (turns, "WORTH", 0),
    (turns, "BLOCK", 256),
    (turns, "TILES", 2),
    (threads, "PART", 64),
    (threads, "SHARE", 64),
    (halves, "SHARE", 64),
    (halves, "THINNEST", 1),
    (amx, "LEAST", (1, 1, 1)),
)
"""What is lowered: of a module, the name and its value; what is kept compiled must not be read."""


def lower() -> None:
    """Lower them for the rest of the process; nothing compiled before it is read or kept."""
    os.environ["SYMC_CACHE_DIR"] = ""
    for module, name, value in LIMITS:
        assert getattr(module, name) > value or name == "LONG", f"{module.__name__}.{name}"
        setattr(module, name, value)
