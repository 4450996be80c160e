"""Sortings as native functions: row after row, by what suits its length and the target."""

from __future__ import annotations

from collections.abc import Callable

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.order.few import emit_few, most
from symc.compiler.codegen.order.items import Items
from symc.compiler.codegen.order.merge import merge_sort
from symc.compiler.codegen.order.quick import Part, Row, quick_sort, sort_few
from symc.compiler.codegen.order.radix import radix_sort
from symc.compiler.codegen.order.vectors import HALF, Vectors
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.dataclass import dataclass
from symc.compiler.kernel.sorting import Sorting

SHORT = 96
"""Elements of a row, for each byte of one, from which digits are faster than merging."""


@dataclass(frozen=True, slots=True)
class Task:
    """One row to sort: its length, the places that are sought, and scratch memory."""

    source: Register
    out: Register
    length: Register
    first: Register
    count: Register
    work: Register


RowSorter = Callable[[Task], None]
"""Prints the sorting of one row."""

PARAMETERS = (
    *(("source", "ptr"), ("out", "ptr"), ("rows", "int64"), ("length", "int64")),
    *(("first", "int64"), ("count", "int64"), ("work", "ptr")),
)


def emit_sorting(b: KernelBuilder, sorting: Sorting, name: str, *, export: bool = True) -> None:
    """Define a sorting's function.

    It takes (source, out, rows, length, first, count, work): dense arrays, which are not the same,
    the first place that is sought and how many are, and scratch memory of the bytes that
    `symc.compiler.kernel.sorting.scratch` states. Any size may be 0.
    """
    items, sort_row = Items(b, sorting), _row_sorter(b, sorting, name)
    with b.function(name, list(PARAMETERS), export=export) as parameters:
        source, out, rows, length, first, count, work = parameters

        def row(i: Register) -> None:
            here = b.offset(source, sorting.dtype, b.multiply(i, length))
            there = b.offset(out, sorting.out_dtype, b.multiply(i, count))
            sort_row(Task(here, there, length, first, count, work))

        items.each(items.number(0), rows, 1, row)
        b.ret()


def _row_sorter(b: KernelBuilder, sorting: Sorting, name: str) -> RowSorter:
    """Return what prints the sorting of a row: in registers of lanes where the target suits it."""
    items = Items(b, sorting)
    wide = ITEMSIZE[sorting.dtype] >= 4
    if b.target.has_compress and (wide or sorting.result == "positions"):
        v = Vectors(b, sorting, name)
        emit_few(v)
        return lambda task: _sort_in_registers(v, items, task)
    return lambda task: _sort_one_by_one(items, task)


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
        b.when(quick_sort(v, row, source, length), by_digits)

    def not_few() -> None:
        b.when(b.less(length, v.number(1 << HALF)), many, by_digits)

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
