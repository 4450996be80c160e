"""The loops of a product of two matrices: blocks, packing, strips, finishing hot tiles."""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.cancel import unless_stopped
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int, choose, each, integer
from symc.compiler.codegen.product.micro import strip_name, widths
from symc.compiler.codegen.product.nest import ONE, call_finish
from symc.compiler.codegen.product.pack import STREAMS
from symc.compiler.codegen.product.scratch import left_rows
from symc.compiler.codegen.product.tile import LINE, Tile
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.dataclass import dataclass

FEW_ROWS = 64  # with so few, packing the right operand costs more than it saves
RESIDENT = 1_440_000  # bytes of a right operand that stay in the cache by themselves
NOT_MANY_ROWS = 512
SHALLOW = 64  # with a k so small, reading and writing the output takes most of the time
LOW = 24  # rows of an output that are gone through side by side then
NARROW = 2  # panels that are packed before they are used by few rows, and so are still in the cache


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is decided before the loops.

    in_place   whether whole panels of the right operand are used where they lie
    pack_left  whether blocks of the left operand are copied
    wide       columns of the output that are one block
    deep       rows of the right operand that are one block of k
    high       rows of the left operand that are one block
    several    whether there are several blocks of k
    direct     whether sums are the output
    """

    frame: Frame
    tile: Tile
    in_place: Register
    pack_left: Register
    wide: Int
    deep: Int
    high: Int
    several: Register
    direct: Register


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One round of the loops over blocks.

    first, columns   the block's columns of the output
    packed           its columns from here on are packed
    begins, ends     whether its part of k is the first, and the last
    """

    first: Int
    columns: Int
    packed: Int
    k: Int
    depth: Int
    begins: Register
    ends: Register


def emit_blocks(b: KernelBuilder, tile: Tile) -> None:
    """Define the product of two matrices, or a part of it, block by block.

    Sums over several blocks of k wait in the output where that is `direct`, else in scratch memory,
    as the output may be an operand of the epilogue.
    """
    with b.function(tile.name("blocks"), ONE, export=False) as (pointer,):
        frame, zero = Frame(b, pointer), integer(b, 0)
        plan = _plan(frame, tile)

        def span(j: Int, i: Int) -> None:
            k = frame.size("k")
            each(zero, k.at_least(1), plan.deep, lambda p: depth(j, i, p))

        def depth(j: Int, i: Int, p: Int) -> None:
            unless_stopped(frame, tile, lambda: _depth(plan, j, i, p))

        def columns(j: Int) -> None:
            rows = frame.size("row_begin"), frame.size("row_end")
            each(*rows, tile.span, lambda i: span(j, i))

        each(frame.size("column_begin"), frame.size("column_end"), plan.wide, columns)
        b.ret()


