"""The loops around micro-kernels and vector products: blocks, packing, and finishing hot tiles."""

from __future__ import annotations

from dataclasses import dataclass

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.integers import Int, Matrix, choose, each, integer
from symc.compiler.codegen.product.micro import strip_name, widths
from symc.compiler.codegen.product.tile import LINE, Tile
from symc.compiler.codegen.register import ITEMSIZE, Register

# What a contraction supplies: writes a tile of finished sums to the output.
# (context, sums, their row stride, rows, columns, first row, first column, number of the matrix)
FINISH = (
    ("context", "ptr"),
    ("sums", "ptr"),
    ("sums_row", "int64"),
    ("rows", "int64"),
    ("columns", "int64"),
    ("first_row", "int64"),
    ("first_column", "int64"),
    ("matrix", "int64"),
)
OPERANDS = (
    ("left", "ptr"),
    ("left_row", "int64"),
    ("left_column", "int64"),
    ("right", "ptr"),
    ("right_row", "int64"),
    ("right_column", "int64"),
)
SIZES = (("m", "int64"), ("n", "int64"), ("k", "int64"))
# `direct` is 1 where the sums are the output: these may then be written and continued in place.
ONE = (
    ("finish", "ptr"),
    ("context", "ptr"),
    ("matrix", "int64"),
    ("direct", "int64"),
    *OPERANDS,
    ("out", "ptr"),
    *SIZES,
    ("work", "ptr"),
)
BATCH = (
    ("finish", "ptr"),
    ("context", "ptr"),
    ("batch", "int64"),
    ("direct", "int64"),
    *OPERANDS,
    ("out", "ptr"),
    *SIZES,
    ("work", "ptr"),
)

CONTEXT = 64  # bytes before the scratch memory that hold the context of a plain product
FEW_ROWS = 28  # with so few, packing the right operand costs more than it saves
RESIDENT = 360_000  # elements of a right operand that stay in the cache by themselves
NOT_MANY_ROWS = 512


def panel_elements(tile: Tile) -> int:
    """Return the elements of packed panels of the right operand."""
    return tile.block_k * (tile.block_n + tile.width)


def left_rows(tile: Tile) -> tuple[int, int]:
    """Return the row strides of packed blocks of a left operand stored by rows and by columns.

    They are a cache line longer than the rows, lest all rows fall into one set of the cache.
    """
    pad = LINE // ITEMSIZE[tile.dtype]
    return tile.block_k + pad, tile.block_m + pad


def left_elements(tile: Tile) -> int:
    """Return the elements of a packed block of the left operand."""
    by_rows, by_columns = left_rows(tile)
    return max(tile.block_m * by_rows, tile.block_k * by_columns)


def sum_elements(tile: Tile) -> int:
    """Return the elements of unfinished sums."""
    return tile.span * (tile.block_n + tile.width)


def work_elements(tile: Tile) -> int:
    """Return the elements of scratch memory that a product uses at most."""
    return panel_elements(tile) + left_elements(tile) + sum_elements(tile)


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """The parameters of one matrix product, in generated code."""

    builder: KernelBuilder
    tile: Tile
    finish: Register
    context: Register
    matrix: Register
    direct: Register
    left: Matrix
    right: Matrix
    out: Matrix
    m: Int
    n: Int
    k: Int
    panels: Register
    block: Register
    sums: Register

    def call_finish(
        self, sums: Register, row: Int, rows: Int, columns: Int, i: Int, j: Int
    ) -> None:
        """Let the contraction finish a tile of sums that begins at (i, j) of the output."""
        sizes = [x.register for x in (row, rows, columns, i, j)]
        self.builder.call_pointer(self.finish, None, [self.context, sums, *sizes, self.matrix])

    def call(self, part: str, *arguments: Register | Int) -> None:
        """Call a function of the family."""
        registers = [x.register if isinstance(x, Int) else x for x in arguments]
        self.builder.call(part, None, registers)


def product_of(b: KernelBuilder, tile: Tile, parameters: list[Register]) -> Product:
    """Read the parameters ONE."""
    finish, context, matrix, direct, left, left_row, left_column, right, *rest = parameters
    right_row, right_column, out, m, n, k, work = rest
    block = b.offset(work, tile.dtype, panel_elements(tile))
    return Product(
        b,
        tile,
        finish,
        context,
        matrix,
        b.not_equal(direct, b.constant("int64", 0)),
        Matrix(left, tile.dtype, Int(b, left_row), Int(b, left_column)),
        Matrix(right, tile.dtype, Int(b, right_row), Int(b, right_column)),
        Matrix(out, tile.dtype, Int(b, n), integer(b, 1)),
        Int(b, m),
        Int(b, n),
        Int(b, k),
        work,
        block,
        b.offset(block, tile.dtype, left_elements(tile)),
    )


