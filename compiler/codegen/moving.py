"""Prints what moves bytes: copies, rows of zeros, and numbers that go to memory."""

from __future__ import annotations

from typing import Protocol

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.register import Register
from symc.compiler.program.record import Buffer, Clear, Copy, Number, Statement, Store

COPY = "symc_copy"
CLEAR = "symc_clear"


class Body(Protocol):
    """What a printer of statements offers to those that move bytes."""

    b: KernelBuilder

    def number(self, number: Number) -> Register:
        """Return a host scalar's register."""

    def buffer(self, buffer: Buffer) -> Register:
        """Return a buffer's address."""


def emit_copy(b: KernelBuilder, *, export: bool) -> None:
    """Print the function that copies bytes: whole vectors, then the rest one by one."""
    parameters = [("target", "ptr"), ("source", "ptr"), ("count", "int64")]
    with b.function(COPY, parameters, None, export=export) as (target, source, count):
        lanes = b.target.lanes(8)
        step = b.constant("int64", 8 * lanes)
        whole = b.bit_and(count, b.constant("int64", -8 * lanes))

        def vectors(i: Register, carried: list[Register]) -> list[Register]:
            value = b.load(b.offset(source, "uint8", i), "int64", lanes)
            b.store(value, b.offset(target, "uint8", i))
            return carried

        def bytes_(i: Register, carried: list[Register]) -> list[Register]:
            b.store(b.load(b.offset(source, "uint8", i), "uint8"), b.offset(target, "uint8", i))
            return carried

        b.loop(b.constant("int64", 0), whole, step, [], vectors)
        b.loop(whole, count, b.constant("int64", 1), [], bytes_)
        b.ret()


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
