"""Shares one product among the host's threads: each computes some columns or rows of the output.

Every element is the same sum in the same order whoever computes it, so bits do not depend on the
number of threads.
"""

from __future__ import annotations

from symc.compiler.codegen import abi
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.cancel import ASKS, LOOKS, NEVER
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int, choose, each, integer
from symc.compiler.codegen.product.nest import ONE
from symc.compiler.codegen.product.scratch import carve, scratch_elements
from symc.compiler.codegen.product.tile import LINE, Tile
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.dataclass import dataclass

SHARE = 1 << 21
"""Multiplications from which on a share of a product is worth another thread: some 40 us."""

THINNEST = 4
"""Tiles of a share, across: with fewer, what all threads pack takes too much of the time."""

MOST = 64
"""Threads that a product is shared among."""

# What the threads are handed: the frame of the first, those of the others, the distance of these.
OWN, OTHERS, DISTANCE = range(3)


def emit_shared(b: KernelBuilder, tile: Tile) -> None:
    """Define the product of two matrices on as many threads as pay."""
    _emit_share(b, tile)
    with b.function(tile.name("matrix"), ONE, export=False) as (pointer,):
        frame = Frame(b, pointer)
        frame.store(
            row_begin=integer(b, 0),
            row_end=frame.size("m"),
            column_begin=integer(b, 0),
            column_end=frame.size("n"),
        )
        wanted = _wanted(frame, tile)
        b.when(
            wanted <= 1,
            lambda: _blocks(b, tile, pointer),
            lambda: _Sharing(frame, tile, wanted).run(),
        )
        b.ret()


def _blocks(b: KernelBuilder, tile: Tile, frame: Register) -> None:
    b.call(tile.name("blocks"), None, [frame])


def _emit_share(b: KernelBuilder, tile: Tile) -> None:
    """Define share(closure, lower, upper): what the threads from lower to upper compute."""
    parameters = (("closure", "ptr"), ("lower", "int64"), ("upper", "int64"))
    with b.function(tile.name("share"), parameters, export=False) as (closure, *bounds):
        words = [
            b.load(b.offset(closure, "int64", k), dtype)
            for k, dtype in ((OWN, "ptr"), (OTHERS, "ptr"), (DISTANCE, "int64"))
        ]
        own, others, distance = words

        def one(i: Int) -> None:
            place = b.offset(others, "uint8", ((i - 1) * Int(b, distance)).register)
            _blocks(b, tile, b.select(i.is_(0), own, place))

        each(Int(b, bounds[0]), Int(b, bounds[1]), 1, one)
        b.ret()


def _wanted(frame: Frame, tile: Tile) -> Int:
    """Return how many threads are to share the product: 1 where the host offers no others."""
    b, (m, n, k) = frame.builder, (frame.size(field) for field in "mnk")
    work, one = m * n * k, integer(b, 1)
    there = b.not_equal(frame.load("host"), b.constant("ptr", 0))
    large = b.bit_not(work < 2 * SHARE)

    def paying() -> list[Register]:
        by_work = Int(b, b.divide(work.register, b.constant("int64", SHARE)))
        by_size = Int(b, b.divide(_cut(frame, tile).tiles.register, b.constant("int64", THINNEST)))
        return [_offered(frame).at_most(by_work).at_most(by_size).at_most(MOST).register]

    (wanted,) = b.when(b.bit_and(there, large), paying, lambda: [one.register])
    return Int(b, wanted)


def _offered(frame: Frame) -> Int:
    """Return how many threads the host has, 1 where it cannot lend any."""
    b, host = frame.builder, frame.load("host")
    hook = b.load(b.offset(host, "uint8", abi.HOST_PARALLEL_FOR), "ptr")
    count = b.load(b.offset(host, "uint8", abi.HOST_MAX_THREADS), "int32")
    none = b.equal(hook, b.constant("ptr", 0))
    return choose(none, integer(b, 1), Int(b, b.cast(count, "int64")))


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """How an output is cut: by columns or by rows, the size of that dimension, and its tiles."""

    by_columns: Register
    size: Int
    tile: Int
    tiles: Int


