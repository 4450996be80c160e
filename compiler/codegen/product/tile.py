"""The sizes of register tiles and of blocks, by element type and instruction set."""

from __future__ import annotations

from math import lcm

from msgspec import Struct

from symc.compiler.codegen.register import ITEMSIZE
from symc.compiler.target.isa import Target

LINE = 64  # bytes of a cache line
ROWS = 96  # least rows of a packed block of the left operand
MASKED = 32  # bytes of the vectors from which on there are masks: AVX and AVX-512
SPANS = 10  # such blocks whose unfinished sums are kept


class Tile(Struct, frozen=True):
    """How one matrix product is cut.

    A micro-kernel holds a tile of rows x (vectors * lanes) sums in registers. Around it, a block
    of `block_m` x `block_k` of the left operand stays in the second-level cache, a panel of
    `block_k` x width of the right one in the first.

    dtype    'float32' or 'float64'
    lanes    elements of a vector; 0 for scalar code
    vectors  vectors of a row of the tile
    rows     heights of tiles in falling order down to 1, none less than half the one before
    block_m, block_n, block_k   sizes of packed blocks
    span     rows whose unfinished sums are kept while k is blocked: a multiple of block_m
    wide_masks   whether masked loads and stores cost no more than plain ones
    factors  the dtype of the operands, where it is not that of the sums
    """

    dtype: str
    lanes: int
    vectors: int
    rows: tuple[int, ...]
    block_m: int
    block_n: int
    block_k: int
    span: int
    wide_masks: bool
    factors: str = ""

    @property
    def step(self) -> int:
        """Return the elements that one load takes."""
        return max(self.lanes, 1)

    @property
    def width(self) -> int:
        """Return the columns of a tile."""
        return self.vectors * self.step

    @property
    def masked_edges(self) -> bool:
        """Return whether the last columns of an output are computed under a mask."""
        return self.lanes * ITEMSIZE[self.dtype] >= MASKED

    def name(self, part: str) -> str:
        """Return the name of one function of the family."""
        return f"symc_product_{self.factors or self.dtype}_{part}"


def tile_for(dtype: str, target: Target) -> Tile:
    """Return the tile that suits a target's registers; without vectors, that of scalar code."""
    lanes = target.lanes(ITEMSIZE[dtype])
    if target.vector_bytes == 64:  # 32 registers
        return _tile(dtype, lanes, 2, (14, 8, 4, 2, 1), wide_masks=True)
    if target.vector_bytes == 32:  # 16 registers
        return _tile(dtype, lanes, 2, (6, 4, 2, 1), wide_masks=False)
    if target.triple.startswith("aarch64"):  # 32 registers
        return _tile(dtype, lanes, 3, (8, 4, 2, 1), wide_masks=False)
    # 16 registers, some of which hold products that no fused multiply-add takes
    return _tile(dtype, lanes, 2 if lanes else 4, (4, 2, 1), wide_masks=False)


def _tile(dtype: str, lanes: int, vectors: int, rows: tuple[int, ...], *, wide_masks: bool) -> Tile:
    block_k = 4096 // ITEMSIZE[dtype]
    width = vectors * max(lanes, 1)
    block_n = block_k // width * width
    block_m = -(-ROWS // lcm(*rows)) * lcm(*rows)
    return Tile(dtype, lanes, vectors, rows, block_m, block_n, block_k, SPANS * block_m, wide_masks)
