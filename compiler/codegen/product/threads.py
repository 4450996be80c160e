"""How many threads pay for a batch of products, and how long the parts are that they take.

Bits depend on none of it.
"""

from __future__ import annotations

from symc.compiler.codegen.product.cancel import OVERHEAD
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int, choose, integer
from symc.compiler.codegen.product.lanes import MOST, offered
from symc.compiler.codegen.product.plan import VECTOR
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

SHARE = 1 << 20
"""Multiplications that are worth another thread: some 12 us, or 25."""

FROM_MEMORY = 2
"""Multiplications that an element counts as which a product with a vector reads.

It takes the time of eight, but of a matrix that a core's own cache holds in part, what the other
has taken in must be fetched from there: up to a million elements two threads gain nothing.
"""

PART = 1 << 19
"""Multiplications from which on matrices of a batch are a part of it."""

THINNEST = 4
"""Tiles of a share, across, which reads whole lines of a right operand's rows, or packs it anew."""

PIECE = 1 << 18
"""Multiplications that are worth a piece of rows that does neither."""

PIECES = 4
"""Pieces of an output that a thread takes, where they are not thin."""

ACROSS = 4
"""Matrices for each thread from which on a batch of large ones is shared by matrices."""


def cost(frame: Frame) -> Int:
    """Return the time of one product in multiplications."""
    m, n, k = (frame.size(field) for field in "mnk")
    each = choose(frame.size("way").is_(VECTOR), integer(frame.builder, FROM_MEMORY), 1)
    work = m * n * k * each
    return choose(frame.flag("gram"), work // 2, work) + OVERHEAD


def length_of_part(frame: Frame) -> Int:
    """Return how many matrices of the batch are one part."""
    return (integer(frame.builder, PART) // cost(frame)).at_least(1)


def count_threads(frame: Frame, tile: Tile) -> tuple[Int, Int]:
    """Return how many threads share the batch, and how many each of its products: one is 1."""
    b, one, batch = frame.builder, integer(frame.builder, 1), frame.size("batch")
    work = batch * cost(frame)

    def several() -> list[Register]:
        threads = offered(frame).at_most(MOST)
        many = threads * ACROSS <= batch
        across = b.bit_and(b.bit_not(batch <= 1), b.bit_or(many, cost(frame) < 2 * SHARE))
        by_work = (work // SHARE).at_most(threads).at_most(batch)
        within = (cost(frame) // SHARE).at_most(threads).at_most(_shares(frame, tile))
        return [choose(across, by_work, one).register, choose(across, one, within).register]

    found = b.when(work < 2 * SHARE, lambda: [one.register] * 2, several)
    across, within = (Int(b, count).at_least(1) for count in found)
    return across, within


def _cut(frame: Frame, tile: Tile) -> tuple[Register, Int, Int]:
    """Return whether an output is cut by columns, that dimension, and a tile's part of it.

    It is cut where there are more tiles.
    """
    b, m, n = frame.builder, frame.size("m"), frame.size("n")
    by_columns = m * tile.width <= n * tile.rows[0]
    one = choose(by_columns, integer(b, tile.width), tile.rows[0])
    return by_columns, choose(by_columns, n, m), one


def _thinnest(frame: Frame, tile: Tile) -> Int:
    """Return how many tiles across a share of an output has at least."""
    b, n, k = frame.builder, frame.size("n"), frame.size("k")
    by_columns, _, one = _cut(frame, tile)
    light = _ceiling(integer(b, PIECE), (n * k * one).at_least(1)).at_most(THINNEST)
    shared = b.bit_or(frame.flag("in_place"), frame.flag("pack_left"))
    return choose(b.bit_and(shared, b.bit_not(by_columns)), light, THINNEST)


def _shares(frame: Frame, tile: Tile) -> Int:
    """Return how many shares an output has that are not too thin."""
    _, size, one = _cut(frame, tile)
    return size // (one * _thinnest(frame, tile))


def length_of_piece(frame: Frame, tile: Tile) -> tuple[Register, Int, Int]:
    """Return whether an output is cut by columns, that dimension, and the length of a piece.

    Pieces are whole tiles. Each thread takes a few if they are not thin: the more, the shorter one
    waits for another in the end.
    """
    by_columns, size, one = _cut(frame, tile)
    fair, thinnest = _ceiling(_ceiling(size, one), frame.size("threads")), _thinnest(frame, tile)
    several = choose(thinnest < THINNEST, thinnest, _ceiling(fair, PIECES).at_least(THINNEST))
    return by_columns, size, several.at_most(fair) * one


def rows_of_block(frame: Frame, tile: Tile) -> Int:
    """Return the rows of a block of a product that threads share: as many blocks for each."""
    m, threads, high, one = frame.size("m"), frame.size("threads"), frame.size("high"), tile.rows[0]
    rounds = _ceiling(m, high * threads)
    fair = m // (threads * rounds * one) * one
    return fair.at_least(one).at_most(high)


def _ceiling(x: Int, y: Int | int) -> Int:
    return (x + y - 1) // y