def _plan(frame: Frame, tile: Tile) -> Plan:
    """Decide by the sizes; a small right operand stored by rows is used where it lies."""
    b = frame.builder
    m, n, k = (frame.size(field) for field in "mnk")
    resident = b.bit_and(n * k <= RESIDENT // ITEMSIZE[tile.dtype], m <= NOT_MANY_ROWS)
    small = b.bit_or(m <= FEW_ROWS, resident)
    in_place = b.bit_and(small, frame.size("right_column").is_(1))
    wide, deep, high = _block(frame, tile, in_place, b.bit_and(in_place, b.bit_not(resident)))
    return Plan(
        frame,
        tile,
        in_place,
        b.bit_not(b.bit_or(small, n <= 2 * tile.width)),
        wide,
        deep,
        high,
        b.bit_not(k <= deep),
        b.not_equal(frame.load("direct"), b.constant("int64", 0)),
    )


def _block(frame: Frame, tile: Tile, in_place: Register, far: Register) -> tuple[Int, Int, Int]:
    """Return a block's columns, its part of k, and the rows of the left operand's.

    Memory that no cache holds is read by few rows at once, all along their length: that is what
    processors foresee. A right operand used where it lies, of which `far` says that it is so, gets
    blocks of few rows, and so does an output that takes more time than its sums.
    """
    b = frame.builder
    few = b.bit_and(frame.size("m") <= FEW_ROWS, b.bit_not(in_place))
    wide = choose(few, integer(b, NARROW * tile.width), tile.block_n)
    deep = choose(far, integer(b, STREAMS), tile.block_k)
    return wide, deep, choose(frame.size("k") <= SHALLOW, integer(b, LOW), tile.block_m)


def _depth(plan: Plan, j: Int, i: Int, k: Int) -> None:
    """Compute all columns of a block from j on, for a span of rows from i on and a part of k."""
    frame, tile, b = plan.frame, plan.tile, plan.frame.builder
    columns = (frame.size("column_end") - j).at_most(plan.wide)
    width = b.constant("int64", tile.width)
    ragged = Int(b, b.remainder(columns.register, width))
    packed = choose(plan.in_place, columns - ragged, 0)
    depth = (frame.size("k") - k).at_most(plan.deep)
    ends = k + plan.deep >= frame.size("k")
    block = Block(j, columns, packed, k, depth, k.is_(0), ends)
    frame.store(depth=depth)
    starts = b.bit_or(i.is_(frame.size("row_begin")), plan.several)
    wanted = b.bit_and(starts, packed < columns)
    b.when(wanted, lambda: _pack(plan, block))
    rows = (frame.size("row_end") - i).at_most(tile.span)
    each(integer(b, 0), rows, plan.high, lambda r: _rows(plan, block, i, r))


def _pack(plan: Plan, block: Block) -> None:
    """Pack the right operand's columns that are not used where they lie."""
    frame, tile, b = plan.frame, plan.tile, plan.frame.builder
    right = frame.matrix("right", tile.dtype)
    source = right.at(block.k, block.first + block.packed)
    panels = b.offset(frame.load("panels"), tile.dtype, (block.packed * block.depth).register)
    sizes = block.depth.register, (block.columns - block.packed).register
    strides = right.row.register, right.column.register
    b.call(tile.name("pack"), None, [*sizes, source, *strides, panels])


def _rows(plan: Plan, block: Block, i: Int, r: Int) -> None:
    """Compute a block of rows of all panels; r is the first of them after row i."""
    frame, tile, b = plan.frame, plan.tile, plan.frame.builder
    first = i + r
    rows = (frame.size("row_end") - first).at_most(plan.high)
    left = frame.matrix("left", tile.dtype).part(first, block.k)
    by_rows = left.column.is_(1)
    lengths = [integer(b, length) for length in left_rows(tile)]
    length = choose(by_rows, *lengths)

    def copy() -> list[Register]:
        sizes = choose(by_rows, rows, block.depth), choose(by_rows, block.depth, rows)
        stride, copied = choose(by_rows, left.row, left.column), frame.load("block")
        arguments = [*(size.register for size in sizes), left.pointer, stride.register]
        b.call(tile.name("copy"), None, [*arguments, copied, length.register])
        one = integer(b, 1)
        row, column = choose(by_rows, length, one), choose(by_rows, one, length)
        return [copied, row.register, column.register]

    used, row, column = b.when(plan.pack_left, copy, lambda: list(left.arguments()))
    frame.store(block_row=row, block_column=column)
    panels = (integer(b, 0), block.columns, tile.width)
    each(*panels, lambda j: _panel(plan, block, used, (first, rows, r), j))


def _panel(plan: Plan, block: Block, left: Register, place: tuple[Int, Int, Int], j: Int) -> None:
    """Compute a strip of the panel at j, and finish it after the last block of k.

    The place is the strip's first row, the number of its rows, and its first row in the span.
    """
    frame, tile, b = plan.frame, plan.tile, plan.frame.builder
    first, rows, r = place
    columns = (block.columns - j).at_most(tile.width)
    in_place, right = j < block.packed, frame.matrix("right", tile.dtype)
    packed = b.offset(frame.load("panels"), tile.dtype, (j * block.depth).register)
    panel = b.select(in_place, right.at(block.k, block.first + j), packed)
    straight = b.bit_and(plan.direct, columns.is_(tile.width))
    kept = choose(plan.several, j * tile.span + r * tile.width, 0)
    waiting = b.offset(frame.load("sums"), tile.dtype, kept.register)
    index = (first * frame.size("n") + block.first + j).register
    sums = b.select(straight, b.offset(frame.load("target"), tile.dtype, index), waiting)
    row = choose(straight, frame.size("n"), tile.width)
    zeros = b.data(bytes(tile.width * ITEMSIZE[tile.dtype]), LINE)
    frame.store(
        panel=panel,
        panel_row=choose(in_place, right.row, tile.width),
        initial_row=choose(block.begins, integer(b, 0), row),
        sums_row=row,
    )
    initial = b.select(block.begins, zeros, sums)
    _strip(plan, columns, [frame.pointer, left, initial, sums, rows.register])
    corner = (first, block.first + j)
    b.when(
        b.bit_and(block.ends, b.bit_not(straight)),
        lambda: call_finish(frame, sums, row, rows, columns, *corner),
    )


def _strip(plan: Plan, columns: Int, arguments: list[Register]) -> None:
    """Call the strip that is wide enough for the columns."""
    b = plan.frame.builder

    def call(vectors: int) -> None:
        b.call(strip_name(plan.tile, vectors), None, arguments)

    full, *narrow = widths(plan.tile)
    if narrow:
        b.when(columns <= plan.tile.step, lambda: call(narrow[0]), lambda: call(full))
    else:
        call(full)