def _cut(frame: Frame, tile: Tile) -> _Cut:
    """Cut where there are more tiles."""
    b, m, n = frame.builder, frame.size("m"), frame.size("n")
    by_columns = m * tile.width <= n * tile.rows[0]
    size, one = choose(by_columns, n, m), choose(by_columns, integer(b, tile.width), tile.rows[0])
    return _Cut(by_columns, size, one, Int(b, b.divide((size + one - 1).register, one.register)))


class _Sharing:
    """Prints how a product is cut and handed to the threads."""

    def __init__(self, frame: Frame, tile: Tile, count: Int) -> None:
        self.frame, self.tile, self.count = frame, tile, count
        self.b = frame.builder
        self.closure = self.b.stack(3)
        host = frame.load("host")
        self.user = self.field(host, abi.HOST_USER)
        self.alloc, self.release, self.parallel_for = (
            self.field(host, offset)
            for offset in (abi.HOST_ALLOC, abi.HOST_RELEASE, abi.HOST_PARALLEL_FOR)
        )

    def field(self, host: Register, offset: int) -> Register:
        """Load a pointer of the host."""
        return self.b.load(self.b.offset(host, "uint8", offset), "ptr")

    def run(self) -> None:
        """Share the product if there is memory for the other threads' scratch; else do it here."""
        b, null = self.b, self.b.constant("ptr", 0)
        scratch = scratch_elements(self.tile) * ITEMSIZE[self.tile.dtype]
        distance = self.frame.size("context") + -(-scratch // LINE) * LINE
        total = (distance * (self.count - 1)).register
        line = b.constant("int64", LINE)

        def ask() -> list[Register]:
            memory = b.call_pointer(self.alloc, "ptr", [self.user, total, line])
            assert memory is not None
            return [memory]

        def shared() -> None:
            self.share(memory, distance)
            b.call_pointer(self.release, None, [self.user, memory, total, line])

        (memory,) = b.when(b.not_equal(self.alloc, null), ask, lambda: [null])
        b.when(b.equal(memory, null), lambda: _blocks(b, self.tile, self.frame.pointer), shared)

    def share(self, memory: Register, distance: Int) -> None:
        """Prepare a frame for each thread and let the host run them."""
        b = self.b
        self.bound(self.frame, integer(b, 0))

        def other(i: Int) -> None:
            place = b.offset(memory, "uint8", ((i - 1) * distance).register)
            self.copy(place)
            frame = Frame(b, place)
            asks = self.frame.size("polls").is_(ASKS)
            frame.store(polls=choose(asks, integer(b, LOOKS), NEVER))
            scratch = b.offset(place, "uint8", self.frame.load("context"))
            carve(frame, self.tile, scratch)
            self.bound(frame, i)

        each(integer(b, 1), self.count, 1, other)
        words = ((OWN, self.frame.pointer), (OTHERS, memory), (DISTANCE, distance.register))
        for k, word in words:
            b.store(word, b.offset(self.closure, "int64", k))
        one = b.constant("int64", 1)
        share = b.address(self.tile.name("share"))
        arguments = [self.user, self.count.register, one, share, self.closure]
        b.call_pointer(self.parallel_for, "int32", arguments)

    def copy(self, place: Register) -> None:
        """Copy the frame and the operands' addresses after it."""
        b = self.b

        def word(k: Int) -> None:
            source = b.offset(self.frame.pointer, "uint8", k.register)
            b.store(b.load(source, "int64"), b.offset(place, "uint8", k.register))

        each(integer(b, 0), self.frame.size("context"), 8, word)

    def bound(self, frame: Frame, i: Int) -> None:
        """Say which part of the output the thread i computes: whole tiles, but for the last."""
        b, cut = self.b, _cut(self.frame, self.tile)
        tiles = b.divide((cut.tiles + self.count - 1).register, self.count.register)
        length = Int(b, tiles) * cut.tile
        begin, end = (i * length).at_most(cut.size), ((i + 1) * length).at_most(cut.size)
        frame.store(
            row_begin=choose(cut.by_columns, integer(b, 0), begin),
            row_end=choose(cut.by_columns, self.frame.size("m"), end),
            column_begin=choose(cut.by_columns, begin, 0),
            column_end=choose(cut.by_columns, end, self.frame.size("n")),
        )
