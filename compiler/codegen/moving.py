"""Prints what moves bytes: copies, rows of zeros, and numbers that go to memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register
from symc.compiler.kernel.ahead import AHEAD, LINE
from symc.compiler.kernel.past import FAR
from symc.compiler.program.record import Buffer, Clear, Copy, Number, Statement, Store

COPY = "symc_copy"
CLEAR = "symc_clear"

AT_ONCE = 4
"""Vectors that a copy moves at a time."""


class Body(Protocol):
    """What a printer of statements offers to those that move bytes."""

    b: KernelBuilder

    def number(self, number: Number) -> Register:
        """Return a host scalar's register."""

    def buffer(self, buffer: Buffer) -> Register:
        """Return a buffer's address."""


def emit_copy(b: KernelBuilder, *, export: bool) -> None:
    """Print the function that copies bytes: vectors, some at a time, then the rest one by one.

    What is too large for the caches goes past them.
    """
    parameters = [("target", "ptr"), ("source", "ptr"), ("count", "int64")]
    with b.function(COPY, parameters, None, export=export) as (target, source, count):

        def bytes_(i: Register, carried: list[Register]) -> list[Register]:
            b.store(b.load(b.offset(source, "uint8", i), "uint8"), b.offset(target, "uint8", i))
            return carried

        done = _in_vectors(b, (target, source), count)
        b.loop(done, count, b.constant("int64", 1), [], bytes_)
        b.ret()


def _in_vectors(b: KernelBuilder, between: tuple[Register, Register], count: Register) -> Register:
    """Print the copy of whole vectors; return how many bytes they are, none without vectors."""
    width, none = b.target.vector_bytes, b.constant("int64", 0)
    if not width:
        return none
    some, whole = (b.bit_and(count, b.constant("int64", -n * width)) for n in (AT_ONCE, 1))

    def near() -> None:
        _vectors(b, between, (none, some), AT_ONCE, b.store)

    def far() -> None:
        _vectors(b, between, (none, some), AT_ONCE, b.stream)
        b.fence()

    if b.target.fence:
        low = b.bit_and(b.bitcast(between[0], "int64"), b.constant("int64", width - 1))
        large = b.greater_equal(count, b.constant("int64", FAR))
        b.when(b.bit_and(large, b.equal(low, none)), far, near)
    else:
        near()
    _vectors(b, between, (some, whole), 1, b.store)
    return whole


def _vectors(
    b: KernelBuilder,
    between: tuple[Register, Register],
    extent: tuple[Register, Register],
    count: int,
    put: Callable[[Register, Register], None],
) -> None:
    """Print a loop that moves so many vectors at a time, from a source to a target."""
    target, source = between
    width, lanes = b.target.vector_bytes, b.target.lanes(8)

    def move(i: Register, carried: list[Register]) -> list[Register]:
        here, there = b.offset(source, "uint8", i), b.offset(target, "uint8", i)
        for k in range(0, count * width, LINE):
            b.prefetch(b.offset(here, "uint8", AHEAD + k), "read")
        for k in range(0, count * width, width):
            put(b.load(b.offset(here, "uint8", k), "int64", lanes), b.offset(there, "uint8", k))
        return carried

    b.loop(*extent, b.constant("int64", count * width), [], move)


def emit_clear(b: KernelBuilder, *, export: bool) -> None:
    """Print the function that fills bytes with zeros."""
    parameters = [("target", "ptr"), ("count", "int64")]
    with b.function(CLEAR, parameters, None, export=export) as (target, count):
        zero = b.constant("uint8", 0)

        def bytes_(i: Register, carried: list[Register]) -> list[Register]:
            b.store(zero, b.offset(target, "uint8", i))
            return carried

        b.loop(b.constant("int64", 0), count, b.constant("int64", 1), [], bytes_)
        b.ret()


def move(body: Body, statement: Statement) -> None:
    """Print a statement that moves bytes; nothing for others."""
    if isinstance(statement, Copy):
        _copy(body, statement)
    elif isinstance(statement, Clear):
        b = body.b
        begin, end, row = map(body.number, (statement.begin, statement.end, statement.row))
        start = b.offset(body.buffer(statement.target), "uint8", b.multiply(begin, row))
        b.call(CLEAR, None, [start, b.multiply(b.subtract(end, begin), row)])
    elif isinstance(statement, Store):
        body.b.store(body.number(statement.number), body.buffer(statement.target))


def _copy(body: Body, statement: Copy) -> None:
    b = body.b
    target, source = body.buffer(statement.target), body.buffer(statement.source)

    def copy() -> None:
        b.call(COPY, None, [target, source, body.number(statement.count)])

    if statement.source.place == "carried":
        b.when(b.not_equal(target, source), copy)
    else:
        copy()
