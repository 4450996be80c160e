"""The functions that all contractions of one element type share."""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product import blocks, cancel, lanes, micro, nest, pack, vector
from symc.compiler.codegen.product.epilogue import emit_epilogue
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.kernel.contraction import Contraction


def emit_family(b: KernelBuilder, tile: Tile, *, export: bool) -> None:
    """Define the functions of a tile; its entries, which alone are exported, take nest.ENTRY."""
    for vectors in micro.widths(tile):
        for rows in tile.rows:
            micro.emit_micro(b, tile, rows, vectors)
        micro.emit_strip(b, tile, vectors)
    for emit in (pack.emit_copy, pack.emit_transpose, pack.emit_pack):
        emit(b, tile)
    cancel.emit_stop(b, tile)
    for emit in (vector.emit_dots, vector.emit_sweep, nest.emit_vector, blocks.emit_blocks):
        emit(b, tile)
    lanes.emit_shared(b, tile)
    emit_epilogue(b, Contraction(tile.dtype), tile, tile.name("finish"))
    nest.emit_batch(b, tile, export=export)
    nest.emit_plain(b, tile, export=export)
