"""Memory that a loop comes to later is asked for, once for each line of it."""

import re

import pytest

from symc.compiler.codegen.compile import compile_module
from symc.compiler.kernel.lower import emit_kernel
from symc.compiler.kernel.record import Schedule
from symc.compiler.target.isa import TARGETS
from tests.compiler.kernel.gallery import EXAMPLES
from tests.compiler.kernel.test_lower import descent


def prefetches(kernel, schedule, printer="llvm"):
    """Count the prefetches in a kernel's code: for reading, for writing."""
    target = TARGETS["x86-64-v4"]
    code = compile_module(lambda b: emit_kernel(b, kernel, schedule, "k"), target, printer)
    found = re.findall(r"@llvm.prefetch.p0\(ptr [^,]+, i32 (\d)", code.texts["llvm"])
    return found.count("0"), found.count("1")


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
@pytest.mark.parametrize(("lanes", "unroll"), [(16, 2), (4, 8), (16, 1)])
def test_each_line_of_a_stream_is_asked_for_once(lanes, unroll, printer):
    lines = lanes * unroll // 16
    schedule = Schedule("outer", lanes, (unroll,))
    assert prefetches(descent(), schedule, printer) == (3 * lines, 2 * lines)


def test_rows_are_streams_and_columns_are_not():
    rows = EXAMPLES["softmax"].kernel
    reads, writes = prefetches(rows, Schedule("inner", 16, (1,) * len(rows.stages)))
    assert reads >= 1
    assert writes >= 1
    columns = EXAMPLES["column sums"].kernel
    assert prefetches(columns, Schedule("outer", 16, (2,) * len(columns.stages))) == (0, 0)


def test_rows_that_are_picked_do_not_follow_one_another():
    picked = EXAMPLES["gather of rows"].kernel
    schedule = Schedule("outer", 16, (1,) * len(picked.stages))
    reads, writes = prefetches(picked, schedule)
    assert reads == 0
    assert writes > 0


def ahead(kernel, schedule):
    """Return by how many bytes loads are asked for ahead, as LLVM's text has them."""
    target = TARGETS["x86-64-v4"]
    code = compile_module(lambda b: emit_kernel(b, kernel, schedule, "k"), target, "llvm")
    text = code.texts["llvm"]
    places = re.findall(r"@llvm.prefetch.p0\(ptr (%\w+), i32 0", text)
    return [re.search(rf"{p} = getelementptr i8, ptr %\w+, i64 (\S+)", text)[1] for p in places]


def test_what_an_earlier_stage_has_read_gives_way_to_the_next_row():
    rows = EXAMPLES["softmax"].kernel
    first, second, written = ahead(rows, Schedule("inner", 16, (1,) * len(rows.stages)))
    assert (first, written) == ("1024", "1024")
    assert second.startswith("%")


def test_what_all_points_read_is_not_asked_for():
    rows = EXAMPLES["layer norm"].kernel
    shared = [k for k, buffer in enumerate(rows.buffers) if buffer.shape == ("s1",)]
    reads = [s for stage in rows.stages for s in stage.scalars if s.op == "read"]
    moving = [s for s in reads if s.attribute.buffer not in shared]
    assert shared
    assert len(moving) < len(reads)
    assert len(ahead(rows, Schedule("inner", 16, (1,) * len(rows.stages)))) == len(moving)


def test_a_sweep_asks_for_the_rows_that_it_takes_next():
    columns = EXAMPLES["column argmax"].kernel  # of light steps memory sees the rows by itself
    schedule = Schedule("outer", 16, (2,) * len(columns.stages), sweep=512)
    distances = ahead(columns, schedule)
    assert distances
    assert all(distance.startswith("%") for distance in distances)
