"""The functions that all contractions of one element type share."""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product import (
    blocks,
    cancel,
    chunks,
    columns,
    gram,
    lanes,
    micro,
    nest,
    pack,
    panels,
    rows,
    slivers,
    turn,
    vector,
)
from symc.compiler.codegen.product.epilogue import emit_epilogue
from symc.compiler.codegen.product.heights import heights
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.kernel.contraction import Contraction


def emit_family(b: KernelBuilder, tile: Tile, *, export: bool) -> None:
    """Define the functions of a tile; its entries, which alone are exported, take nest.ENTRY."""
    for vectors in micro.widths(tile):
        for height in dict.fromkeys((*heights(tile, vectors), *tile.rows)):
            micro.emit_micro(b, tile, height, vectors)
        micro.emit_strip(b, tile, vectors)
        if tile.masked_edges:
            slivers.emit_sliver_strip(b, tile, vectors)
    if tile.masked_edges:
        slivers.emit_turn(b, tile)
        slivers.emit_move(b, tile)
        slivers.emit_sliver_tile(b, tile)
    for emit in (pack.emit_copy, pack.emit_transpose, pack.emit_pack):
        emit(b, tile)
    cancel.emit_stop(b, tile)
    lanes.emit_spread(b, tile)
    for emit in (
        vector.emit_dots,
        vector.emit_sweep,
        chunks.emit_vector,
        columns.emit_columns,
        rows.emit_rows,
    ):
        emit(b, tile)
    gram.emit_mirror(b, tile)
    for emit in (panels.emit_panels, blocks.emit_blocks):
        emit(b, tile)
    turn.emit_turned(b, tile)
    emit_epilogue(b, Contraction(tile.dtype), tile, tile.name("finish"))
    nest.emit_nest(b, tile, export=export)
