"""Sortings as native functions: row after row, short ones merged, long ones by digits."""

from __future__ import annotations

from symc.compiler.codegen.builder import KernelBuilder
from symc.compiler.codegen.order.items import Items
from symc.compiler.codegen.order.merge import merge_sort
from symc.compiler.codegen.order.radix import radix_sort
from symc.compiler.codegen.register import ITEMSIZE, Register
from symc.compiler.kernel.sorting import Sorting

SHORT = 96
"""Elements of a row, for each byte of one, from which digits are faster than merging."""

PARAMETERS = (
    *(("source", "ptr"), ("out", "ptr"), ("rows", "int64"), ("length", "int64"), ("work", "ptr")),
)


def emit_sorting(b: KernelBuilder, sorting: Sorting, name: str, *, export: bool = True) -> None:
    """Define a sorting's function.

    It takes (source, out, rows, length, work): dense arrays, which are not the same, and scratch
    memory of the bytes that `symc.compiler.kernel.sorting.scratch` states. Any size may be 0.
    """
    items = Items(b, sorting)
    with b.function(name, list(PARAMETERS), export=export) as parameters:
        source, out, rows, length, work = parameters

        def row(i: Register) -> None:
            begin = b.multiply(i, length)
            _sort_row(
                items,
                b.offset(source, sorting.dtype, begin),
                b.offset(out, sorting.out_dtype, begin),
                length,
                work,
            )

        items.each(items.number(0), rows, 1, row)
        b.ret()


def _sort_row(
    items: Items, source: Register, out: Register, length: Register, work: Register
) -> None:
    b = items.b
    short = b.less(length, items.number(SHORT * ITEMSIZE[items.sorting.dtype]))
    done = b.when(
        short,
        lambda: list(merge_sort(items, source, length, work)),
        lambda: list(radix_sort(items, source, length, work)),
    )
    items.finish(tuple(done), out, length)