def emit_batch(b: KernelBuilder, tile: Tile, *, export: bool) -> None:
    """Define the products of a batch of matrices, one after the other."""
    with b.function(tile.name("batch"), BATCH, export=export) as parameters:
        finish, context, batch, direct, left, left_row, left_column, right, *rest = parameters
        right_row, right_column, out, m, n, k, work = rest
        zero, one = integer(b, 0), integer(b, 1)

        def stacked(pointer: Register, rows: Register, columns: Register) -> Matrix:
            return Matrix(pointer, tile.dtype, Int(b, rows) * Int(b, columns), one)

        lefts, rights, outs = stacked(left, m, k), stacked(right, k, n), stacked(out, m, n)

        def matrix(i: Int) -> None:
            arguments = [finish, context, i.register, direct]
            arguments += [lefts.at(i, zero), left_row, left_column]
            arguments += [rights.at(i, zero), right_row, right_column, outs.at(i, zero)]
            b.call(tile.name("one"), None, [*arguments, m, n, k, work])

        each(zero, Int(b, batch), 1, matrix)
        b.ret()


def emit_one(b: KernelBuilder, tile: Tile) -> None:
    """Define one product: with a vector on either side, or of two matrices."""
    with b.function(tile.name("one"), ONE, export=False) as parameters:
        m, n = (Int(b, r) for r in parameters[-4:-2])
        b.when(
            b.bit_or(m.is_(1), n.is_(1)),
            lambda: _call(b, tile.name("vector"), parameters),
            lambda: _call(b, tile.name("blocks"), parameters),
        )
        b.ret()


def _call(b: KernelBuilder, name: str, arguments: list[Register]) -> None:
    b.call(name, None, arguments)


# A vector on one side ---------------------------------------------------------------------------


def emit_vector(b: KernelBuilder, tile: Tile) -> None:
    """Define the product of the vector left with the matrix right (m = 1), or the other way."""
    with b.function(tile.name("vector"), ONE, export=False) as parameters:
        p = product_of(b, tile, parameters)
        flat = p.m.is_(1)
        count = choose(flat, p.n, p.m)
        x = b.select(flat, p.left.pointer, p.right.pointer)
        matrix = Matrix(
            b.select(flat, p.right.pointer, p.left.pointer),
            tile.dtype,
            choose(flat, p.right.column, p.left.row),
            choose(flat, p.right.row, p.left.column),
        )
        other = b.bit_or(b.bit_not(matrix.row.is_(1)), count.is_(1))
        by_rows = b.bit_and(matrix.column.is_(1), other)
        zero = integer(b, 0)

        def chunk(i: Int) -> None:
            size = (count - i).at_most(tile.block_n)
            place = b.offset(p.out.pointer, tile.dtype, i.register)
            y, start = b.select(p.direct, place, p.sums), matrix.at(i, zero)
            b.when(
                by_rows,
                lambda: p.call(tile.name("dots"), size, p.k, start, matrix.row, x, y),
                lambda: p.call(tile.name("sweep"), size, p.k, start, matrix.column, x, y),
            )
            rows, columns = choose(flat, integer(b, 1), size), choose(flat, size, 1)
            row, column = choose(flat, zero, i), choose(flat, i, 0)
            b.when(
                b.bit_not(p.direct),
                lambda: p.call_finish(y, integer(b, 1), rows, columns, row, column),
            )

        each(zero, count, tile.block_n, chunk)
        b.ret()


