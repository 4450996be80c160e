"""Results that are too large for the caches go past them, and have the same bits."""

import numpy as np
import pytest
from msgspec.structs import replace

from symc.compiler.codegen.compile import compile_module
from symc.compiler.codegen.support import emit_support
from symc.compiler.kernel.lower import emit_kernel
from symc.compiler.kernel.past import FAR
from symc.compiler.kernel.record import Buffer, Kernel, Schedule
from symc.compiler.kernel.schedule import choose_schedule
from symc.compiler.target.isa import TARGETS, host_target
from tests.compiler.kernel.drafts import Draft, axes
from tests.compiler.kernel.examples import line
from tests.compiler.kernel.gallery import EXAMPLES
from tests.compiler.kernel.running import compiled
from tests.compiler.kernel.test_lower import arrays, descent

WIDEST = TARGETS["x86-64-v4"]


def text(kernel, printer, past):
    schedule = Schedule("outer", 16, (2,) * len(kernel.stages), past=past)
    code = compile_module(lambda b: emit_kernel(b, kernel, schedule, "k"), WIDEST, printer)
    return code.texts["llvm"]


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
def test_each_whole_vector_is_stored_both_ways(printer):
    kernel = EXAMPLES["transpose"].kernel
    near, both = (text(kernel, printer, past) for past in (0, 1))
    assert near.count("!nontemporal") == 0
    assert both.count("!nontemporal") == 2  # vectors a step; the masked rest stays near
    assert both.count("align 64, !nontemporal") == 2


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
def test_other_threads_see_it_after_each_part(printer):
    def fences(emit):
        code = compile_module(emit, WIDEST, printer)
        return code.texts["llvm"].count(f"call void @{WIDEST.fence}()")

    def whole(name):
        kernel = EXAMPLES[name].kernel
        schedule = replace(choose_schedule(kernel, WIDEST), past=1)
        return fences(lambda b: emit_kernel(b, kernel, schedule, "k"))

    assert fences(lambda b: emit_support(b, export=True)) == 2  # of parts, and of copies
    assert whole("transpose") == 0
    assert whole("join") == 1  # is not run in parts


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
@pytest.mark.parametrize("name", ["layer norm", "gather of rows", "transpose", "join", "strides"])
def test_bits_are_the_same(name, printer):
    example = EXAMPLES[name]
    near = choose_schedule(example.kernel, host_target())
    for sizes in example.sizes:
        results = []
        for past in (0, 1):
            buffers = arrays(name, sizes)
            compiled(example.kernel, printer, "host", replace(near, past=past))(buffers, sizes)
            results.append([buffer.tobytes() for buffer in buffers])
        assert results[0] == results[1]


def doubled(shape, operations=1, role="out"):
    """Return a kernel that doubles a line some times, into another one."""
    d = Draft()
    x = d.read(0, "float32", "i0")
    for _ in range(operations):
        x = d("add", x, x)
    d.store(1, ("i0",), x)
    buffers = (line(shape), Buffer("float32", (shape,), role))
    return Kernel(1, buffers, axes(i0=shape), (d.stage(),))


def chosen(kernel, target="x86-64-v4"):
    return choose_schedule(kernel, TARGETS[target]).past


def test_which_results_may_go_past():
    assert chosen(doubled("s0")) == FAR
    assert chosen(doubled(FAR // 4)) == FAR
    assert chosen(doubled(FAR // 4 - 1)) == 0
    assert chosen(doubled("s0", role="inout")) == 0
    assert chosen(doubled("s0", operations=40)) == 0
    assert chosen(doubled("s0"), "aarch64") == 0
    assert chosen(descent()) == 0
    for past in ("layer norm", "gather of rows", "transpose", "join", "cumsum along"):
        assert chosen(EXAMPLES[past].kernel) == FAR
    for near in ("mixed types", "scatter of rows", "column sums", "recurrence"):
        assert chosen(EXAMPLES[near].kernel) == 0


def test_what_does_not_begin_with_a_line_of_memory_stays_near():
    kernel = doubled("s0")
    schedule = replace(choose_schedule(kernel, WIDEST), past=1)
    buffers = [np.arange(1000, dtype="float32"), np.zeros(1000, "float32")]
    for begin in (0, 3, 16):
        run = compiled(kernel, "llvm", "host", schedule)
        run(buffers, [1000], range(begin, 1000))
        np.testing.assert_array_equal(buffers[1][begin:], 2 * buffers[0][begin:])
