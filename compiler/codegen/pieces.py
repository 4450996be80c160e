"""Runs long work in pieces, so that a call looks at the cancel word between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from symc.compiler.codegen.arguments import Failure
from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.product import cancel
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.kernel.contraction import Contraction
from symc.compiler.kernel.sorting import Sorting
from symc.compiler.program.record import Factor, Multiply, Number, Sort

PRODUCTS = 1 << 30
"""Multiplications of a batch's products in a piece: 10 to 40 ms of work."""

SORTED = 1 << 18
"""Elements of a sorting in a piece: a few milliseconds of work."""


class Body(Protocol):
    """What a printer of statements offers to those that run in pieces."""

    b: KernelBuilder
    host: Register | None
    long: Register

    def number(self, number: Number) -> Register:
        """Return a host scalar's register."""

    def when_good(self, failure: Failure, then: Callable[[], list[Register]]) -> list[Register]:
        """Run a block unless something has failed."""

    def poll(self) -> Failure:
        """Ask the host whether to go on."""


def in_pieces(
    body: Body,
    extent: Register,
    step: Callable[[], Register],
    failure: Failure,
    run: Callable[[Register, Register], None],
) -> Failure:
    """Print run(begin, end) over a range: whole in a short call, else in steps with polls between.

    A last piece of one is joined to the one before it.
    """
    b = body.b
    one = b.constant("int64", 1)
    (width,) = b.when(body.long, lambda: [step()], lambda: [b.maximum(extent, one)])

    def piece(begin: Register, carried: list[Register]) -> list[Register]:
        found = Failure(*carried)

        def go() -> list[Register]:
            end = b.add(begin, width)
            last = b.less_equal(b.subtract(extent, end), one)
            end = b.select(last, extent, end)
            done = b.bit_and(
                b.equal(begin, b.subtract(extent, one)), b.greater(begin, b.constant("int64", 0))
            )
            run(b.select(done, extent, begin), end)
            return b.when(last, found.registers, lambda: body.poll().registers())

        return body.when_good(found, go)

    return Failure(*b.loop(b.constant("int64", 0), extent, width, failure.registers(), piece))


def multiply(
    body: Body, record: Contraction, statement: Multiply, buffers: list[Register], failure: Failure
) -> Failure:
    """Print a matrix product, in pieces of the batch.

    A long one ends early where the host asks for it; what it says of it is heard afterwards.
    """
    b = body.b
    sizes = [body.number(n) for n in statement.sizes]

    def step() -> Register:
        each = b.maximum(product(b, sizes[1:]), b.constant("int64", 1))
        return b.maximum(b.divide(b.constant("int64", PRODUCTS), each), b.constant("int64", 1))

    def run(begin: Register, end: Register) -> None:
        part = [b.subtract(end, begin), *sizes[1:]]
        contract(body, statement, _shifted(b, record, buffers, sizes, begin), part, polls=True)

    if statement.sizes[0] == 1:
        contract(body, statement, buffers, sizes, polls=True)
    else:
        failure = in_pieces(body, sizes[0], step, failure, run)

    def heard() -> list[Register]:
        return body.when_good(failure, lambda: body.poll().registers())

    short = b.less(product(b, sizes), b.constant("int64", cancel.LONG))
    return Failure(*b.when(short, failure.registers, heard))


def sort(
    body: Body, record: Sorting, statement: Sort, buffers: list[Register], failure: Failure
) -> Failure:
    """Print a sorting, in pieces of whole rows."""
    b = body.b
    rows, length, *places = (body.number(n) for n in statement.sizes)
    source, out, work = buffers
    count = places[1] if places else length

    def step() -> Register:
        one = b.constant("int64", 1)
        return b.maximum(b.divide(b.constant("int64", SORTED), b.maximum(length, one)), one)

    def run(begin: Register, end: Register) -> None:
        here = b.offset(source, record.dtype, b.multiply(begin, length))
        there = b.offset(out, record.out_dtype, b.multiply(begin, count))
        call(body, statement, [here, there, work], [b.subtract(end, begin), length, *places])

    return in_pieces(body, rows, step, failure, run)


def factor(body: Body, statement: Factor, buffers: list[Register]) -> Register:
    """Print one call of a factoring's function; return its report, 0 for success."""
    sizes = [body.number(n) for n in statement.sizes]
    arguments = [*buffers[:-1], *sizes, buffers[-1]]
    report = body.b.call(statement.function, "int64", arguments)
    assert report is not None
    return report


def call(body: Body, statement: Sort, buffers: list[Register], sizes: list[Register]) -> None:
    """Print one call of a sorting's function; of all places the first is 0."""
    b = body.b
    if len(sizes) == 2:
        sizes = [*sizes, b.constant("int64", 0), sizes[1]]
    assert body.host is not None
    b.call(statement.function, None, [*buffers[:-1], *sizes, buffers[-1], body.host])


def contract(
    body: Body,
    statement: Multiply,
    buffers: list[Register],
    sizes: list[Register],
    *,
    polls: bool,
) -> None:
    """Print one call of a contraction's function, whose work threads may share."""
    assert body.host is not None
    rest = [buffers[-1], body.host, body.b.constant("int64", int(polls))]
    body.b.call(statement.function, None, [*buffers[:-1], *sizes, *rest])


def product(b: KernelBuilder, numbers: list[Register]) -> Register:
    """Return the product of host scalars."""
    total = numbers[0]
    for number in numbers[1:]:
        total = b.multiply(total, number)
    return total


def _shifted(
    b: KernelBuilder,
    record: Contraction,
    buffers: list[Register],
    sizes: list[Register],
    begin: Register,
) -> list[Register]:
    """Return the buffers from a place of the batch on; some operands are the same for all."""
    _, m, n, k = sizes
    full = [m, n]
    operands = [full if operand.kind == "full" else None for operand in record.operands]
    strides = [[m, k], [k, n], *operands, full]
    dtypes = [record.factors, record.factors, *(o.dtype for o in record.operands), record.out_dtype]
    moved = []
    for buffer, stride, dtype in zip(buffers, strides, dtypes, strict=False):
        if stride is None:
            moved.append(buffer)
            continue
        size = b.constant("int64", ITEMSIZE[dtype])
        moved.append(b.offset(buffer, "uint8", product(b, [begin, *stride, size])))
    return [*moved, buffers[-1]]
