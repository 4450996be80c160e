"""The sizes of a product of bfloat16: pairs of elements, which one multiplier takes at once.

A pair has 32 bits, as a sum has: so a block is laid out in the words of the float32 family.
"""

from __future__ import annotations

from symc.compiler.codegen.product.tile import Tile
from symc.compiler.target.isa import Target

VECTORS = 2
"""Vectors of a row of sums."""

BLOCK_M, BLOCK_N, BLOCK_K = 128, 512, 256
"""Rows, columns and pairs of a block: 128 KiB of the left operand, 512 of the right one."""

SPAN = 4 * BLOCK_M
"""Rows whose sums wait for further blocks of k: with BLOCK_N columns, 1 MiB."""

PAIRS = 16
"""Pairs of a row of AMX's tiles, and rows of one."""

TILE = PAIRS * PAIRS
"""Words of a tile of pairs."""

TILES = 1
"""The field `way` of a product that AMX computes; else it is 0."""


def half_tile(target: Target) -> Tile:
    """Return the tile that suits a target's registers."""
    lanes = target.lanes(4)
    many = target.vector_bytes == 64 or target.triple.startswith("aarch64")  # 32 registers
    return Tile(
        dtype="float32",
        lanes=lanes,
        vectors=VECTORS,
        rows=(8 if many else 4, 1),
        block_m=BLOCK_M,
        block_n=BLOCK_N,
        block_k=BLOCK_K,
        span=SPAN,
        wide_masks=target.has_avx512,
        factors="bfloat16",
    )


def sums_row(tile: Tile) -> int:
    """Return the elements from a row of waiting sums to the next."""
    return tile.block_n + tile.width
