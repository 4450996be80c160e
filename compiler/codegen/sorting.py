"""Sortings as native functions, whose rows the host's threads share."""

from __future__ import annotations

from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.order.rows import LONG, emit_rows
from symc.compiler.codegen.register import Register
from symc.compiler.codegen.threads import LINE, Host
from symc.compiler.kernel.sorting import Sorting, scratch

SHARE = 1 << 14
"""Elements from which on a share of the rows is worth another thread: some 40 us."""

PARAMETERS = [
    *(("source", "ptr"), ("out", "ptr"), ("rows", "int64"), ("length", "int64")),
    *(("first", "int64"), ("count", "int64"), ("work", "ptr"), ("host", "ptr")),
]

# What threads are handed, after the parameters: rows of a share, memory for the shares but the
# first, and the distance between two shares' memory.
SOURCE, OUT, ROWS, LENGTH, FIRST, COUNT, WORK, EACH, OTHERS, DISTANCE = range(10)


def emit_sorting(b: KernelBuilder, sorting: Sorting, name: str, *, export: bool = True) -> None:
    """Define a sorting's function.

    It takes (source, out, rows, length, first, count, work, host): dense arrays, which are not the
    same, the first place that is sought and how many are, scratch memory of the bytes that
    `symc.compiler.kernel.sorting.scratch` states, and the host, which may be null. Any size may be
    0.
    """
    emit_rows(b, sorting, name, PARAMETERS)
    _emit_share(b, sorting, name)
    with b.function(name, PARAMETERS, export=export) as parameters:
        _Sharing(b, sorting, name, parameters).run()
        b.ret()


def _rows(b: KernelBuilder, name: str, arguments: list[Register]) -> None:
    b.call(f"rows_of_{name}", None, arguments)


def _emit_share(b: KernelBuilder, sorting: Sorting, name: str) -> None:
    """Define share(closure, lower, upper): the shares from lower to upper, one after the other."""
    parameters = (("closure", "ptr"), ("lower", "int64"), ("upper", "int64"))
    with b.function(f"share_of_{name}", parameters, export=False) as (closure, lower, upper):
        pointers = (SOURCE, OUT, WORK, OTHERS)
        source, out, rows, length, first, count, work, each, others, distance = (
            b.load(b.offset(closure, "int64", k), "ptr" if k in pointers else "int64")
            for k in range(DISTANCE + 1)
        )
        zero, one, null = b.constant("int64", 0), b.constant("int64", 1), b.constant("ptr", 0)

        def share(i: Register, _: list[Register]) -> list[Register]:
            begin = b.multiply(i, each)
            here = b.offset(source, sorting.dtype, b.multiply(begin, length))
            there = b.offset(out, sorting.out_dtype, b.multiply(begin, count))
            mine = b.minimum(each, b.subtract(rows, begin))
            other = b.offset(others, "uint8", b.multiply(b.subtract(i, one), distance))
            memory = b.select(b.equal(i, zero), work, other)
            _rows(b, name, [here, there, mine, length, first, count, memory, null])
            return []

        b.loop(lower, upper, one, [], share)
        b.ret()


class _Sharing(Struct, frozen=True):
    """Prints how rows are handed to threads; few long ones are shared one by one instead."""

    b: KernelBuilder
    sorting: Sorting
    name: str
    parameters: list[Register]

    def run(self) -> None:
        """Share the rows if that pays."""
        b, one = self.b, self.b.constant("int64", 1)
        *_, rows, length, _, _, _, host = self.parameters
        threads = Host(b, host).threads()
        paying = self.divided(b.multiply(rows, length), b.constant("int64", SHARE))
        shares = b.minimum(b.minimum(threads, rows), paying)
        long = b.bit_and(b.less(rows, threads), b.greater_equal(length, b.constant("int64", LONG)))
        alone = b.bit_or(long, b.less_equal(shares, one))
        b.when(alone, lambda: _rows(b, self.name, self.parameters), lambda: self.share(shares))

    def divided(self, total: Register, by: Register) -> Register:
        """Return a quotient of numbers that are not negative."""
        return self.b.emit("sdiv", total, by)

    def share(self, shares: Register) -> None:
        """Hand out the rows if there is memory for the scratch of all but one."""
        b, one = self.b, self.b.constant("int64", 1)
        *_, length, _, _, _, pointer = self.parameters
        host, (fixed, element) = Host(b, pointer), scratch(self.sorting)
        own = b.add(
            b.multiply(length, b.constant("int64", element)), b.constant("int64", fixed + LINE)
        )
        distance = b.bit_and(own, b.constant("int64", -LINE))
        total = b.multiply(distance, b.subtract(shares, one))
        memory = host.alloc(total)

        def shared() -> None:
            self.hand_out(shares, memory, distance)
            host.release(memory, total)

        none = b.equal(memory, b.constant("ptr", 0))
        b.when(none, lambda: _rows(b, self.name, self.parameters), shared)

    def hand_out(self, shares: Register, memory: Register, distance: Register) -> None:
        """Let the threads sort shares of as many rows each."""
        b, closure = self.b, self.b.stack(DISTANCE + 1)
        *own, host = self.parameters
        before = b.subtract(shares, b.constant("int64", 1))
        each = self.divided(b.add(own[ROWS], before), shares)
        for k, word in enumerate((*own, each, memory, distance)):
            b.store(word, b.offset(closure, "int64", k))
        count = self.divided(b.add(own[ROWS], b.subtract(each, b.constant("int64", 1))), each)
        Host(b, host).run(count, f"share_of_{self.name}", closure)