# Two matrices -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One round of the loops over blocks.

    first, columns   the block's columns of the output
    packed     its columns from here on are packed
    k, depth   its part of the sums; `begins` and `ends` tell whether these are the first and last
    """

    first: Int
    columns: Int
    packed: Int
    k: Int
    depth: Int
    begins: Register
    ends: Register


def emit_blocks(b: KernelBuilder, tile: Tile) -> None:
    """Define the product of two matrices, block by block.

    A small right operand stored by rows is used where it lies; only columns past the last whole
    panel are packed. Sums over several blocks of k wait in the output where that is `direct`, else
    in scratch memory, as the output may be an operand of the epilogue.
    """
    with b.function(tile.name("blocks"), ONE, export=False) as parameters:
        p = product_of(b, tile, parameters)
        resident = b.bit_and(p.n * p.k <= RESIDENT, p.m <= NOT_MANY_ROWS)
        small = b.bit_or(p.m <= FEW_ROWS, resident)
        in_place = b.bit_and(small, p.right.column.is_(1))
        pack_left = b.bit_and(b.bit_not(small), b.bit_not(p.n <= 2 * tile.width))
        several = b.bit_not(p.k <= tile.block_k)
        zero = integer(b, 0)

        def rounds(j: Int, i: Int) -> None:
            columns = (p.n - j).at_most(tile.block_n)
            width = b.constant("int64", tile.width)
            whole = columns - Int(b, b.remainder(columns.register, width))
            packed = choose(in_place, whole, 0)

            def depth(k: Int) -> None:
                size, ends = (p.k - k).at_most(tile.block_k), k + tile.block_k >= p.k
                block = Block(j, columns, packed, k, size, k.is_(0), ends)
                wanted = b.bit_and(b.bit_or(i.is_(0), several), packed < columns)
                b.when(wanted, lambda: _pack(p, block))
                rows = (p.m - i).at_most(tile.span)
                each(zero, rows, tile.block_m, lambda r: _rows(p, block, pack_left, several, i, r))

            each(zero, p.k.at_least(1), tile.block_k, depth)

        each(zero, p.n, tile.block_n, lambda j: each(zero, p.m, tile.span, lambda i: rounds(j, i)))
        b.ret()


def _pack(p: Product, block: Block) -> None:
    """Pack the right operand's columns that are not used where they lie."""
    source = p.right.at(block.k, block.first + block.packed)
    panels = p.builder.offset(p.panels, p.tile.dtype, (block.packed * block.depth).register)
    p.call(
        p.tile.name("pack"),
        block.depth,
        block.columns - block.packed,
        source,
        p.right.row,
        p.right.column,
        panels,
    )


def _rows(p: Product, block: Block, pack_left: Register, several: Register, i: Int, r: Int) -> None:
    """Compute a block of rows of all panels; r is the first of them after row i."""
    b, tile = p.builder, p.tile
    first = i + r
    rows = (p.m - first).at_most(tile.block_m)
    left = p.left.part(first, block.k)
    by_rows, by_columns = left_rows(tile)
    stored_by_rows = left.column.is_(1)
    copied = Matrix(
        p.block,
        tile.dtype,
        choose(stored_by_rows, integer(b, by_rows), 1),
        choose(stored_by_rows, integer(b, 1), by_columns),
    )

    def copy() -> None:
        p.call(
            tile.name("copy"),
            choose(stored_by_rows, rows, block.depth),
            choose(stored_by_rows, block.depth, rows),
            left.pointer,
            choose(stored_by_rows, left.row, left.column),
            p.block,
            choose(stored_by_rows, integer(b, by_rows), by_columns),
        )

    b.when(pack_left, copy)
    used = Matrix(
        b.select(pack_left, copied.pointer, left.pointer),
        tile.dtype,
        choose(pack_left, copied.row, left.row),
        choose(pack_left, copied.column, left.column),
    )
    each(
        integer(b, 0),
        block.columns,
        tile.width,
        lambda j: _panel(p, block, used, several, first, rows, r, j),
    )


def _panel(
    p: Product,
    block: Block,
    left: Matrix,
    several: Register,
    first: Int,
    rows: Int,
    r: Int,
    j: Int,
) -> None:
    """Compute a strip of one panel, and finish it after the last block of k."""
    b, tile = p.builder, p.tile
    zero = integer(b, 0)
    columns = (block.columns - j).at_most(tile.width)
    in_place = j < block.packed
    panel = b.offset(p.panels, tile.dtype, (j * block.depth).register)
    right = b.select(in_place, p.right.at(block.k, block.first + j), panel)
    right_row = choose(in_place, p.right.row, tile.width)
    straight = b.bit_and(p.direct, columns.is_(tile.width))
    kept = choose(several, j * tile.span + r * tile.width, 0)
    waiting = b.offset(p.sums, tile.dtype, kept.register)
    sums = b.select(straight, p.out.at(first, block.first + j), waiting)
    row = choose(straight, p.out.row, tile.width)
    zeros = b.data(bytes(tile.width * ITEMSIZE[tile.dtype]), LINE)
    initial = b.select(block.begins, zeros, sums)
    initial_row = choose(block.begins, zero, row)
    arguments: list[Register | Int] = [rows, block.depth, *left.arguments(), right, right_row]
    arguments += [initial, initial_row, sums, row]
    _strip(p, columns, arguments)
    b.when(
        b.bit_and(block.ends, b.bit_not(straight)),
        lambda: p.call_finish(sums, row, rows, columns, first, block.first + j),
    )


def _strip(p: Product, columns: Int, arguments: list[Register | Int]) -> None:
    """Call the strip that is wide enough for the columns."""
    full, *narrow = (strip_name(p.tile, vectors) for vectors in widths(p.tile))
    if not narrow:
        p.call(full, *arguments)
        return
    p.builder.when(
        columns <= p.tile.step,
        lambda: p.call(narrow[0], *arguments),
        lambda: p.call(full, *arguments),
    )
