"""One row after the other: by what suits their length and the target."""

from __future__ import annotations

from msgspec import Struct

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.order.few import emit_few, most
from symc.compiler.codegen.order.items import Items
from symc.compiler.codegen.order.merge import merge_sort
from symc.compiler.codegen.order.parts import emit_parts, sort_on_threads
from symc.compiler.codegen.order.quick import Part, Row, emit_run, quick_sort, sort_few
from symc.compiler.codegen.order.radix import radix_sort
from symc.compiler.codegen.order.vectors import HALF, Vectors
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.codegen.threads import Host
from symc.compiler.kernel.sorting import Sorting

SHORT = 96
"""Elements of a row, for each byte of one, from which digits are faster than merging."""

DIGITS = {1: 1 << 9, 2: 1 << 16}
"""Elements of a row from which digits are faster than parting, by the bytes of one."""

LONG = 1 << 16
"""Elements of a row from which several threads share it."""

MOSTLY = 4
"""Elements for each sought one up to which the work is worth sharing."""


class Task(Struct, frozen=True):
    """One row to sort: its length, the places that are sought, scratch memory and the host."""

    source: Register
    out: Register
    length: Register
    first: Register
    count: Register
    work: Register
    host: Register


def emit_rows(
    b: KernelBuilder, sorting: Sorting, name: str, parameters: list[tuple[str, str]]
) -> None:
    """Define the function that sorts one row after the other."""
    items, v = Items(b, sorting), Vectors(b, sorting, name)
    lanes = b.target.has_compress
    if lanes:
        emit_few(v)
        emit_run(v)
        emit_parts(v)
    with b.function(v.part("rows"), parameters, export=False) as registers:
        source, out, rows, length, first, count, work, host = registers

        def row(i: Register) -> None:
            here = b.offset(source, sorting.dtype, b.multiply(i, length))
            there = b.offset(out, sorting.out_dtype, b.multiply(i, count))
            task = Task(here, there, length, first, count, work, host)
            if lanes:
                _sort_in_registers(v, items, task)
            else:
                _sort_one_by_one(items, task)

        items.each(items.number(0), rows, 1, row)
        b.ret()


def parted(sorting: Sorting) -> int:
    """Return from how many elements on rows are sorted by digits, not parted."""
    return (
        DIGITS.get(ITEMSIZE[sorting.dtype], 1 << HALF) if sorting.result == "values" else 1 << HALF
    )


def _sort_one_by_one(items: Items, task: Task) -> None:
    b, row = items.b, (task.source, task.length, task.work)
    short = b.less(task.length, items.number(SHORT * ITEMSIZE[items.sorting.dtype]))
    done = b.when(
        short, lambda: list(merge_sort(items, *row)), lambda: list(radix_sort(items, *row))
    )
    items.finish(tuple(done), task.out, task.first, task.count)


def _sort_in_registers(v: Vectors, items: Items, task: Task) -> None:
    b, zero, source, length = v.b, v.number(0), task.source, task.length
    arrays = _scratch(v, task.work, length)
    row = Row(arrays, task.out, task.first, b.add(task.first, task.count))

    def few() -> None:
        def keep(i: Register, mask: Register | None) -> None:
            v.store(v.make(source, i, mask), arrays, i, mask)

        v.each(zero, length, keep)
        sort_few(v, row, Part(zero, zero, length, zero))

    def by_digits() -> None:
        done = radix_sort(items, source, length, task.work)
        items.finish(done, task.out, task.first, task.count)

    def many() -> None:
        host = Host(b, task.host)
        sought = b.minimum(length, b.multiply(task.count, v.number(MOSTLY)))
        large = b.greater_equal(sought, v.number(LONG))
        shared = b.bit_and(large, b.greater(host.threads(), v.number(1)))
        (left_off,) = b.when(
            shared,
            lambda: [sort_on_threads(v, row, source, length, host)],
            lambda: [quick_sort(v, row, source, length)],
        )
        b.when(left_off, by_digits)

    def not_few() -> None:
        b.when(b.less(length, v.number(parted(v.sorting))), many, by_digits)

    b.when(b.less_equal(length, v.number(most(v))), few, not_few)


def _scratch(v: Vectors, work: Register, length: Register) -> tuple[Register, ...]:
    """Return arrays in scratch memory for the items of a row twice."""
    b = v.b
    count = b.multiply(length, v.number(2))
    arrays = []
    for dtype in v.dtypes:
        arrays.append(work)
        work = b.offset(work, dtype, count)
    return tuple(arrays)
