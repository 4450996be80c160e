"""The entries of the family: a batch of products, its parts, and each product in its way."""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.blocks import pack, usable
from symc.compiler.codegen.product.cancel import unless_stopped
from symc.compiler.codegen.product.finish import ONE, call_finish
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.gram import recognise
from symc.compiler.codegen.product.integers import Int, choose, each, integer
from symc.compiler.codegen.product.lanes import JOB, call_spread, with_threads
from symc.compiler.codegen.product.micro import strip_name, widths, zeros
from symc.compiler.codegen.product.plan import BLOCKS, COLUMNS, NARROW, ROWS, SINGLE, VECTOR, decide
from symc.compiler.codegen.product.scratch import carve
from symc.compiler.codegen.product.threads import (
    count_threads,
    length_of_part,
    length_of_piece,
    rows_of_block,
)
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.product.turn import turn_if_narrow
from symc.compiler.codegen.register import Register

# A frame with the contraction's fields, the operands and the sizes; scratch memory besides it.
WAYS = {
    VECTOR: "vector",
    COLUMNS: "columns",
    ROWS: "few_rows",
    NARROW: "narrow",
    SINGLE: "single",
    BLOCKS: "matrix",
}

ENTRY = (("frame", "ptr"), ("batch", "int64"), ("scratch", "ptr"))


def emit_nest(b: KernelBuilder, tile: Tile, *, export: bool) -> None:
    """Define the entries and what they call, from the inside out."""
    emit_piece(b, tile)
    _emit_matrix(b, tile)
    _emit_narrow(b, tile)
    _emit_single(b, tile)
    _emit_part(b, tile)
    _emit_batch(b, tile, export=export)
    emit_plain(b, tile, export=export)


def emit_plain(b: KernelBuilder, tile: Tile, *, export: bool) -> None:
    """Define the batch whose sums are the output: the frame need not say how to finish."""
    with b.function(tile.name("plain"), ENTRY, export=export) as parameters:
        frame = Frame(b, parameters[0])
        frame.store(finish=b.address(tile.name("finish")), direct=1)
        b.call(tile.name("batch"), None, parameters)
        b.ret()


def _emit_batch(b: KernelBuilder, tile: Tile, *, export: bool) -> None:
    """Define the products of a batch of matrices: decide how, then run parts of the batch."""
    with b.function(tile.name("batch"), ENTRY, export=export) as (pointer, batch, scratch):
        frame = Frame(b, pointer)
        carve(frame, tile, scratch)
        turn_if_narrow(frame, tile)
        recognise(frame, tile)
        lefts, rights = frame.load("left"), frame.load("right")
        frame.store(batch=batch, lefts=lefts, rights=rights, threads=1)
        decide(frame, tile)
        way = frame.size("way")
        small = b.bit_or(way.is_(NARROW), way.is_(SINGLE))
        b.when(small, lambda: _prepare_single(frame, tile))
        across, within = count_threads(frame, tile)
        part = length_of_part(frame)

        def run(several: Register) -> None:
            frame.store(threads=choose(several, within, 1))
            together = b.bit_and(several, frame.flag("pack_left"))
            b.when(together, lambda: frame.store(high=rows_of_block(frame, tile)))
            call_spread(frame, tile, "part", Int(b, batch), part, choose(several, across, 1))

        with_threads(frame, tile, choose(across <= within, within, across), run)
        b.ret()


def _prepare_single(frame: Frame, tile: Tile) -> None:
    """Fill in the block that every product of the batch is."""
    in_place = frame.flag("in_place")
    n, usable_columns = frame.size("n"), usable(tile, frame.size("n"))
    left_row, left_column = frame.load("left_row"), frame.load("left_column")
    frame.store(
        first=0,
        columns=n,
        packed=choose(in_place, usable_columns, 0),
        span_begin=0,
        inner=0,
        depth=frame.size("k"),
        begins=1,
        ends=1,
        row=0,
        block_row=left_row,
        block_column=left_column,
        panel_row=frame.load("right_row"),
        strip_columns=n,
        initial_row=0,
    )


def _emit_part(b: KernelBuilder, tile: Tile) -> None:
    """Define the products of some matrices of the batch."""
    with b.function(tile.name("part"), JOB, export=False) as (pointer, begin, end):
        frame = Frame(b, pointer)
        unless_stopped(frame, tile, lambda: _part(frame, tile, Int(b, begin), Int(b, end)))
        b.ret()


