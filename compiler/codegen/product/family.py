"""The functions that all contractions of one element type share."""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product import micro, nest, pack, vector
from symc.compiler.codegen.product.epilogue import (
    emit_epilogue,
    store_context,
)
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.kernel.contraction import Contraction

# A product that is the output itself, without an epilogue.
PLAIN = (*nest.OPERANDS, ("out", "ptr"), ("batch", "int64"), *nest.SIZES, ("work", "ptr"))


def emit_family(b: KernelBuilder, tile: Tile, *, export: bool) -> None:
    """Define the functions of a tile; the entries, alone exported, are 'batch' and 'plain'.

    `tile.name` gives their names, nest.BATCH and PLAIN their parameters.
    """
    for vectors in micro.widths(tile):
        for rows in tile.rows:
            micro.emit_micro(b, tile, rows, vectors)
        micro.emit_strip(b, tile, vectors)
    for emit in (pack.emit_copy, pack.emit_transpose, pack.emit_pack):
        emit(b, tile)
    for emit in (vector.emit_dots, vector.emit_sweep, nest.emit_vector, nest.emit_blocks):
        emit(b, tile)
    nest.emit_one(b, tile)
    nest.emit_batch(b, tile, export=export)
    emit_epilogue(b, Contraction(tile.dtype), tile, tile.name("finish"))
    _emit_plain(b, tile, export=export)


def _emit_plain(b: KernelBuilder, tile: Tile, *, export: bool) -> None:
    """Define products whose finished sums are written where they belong."""
    with b.function(tile.name("plain"), PLAIN, export=export) as parameters:
        *operands, out, batch, m, n, k, work = parameters
        context, scratch = work, b.offset(work, "uint8", nest.CONTEXT)
        store_context(b, context, [out], m, n)
        finish, direct = b.address(tile.name("finish")), b.constant("int64", 1)
        arguments = [finish, context, batch, direct, *operands, out, m, n, k, scratch]
        b.call(tile.name("batch"), None, arguments)
        b.ret()
