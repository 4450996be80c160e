"""Ends a long product early: its blocks are left out once the host has asked to stop.

The thread that made the call asks the host between blocks; others look at the cancel word. What
called the product has to ask once more, since the product itself returns nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from symc.compiler.codegen import abi
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product.frame import Frame
from symc.compiler.codegen.product.integers import Int, integer
from symc.compiler.codegen.product.tile import Tile
from symc.compiler.codegen.register import Register

LONG = 1 << 26
"""Multiplications from which on a product is worth asking: a millisecond of work."""

OVERHEAD = 1 << 10
"""Multiplications in the time in which a product begins and ends."""

NEVER, ASKS, LOOKS = range(3)
"""What the field `polls` of a frame says: not to stop, to ask the host, to look at the word."""


def begin(frame: Frame, batch: Register, polls: Register) -> None:
    """Say whether products may be stopped; `polls` is 0 where they must be finished."""
    b = frame.builder
    m, n, k = (frame.size(field) for field in "mnk")
    long = b.bit_not((m * n * k + OVERHEAD) * Int(b, batch) < LONG)
    frame.store(polls=b.select(long, polls, integer(b, NEVER).register), stopped=integer(b, 0))


def emit_stop(b: KernelBuilder, tile: Tile) -> None:
    """Define stop(frame): notes whether the product is to end."""
    with b.function(tile.name("stop"), (("frame", "ptr"),), export=False) as (pointer,):
        frame = Frame(b, pointer)
        host = frame.load("host")
        asks = frame.size("polls").is_(ASKS)
        (answer,) = b.when(asks, lambda: [_ask(b, host)], lambda: [_look(b, host)])
        stopped = b.not_equal(answer, b.constant("int32", 0))
        b.when(stopped, lambda: frame.store(stopped=integer(b, 1)))
        b.ret()


def _ask(b: KernelBuilder, host: Register) -> Register:
    """Return the host's answer, 0 to go on."""
    hook, user = (_pointer(b, host, k) for k in (abi.HOST_POLL, abi.HOST_USER))

    def call() -> list[Register]:
        status = b.call_pointer(hook, "int32", [user])
        assert status is not None
        return [status]

    return _if_there(b, hook, call)


def _look(b: KernelBuilder, host: Register) -> Register:
    """Return the cancel word, 0 where there is none."""
    word = _pointer(b, host, abi.HOST_CANCEL)
    return _if_there(b, word, lambda: [b.load(word, "int32")])


def _pointer(b: KernelBuilder, host: Register, offset: int) -> Register:
    return b.load(b.offset(host, "uint8", offset), "ptr")


def _if_there(b: KernelBuilder, pointer: Register, then: Callable[[], list[Register]]) -> Register:
    there = b.not_equal(pointer, b.constant("ptr", 0))
    (result,) = b.when(there, then, lambda: [b.constant("int32", 0)])
    return result


def unless_stopped(frame: Frame, tile: Tile, then: Callable[[], None]) -> None:
    """Print a block of a product, which is left out once the product is to end."""
    b = frame.builder
    may = b.bit_not(frame.size("polls").is_(NEVER))

    def ask() -> None:
        b.call(tile.name("stop"), None, [frame.pointer])

    b.when(may, ask)
    b.when(Int(b, frame.load("stopped")).is_(0), then)