def _part(frame: Frame, tile: Tile, begin: Int, end: Int) -> None:
    b = frame.builder
    m, n, k = (frame.size(field) for field in "mnk")
    starts = {"left": "lefts", "right": "rights", "target": "out"}
    extents = {"left": m * k, "right": k * n, "target": m * n}

    def place(i: Int) -> None:
        here = {
            name: b.offset(frame.load(start), tile.dtype, (i * extents[name]).register)
            for name, start in starts.items()
        }
        frame.store(matrix=i, **here)

    way, function = frame.size("way"), b.address(tile.name(WAYS[BLOCKS]))
    for number in (VECTOR, COLUMNS, ROWS, NARROW, SINGLE):
        function = b.select(way.is_(number), b.address(tile.name(WAYS[number])), function)

    def one(i: Int) -> None:
        place(i)
        b.call_pointer(function, None, [frame.pointer])

    frame.store(panels=frame.load("own_panels"), waiting=frame.load("own_sums"))
    each(begin, end, 1, one)


def _emit_narrow(b: KernelBuilder, tile: Tile) -> None:
    """Define a product that is one strip of narrow tiles."""
    with b.function(tile.name("narrow"), ONE, export=False) as (pointer,):
        frame = Frame(b, pointer)
        direct, m, n = frame.flag("direct"), frame.size("m"), frame.size("n")
        sums = b.select(direct, frame.load("target"), frame.load("own_sums"))
        frame.store(panel=frame.load("right"), sums_row=n)
        arguments = [pointer, frame.load("left"), zeros(b, tile), sums, m.register]
        b.call(strip_name(tile, widths(tile)[-1]), None, arguments)
        sizes = n, m, n, integer(b, 0), integer(b, 0)
        b.when(b.bit_not(direct), lambda: call_finish(frame, sums, *sizes))
        b.ret()


def _emit_single(b: KernelBuilder, tile: Tile) -> None:
    """Define a product that is a single block: most of the frame is filled before the batch."""
    with b.function(tile.name("single"), ONE, export=False) as (pointer,):
        frame = Frame(b, pointer)
        packed, columns = frame.size("packed"), frame.size("columns")
        b.when(packed < columns, lambda: pack(frame, tile, packed, columns - packed))
        rows = [frame.load("left"), frame.load("m")]
        b.call(tile.name("panels"), None, [pointer, *rows])
        b.ret()


def _emit_matrix(b: KernelBuilder, tile: Tile) -> None:
    """Define the product of two matrices on as many threads as share it.

    Where blocks of both operands are copied, threads share the copies, block by block; else each
    computes pieces of the output by itself.
    """
    with b.function(tile.name("matrix"), ONE, export=False) as (pointer,):
        frame, zero = Frame(b, pointer), integer(b, 0)
        m, n, threads = frame.size("m"), frame.size("n"), frame.size("threads")
        frame.store(row_begin=zero, row_end=m, column_begin=zero, column_end=n)
        together = b.bit_or(threads <= 1, frame.flag("pack_left"))

        def pieces() -> None:
            by_columns, size, step = length_of_piece(frame, tile)
            frame.store(by_columns=by_columns, threads=1)
            call_spread(frame, tile, "piece", size, step, threads)
            frame.store(threads=threads)

        def whole() -> None:
            b.call(tile.name("blocks"), None, [pointer])

        b.when(together, whole, pieces)
        b.ret()


def emit_piece(b: KernelBuilder, tile: Tile) -> None:
    """Define some columns of the output, or some rows."""
    with b.function(tile.name("piece"), JOB, export=False) as (pointer, begin, end):
        frame, zero = Frame(b, pointer), integer(b, 0)
        by_columns, lower, upper = frame.flag("by_columns"), Int(b, begin), Int(b, end)
        frame.store(
            row_begin=choose(by_columns, zero, lower),
            row_end=choose(by_columns, frame.size("m"), upper),
            column_begin=choose(by_columns, lower, zero),
            column_end=choose(by_columns, upper, frame.size("n")),
        )
        b.call(tile.name("blocks"), None, [pointer])
        b.ret()
