"""Decides, once for a batch, how its products are computed: what is packed, how large blocks are.

It depends on sizes and strides alone, never on threads: the bits of a product do not either.
"""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.columns import has_few_columns
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int, choose, integer
from symc.compiler.codegen.product.rows import has_few_rows
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import ITEMSIZE, Register

VECTOR, COLUMNS, ROWS, NARROW, SINGLE, BLOCKS = range(6)
"""The ways: with a vector, with few columns, of few rows, one strip, one block, block by block."""

FEW_ROWS = 64  # with so few, packing the right operand costs more than it saves
RESIDENT = 1_440_000  # bytes of a right operand that stay in the cache by themselves
NOT_MANY_ROWS = 512  # of a narrow output that is computed so
LITTLE = (470_000_000, 36_000_000)
"""Bytes that multiplications take of a right operand, up to which packing costs more than it saves:
where the left one is stored by rows, and by columns."""
SHALLOW = 64  # with a k so small, reading and writing the output takes most of the time
LOW = 28  # rows of an output that are gone through side by side then
FRESH = 2  # panels that are packed before they are used by few rows, and so are still in the cache
LARGE = 9_000_000  # bytes of a right operand whose rows' pages are too many to be found at once
WORTH_PACKING = 40  # rows from which on it is packed then
HALF_PAGE = 2048  # bytes of each of its rows that are packed then, before they are used
FAR = (32, 128)  # rows of a far right operand that are read side by side: for two tiles, for more
NEAR = 32_768  # elements that may be packed as a whole for few rows, or of a single strip
SMALL = 1 << 21  # multiplications up to which a product is not worth several threads
TINY = 32  # a sum of so few products with a vector is a single block too


def decide(frame: Frame, tile: Tile) -> None:
    """Store how the products of a batch are computed: all but for one decision of `lanes`.

    in_place   whether whole panels of the right operand are used where they lie
    pack_left  whether blocks of the left operand are copied
    slivers    whether they are packed then as tiles read them, which a triangle's do not
    wide       columns of the output that are one block
    deep       rows of the right operand that are one block of k
    high       rows of the left operand that are one block
    several    whether there are several blocks of k
    """
    b = frame.builder
    m, n, k = (frame.size(field) for field in "mnk")
    resident = _resident(frame, tile)
    small = b.bit_or(m <= FEW_ROWS, resident)
    large = _large(frame, tile)
    in_place = b.bit_and(b.bit_and(small, frame.size("right_column").is_(1)), b.bit_not(large))
    few = b.bit_and(m <= FEW_ROWS, b.bit_not(in_place))
    far = b.bit_and(in_place, b.bit_not(resident))
    streams = choose(m <= 2 * tile.rows[0], *(integer(b, rows) for rows in FAR))
    pack_left = b.bit_not(b.bit_or(small, n <= 2 * tile.width))
    slivers = b.bit_and(pack_left, b.bit_not(frame.flag("gram")))
    slivers = b.bit_and(slivers, b.constant("bool", int(tile.masked_edges)))
    deep = choose(far, streams, tile.block_k)
    wider = HALF_PAGE // ITEMSIZE[tile.dtype] // tile.width
    fresh = choose(large, integer(b, wider * tile.width), FRESH * tile.width)
    frame.store(
        in_place=in_place,
        pack_left=pack_left,
        slivers=slivers,
        wide=choose(few, fresh, tile.block_n),
        deep=deep,
        high=choose(k <= SHALLOW, integer(b, LOW), tile.block_m),
        several=b.bit_not(k <= deep),
        way=_way(frame, tile, b.bit_and(small, resident)),
    )


def _resident(frame: Frame, tile: Tile) -> Register:
    """Return whether operands are used where they lie, near enough and not too often."""
    b, size = frame.builder, ITEMSIZE[tile.dtype]
    m, n, k = (frame.size(field) for field in "mnk")
    by_rows, by_columns = (integer(b, most // size) for most in LITTLE)
    seldom = m * n * k <= choose(frame.size("left_column").is_(1), by_rows, by_columns)
    few = b.bit_or(m <= NOT_MANY_ROWS, b.bit_not(n <= 2 * tile.width))
    return b.bit_and(n * k <= RESIDENT // size, b.bit_and(seldom, few))


def _large(frame: Frame, tile: Tile) -> Register:
    """Return whether a right operand stored by rows is packed even for few of the left one."""
    b = frame.builder
    m, n, k = (frame.size(field) for field in "mnk")
    fits = n * k <= LARGE // ITEMSIZE[tile.dtype]
    large = b.bit_not(b.bit_or(fits, m < WORTH_PACKING))
    return b.bit_and(large, frame.size("right_column").is_(1))


def _way(frame: Frame, tile: Tile, small: Register) -> Int:
    """Return which of the ways the products of a batch take."""
    b = frame.builder
    m, n, k = (frame.size(field) for field in "mnk")
    by_rows = frame.size("right_column").is_(1)
    light = b.bit_and(m * n * k < SMALL, k <= tile.block_k)
    near = b.bit_or(by_rows, n * k <= NEAR)
    fits = b.bit_and(b.bit_and(n <= tile.block_n, m <= tile.block_m), light)
    single = b.bit_and(b.bit_and(small, fits), near)
    vector = b.bit_and(b.bit_or(m.is_(1), n.is_(1)), b.bit_not(_tiny(b, m, n, k)))
    strip = b.bit_and(b.bit_and(n <= tile.step, m * n <= NEAR), b.bit_and(by_rows, light))
    narrow = b.bit_and(strip, b.constant("bool", int(tile.masked_edges)))
    narrow = b.bit_and(narrow, b.bit_not(b.bit_and(vector, n.is_(1))))
    matrices = choose(single, integer(b, SINGLE), BLOCKS)
    found = choose(narrow, integer(b, NARROW), choose(vector, integer(b, VECTOR), matrices))
    found = choose(has_few_rows(frame), integer(b, ROWS), found)
    return choose(has_few_columns(frame), integer(b, COLUMNS), found)


def _tiny(b: KernelBuilder, m: Int, n: Int, k: Int) -> Register:
    """Return whether a product with a vector is too small for code of its own."""
    return b.bit_and(b.bit_and(m <= TINY, n <= TINY), k <= TINY)
