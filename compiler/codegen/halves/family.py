"""The functions that all contractions of bfloat16 share: a batch of products, and its parts."""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.halves import amx
from symc.compiler.codegen.halves.blocks import emit_blocks
from symc.compiler.codegen.halves.tile import TILES
from symc.compiler.codegen.product import cancel, lanes
from symc.compiler.codegen.product.epilogue import emit_epilogue
from symc.compiler.codegen.product.finish import ONE
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int, choose, each, integer
from symc.compiler.codegen.product.lanes import JOB, MOST, call_spread, offered, with_threads
from symc.compiler.codegen.product.nest import ENTRY, emit_piece, emit_plain
from symc.compiler.codegen.product.scratch import carve
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.contraction import Contraction

SHARE = 1 << 23
"""Multiplications that are worth another thread: some 20 to 80 us."""

OVERHEAD = 1 << 12
"""Multiplications in the time in which a product begins and ends."""

THINNEST = 64
"""Rows or columns that a thread takes at least."""


def emit_halves(b: KernelBuilder, tile: Tile, *, export: bool) -> None:
    """Define the functions of a tile; its entries, which alone are exported, take nest.ENTRY."""
    cancel.emit_stop(b, tile)
    lanes.emit_spread(b, tile)
    emit_blocks(b, tile)
    emit_epilogue(b, Contraction("float32", factors="bfloat16"), tile, tile.name("finish"))
    emit_piece(b, tile)
    _emit_matrix(b, tile)
    _emit_part(b, tile)
    _emit_batch(b, tile, export=export)
    emit_plain(b, tile, export=export)


def _emit_batch(b: KernelBuilder, tile: Tile, *, export: bool) -> None:
    """Define the products of a batch of matrices: decide how, then run parts of the batch."""
    with b.function(tile.name("batch"), ENTRY, export=export) as (pointer, batch, scratch):
        frame = Frame(b, pointer)
        carve(frame, tile, scratch)
        lefts, rights = frame.load("left"), frame.load("right")
        m, n = frame.size("m"), frame.size("n")
        frame.store(batch=batch, lefts=lefts, rights=rights, out_rows=m, out_columns=n)
        frame.store(way=_way(frame), threads=1)
        across, within = _threads(frame, Int(b, batch))

        def run(several: Register) -> None:
            frame.store(threads=choose(several, within, 1))
            call_spread(frame, tile, "part", Int(b, batch), 1, choose(several, across, 1))

        with_threads(frame, tile, choose(across <= within, within, across), run)
        b.ret()


def _way(frame: Frame) -> Int:
    """Return whether AMX computes the products: where they are large and Linux lends it."""
    b, zero = frame.builder, integer(frame.builder, 0)
    if b.target.brain != "tiles":
        return zero
    pays = amx.pays(*(frame.size(field) for field in "mnk"))

    def ask() -> list[Register]:
        return [choose(amx.permitted(b), integer(b, TILES), zero).register]

    (way,) = b.when(pays, ask, lambda: [zero.register])
    return Int(b, way)


def _threads(frame: Frame, batch: Int) -> tuple[Int, Int]:
    """Return how many threads share the batch, and how many each of its products: one is 1."""
    b, one = frame.builder, integer(frame.builder, 1)
    m, n, k = (frame.size(field) for field in "mnk")
    cost = m * n * k + OVERHEAD
    work = cost * batch

    def several() -> list[Register]:
        most = offered(frame).at_most(MOST)
        across = b.bit_and(b.bit_not(batch <= 1), most <= batch)
        thick = choose(m <= n, n, m) // THINNEST
        by_work = (work // SHARE).at_most(most)
        within = (cost // SHARE).at_most(most).at_most(thick)
        return [choose(across, by_work, one).register, choose(across, one, within).register]

    found = b.when(work < 2 * SHARE, lambda: [one.register] * 2, several)
    across, within = (Int(b, count).at_least(1) for count in found)
    return across, within


def _emit_part(b: KernelBuilder, tile: Tile) -> None:
    """Define the products of some matrices of the batch."""
    with b.function(tile.name("part"), JOB, export=False) as (pointer, begin, end):
        frame = Frame(b, pointer)
        m, n, k = (frame.size(field) for field in "mnk")

        def one(i: Int) -> None:
            left = b.offset(frame.load("lefts"), tile.factors, (i * (m * k)).register)
            right = b.offset(frame.load("rights"), tile.factors, (i * (k * n)).register)
            frame.store(matrix=i, left=left, right=right)
            b.call(tile.name("matrix"), None, [pointer])

        each(Int(b, begin), Int(b, end), 1, one)
        b.ret()


def _emit_matrix(b: KernelBuilder, tile: Tile) -> None:
    """Define the product of two matrices on as many threads as share it.

    Each takes some columns of the output, or some rows where there are more of these.
    """
    with b.function(tile.name("matrix"), ONE, export=False) as (pointer,):
        frame = Frame(b, pointer)
        m, n, threads = frame.size("m"), frame.size("n"), frame.size("threads")
        by_columns = m <= n
        size = choose(by_columns, n, m)
        fair = ((size + threads - 1) // threads).at_least(1)
        unit = amx.BLOCK
        frame.store(by_columns=by_columns, threads=1)
        call_spread(frame, tile, "piece", size, (fair + (unit - 1)) // unit * unit, threads)
        frame.store(threads=threads)
        b.ret()
