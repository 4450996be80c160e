"""Shares products among the host's threads, by parts of whatever takes long.

Each thread begins with a share of its own: what it touches lay in its core's cache after the last
call. Then it takes parts that others have left, so none waits for one that the system has put
aside. Every element is the same sum in the same order whoever computes it: bits do not depend on
the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from symc.compiler.codegen import abi
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.cancel import ASKS, LOOKS, NEVER, unless_stopped
from symc.compiler.codegen.product.frame import END, OWN, SLOT, Frame
from symc.compiler.codegen.product.integers import Int, choose, each, integer
from symc.compiler.codegen.product.scratch import carve, scratch_elements
from symc.compiler.codegen.product.tile import LINE, Tile
from symc.compiler.codegen.register import ITEMSIZE, Register

# What is spread: it computes what lies from `begin` to `end` of some range.
JOB = (("frame", "ptr"), ("begin", "int64"), ("end", "int64"))

MOST = 64
"""Threads that a product is shared among."""

# Words of the closure that threads are handed: the first one's frame, the job, the range's length,
# the length of a part, how many threads there are; and, each in a cache line of its own, where the
# next part of a thread's share begins.
FIRST, WHAT, SIZE, STEP, THREADS, NEXT = 0, 1, 2, 3, 4, LINE // SLOT

SPREAD = (
    ("frame", "ptr"),
    ("job", "ptr"),
    ("size", "int64"),
    ("step", "int64"),
    ("threads", "int64"),
)


def emit_job(
    b: KernelBuilder,
    tile: Tile,
    name: str,
    most: Callable[[Frame], Int],
    some: Callable[[Frame, Tile, Int, Int], None],
) -> None:
    """Define a job that goes over its range a piece at a time, until it is told to stop.

    most   how long a piece is at most
    some   prints what is done from a place on, for a piece of some length
    """
    with b.function(tile.name(name), JOB, export=False) as (pointer, begin, end):
        frame, first, last = Frame(b, pointer), Int(b, begin), Int(b, end)
        step = most(frame)

        def piece(i: Int) -> None:
            some(frame, tile, i, (last - i).at_most(step))

        unless_stopped(frame, tile, lambda: each(first, last, step, piece))
        b.ret()


def call_spread(
    frame: Frame, tile: Tile, job: str, size: Int, step: Int | int, threads: Int | None = None
) -> None:
    """Run a job from 0 to `size` in parts of `step`, on as many threads as share the matrix."""
    b = frame.builder
    parts = step if isinstance(step, Int) else integer(b, step)
    count = threads or frame.size("threads")
    numbers = size.register, parts.register, count.register
    b.call(tile.name("spread"), None, [frame.pointer, b.address(tile.name(job)), *numbers])


def emit_spread(b: KernelBuilder, tile: Tile) -> None:
    """Define spread, which runs a job in parts, and what each thread does of it."""
    _emit_share(b, tile)
    with b.function(tile.name("spread"), SPREAD, export=False) as (pointer, job, *numbers):
        frame = Frame(b, pointer)
        size, step, threads = (Int(b, number) for number in numbers)

        def part(i: Int) -> None:
            end = (i + step).at_most(size)
            b.call_pointer(job, None, [pointer, i.register, end.register])

        def alone() -> None:
            each(integer(b, 0), size, step, part)

        several = b.bit_not(b.bit_or(threads <= 1, size <= step))
        b.when(several, lambda: _hand_out(frame, tile, job, numbers), alone)
        b.ret()


def _hand_out(frame: Frame, tile: Tile, job: Register, numbers: list[Register]) -> None:
    """Let the host run a job on its threads."""
    b = frame.builder
    size, step, threads = numbers
    closure = b.stack((1 + MOST) * LINE // SLOT)
    words = {FIRST: frame.pointer, WHAT: job, SIZE: size, STEP: step, THREADS: threads}
    for place, word in words.items():
        b.store(word, b.offset(closure, "int64", place))
    shares = _Shares(closure, Int(b, size), Int(b, step), Int(b, threads))
    each(integer(b, 0), shares.threads, 1, lambda i: b.store(shares.begin(i), shares.next(i)))
    host = frame.load("host")
    user, parallel_for = (pointer_at(b, host, x) for x in (abi.HOST_USER, abi.HOST_PARALLEL_FOR))
    share = b.address(tile.name("share"))
    b.call_pointer(parallel_for, "int32", [user, threads, b.constant("int64", 1), share, closure])


class _Shares(Struct, frozen=True, eq=False):
    """The shares of a range in whole parts, one for each thread."""

    closure: Register
    size: Int
    step: Int
    threads: Int

    def begin(self, i: Int) -> Register:
        """Return where a share begins: that of the number of threads where all end."""
        parts = (self.size + self.step - 1) // self.step
        return (parts * i // self.threads * self.step).at_most(self.size).register

    def next(self, i: Int) -> Register:
        """Return the address of where the next part of a share begins."""
        return i.builder.offset(self.closure, "int64", ((i + 1) * NEXT).register)


def _emit_share(b: KernelBuilder, tile: Tile) -> None:
    """Define share(closure, lower, upper): what the threads from lower to upper do of a job."""
    parameters = (("closure", "ptr"), ("lower", "int64"), ("upper", "int64"))
    with b.function(tile.name("share"), parameters, export=False) as (closure, *bounds):
        first, job = (b.load(b.offset(closure, "int64", word), "ptr") for word in (FIRST, WHAT))
        size, step, threads = (
            Int(b, b.load(b.offset(closure, "int64", word), "int64"))
            for word in (SIZE, STEP, THREADS)
        )
        shares = _Shares(closure, size, step, threads)

        def thread(i: Int) -> None:
            frame = _frame_of(Frame(b, first), i)

            def from_share(k: Int) -> None:
                _take_all(shares, choose(k < threads, k, k - threads), job, frame)

            each(i, i + threads, 1, from_share)

        each(Int(b, bounds[0]), Int(b, bounds[1]), 1, thread)
        b.ret()


def _take_all(shares: _Shares, i: Int, job: Register, frame: Register) -> None:
    """Take the parts of a share that are left, one after the other."""
    b, counter, last = i.builder, shares.next(i), shares.begin(i + 1)

    def take() -> Register:
        return b.atomic_add(counter, shares.step.register)

    def part(carried: list[Register]) -> list[Register]:
        end = (Int(b, carried[0]) + shares.step).at_most(shares.size)
        b.call_pointer(job, None, [frame, carried[0], end.register])
        return [take()]

    b.loop_while([take()], lambda carried: b.less(carried[0], last), part)


def _frame_of(first: Frame, i: Int) -> Register:
    """Return the frame of a thread, which has the fields of the first but for its own."""
    b = first.builder

    def other() -> list[Register]:
        place = ((i - 1) * first.size("distance")).register
        frame = b.offset(first.load("others"), "uint8", place)
        _copy(first, frame, integer(b, 0), integer(b, SLOT * OWN))
        return [frame]

    (frame,) = b.when(i.is_(0), lambda: [first.pointer], other)
    return frame


def _copy(frame: Frame, place: Register, begin: Int, end: Int) -> None:
    """Copy bytes of the frame and of what follows it, word by word."""
    b = frame.builder

    def word(k: Int) -> None:
        source = b.offset(frame.pointer, "uint8", k.register)
        b.store(b.load(source, "int64"), b.offset(place, "uint8", k.register))

    each(begin, end, SLOT, word)


def pointer_at(b: KernelBuilder, host: Register, offset: int) -> Register:
    """Load a pointer of the host."""
    return b.load(b.offset(host, "uint8", offset), "ptr")


# Threads of a batch ------------------------------------------------------------------------------


def offered(frame: Frame) -> Int:
    """Return how many threads the host has, 1 where it cannot lend any."""
    b, host, one = frame.builder, frame.load("host"), integer(frame.builder, 1)
    null = b.constant("ptr", 0)

    def count() -> list[Register]:
        hooks = (pointer_at(b, host, x) for x in (abi.HOST_PARALLEL_FOR, abi.HOST_ALLOC))
        missing = b.bit_or(*(b.equal(hook, null) for hook in hooks))
        most = b.load(b.offset(host, "uint8", abi.HOST_MAX_THREADS), "int32")
        return [choose(missing, one, Int(b, b.cast(most, "int64"))).register]

    (found,) = b.when(b.equal(host, null), lambda: [one.register], count)
    return Int(b, found)


def with_threads(frame: Frame, tile: Tile, threads: Int, run: Callable[[Register], None]) -> None:
    """Print what runs once the frames of other threads are there.

    It is told whether they are: not where one thread is enough, nor where there is no memory.
    """
    b, null = frame.builder, frame.builder.constant("ptr", 0)
    scratch = scratch_elements(tile) * ITEMSIZE[tile.dtype]
    distance = frame.size("context") + -(-scratch // LINE) * LINE
    total, line = (distance * (threads - 1)).register, b.constant("int64", LINE)

    def hook(offset: int) -> tuple[Register, Register]:
        host = frame.load("host")
        return pointer_at(b, host, offset), pointer_at(b, host, abi.HOST_USER)

    def ask() -> list[Register]:
        alloc, user = hook(abi.HOST_ALLOC)
        memory = b.call_pointer(alloc, "ptr", [user, total, line])
        assert memory is not None
        return [memory]

    def give_back() -> None:
        release, user = hook(abi.HOST_RELEASE)
        b.call_pointer(release, None, [user, memory, total, line])

    def prepare() -> None:
        frame.store(others=memory, distance=distance)
        each(integer(b, 0), threads - 1, 1, lambda i: _prepare(frame, tile, i))

    (memory,) = b.when(threads <= 1, lambda: [null], ask)
    several = b.not_equal(memory, null)
    b.when(several, prepare)
    run(several)
    b.when(several, give_back)


def _prepare(first: Frame, tile: Tile, i: Int) -> None:
    """Fill what a thread has for itself, and what follows the frame."""
    b = first.builder
    place = b.offset(first.load("others"), "uint8", (i * first.size("distance")).register)
    frame = Frame(b, place)
    asks = first.size("polls").is_(ASKS)
    frame.store(polls=choose(asks, integer(b, LOOKS), NEVER))
    carve(frame, tile, b.offset(place, "uint8", first.load("context")))
    _copy(first, place, integer(b, SLOT * END), first.size("context"))
