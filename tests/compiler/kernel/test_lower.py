"""What the examples do not show: ranges, failing checks, schedules, empty loops, hoisting."""

import re

import numpy as np
import pytest
from msgspec.structs import replace

from symc.compiler.codegen.compile import compile_module
from symc.compiler.errors import InternalError
from symc.compiler.kernel.lower import emit_kernel, kernel_function_signature
from symc.compiler.kernel.plan import outer_is_parallel
from symc.compiler.kernel.record import Affine, Buffer, Kernel, Picked, Schedule
from symc.compiler.kernel.schedule import choose_schedule
from symc.compiler.kernel.verify import verify
from symc.compiler.target.isa import find_target, host_target
from tests.compiler.kernel.drafts import Draft, axes
from tests.compiler.kernel.examples import f32, zeros
from tests.compiler.kernel.gallery import EXAMPLES
from tests.compiler.kernel.running import compiled, interpreted, naive
from tests.compiler.kernel.test_examples import check

RUNS = [interpreted, naive, compiled, lambda kernel: compiled(kernel, "mlir", "x86-64")]
every_run = pytest.mark.parametrize("run", RUNS, ids=["interpreted", "naive", "llvm", "mlir"])


def arrays(name, sizes):
    random = np.random.default_rng(5)
    return [np.array(b) for b in EXAMPLES[name].buffers(random, *sizes)]


def test_signature():
    names = [name for name, _ in kernel_function_signature(EXAMPLES["softmax"].kernel)]
    assert names == ["buffer0", "buffer1", "s0", "s1", "begin", "end", "status"]


# --- schedules


ROWS = ("softmax", "argmax", "max with NaN", "all", "layer norm")
COLUMNS = ("column sums", "column argmax", "cumsum down", "recurrence a column", "broadcasts")
SCHEDULES = [
    *((name, "inner", lanes, unroll) for name in ROWS for lanes, unroll in ((4, 4), (16, 1))),
    *((name, "outer", lanes, unroll) for name in COLUMNS for lanes, unroll in ((2, 4), (16, 2))),
    ("softmax", "outer", 8, 2),
    ("transpose", "outer", 4, 2),
    ("sum over outside axes", "outer", 4, 1),
    ("gather of elements", "outer", 8, 2),
    ("scatter of rows", "inner", 4, 2),
    ("column sums", "none", 0, 1),
]


@pytest.mark.parametrize(("name", "vector", "lanes", "unroll"), SCHEDULES)
def test_every_schedule_gives_the_same(name, vector, lanes, unroll):
    stages = len(EXAMPLES[name].kernel.stages)
    schedule = Schedule(vector, lanes, (unroll,) * stages)
    check(name, compiled(EXAMPLES[name].kernel, "llvm", "host", schedule))


@pytest.mark.parametrize("name", ["transpose", "planes across", "axes turned round"])
@pytest.mark.parametrize("lanes", [2, 4, 16])
def test_tiles_give_the_same_bits(name, lanes):
    example = EXAMPLES[name]
    tiled = Schedule("outer", lanes, (2,), tile="i0")
    for sizes in example.sizes:
        results = []
        for schedule in (tiled, replace(tiled, tile="")):
            buffers = arrays(name, sizes)
            compiled(example.kernel, "llvm", "host", schedule)(buffers, sizes)
            results.append([buffer.tobytes() for buffer in buffers])
        assert results[0] == results[1]


SWEEPS = [
    *((name, "outer", lanes, 16) for name in COLUMNS[:4] for lanes in (2, 8)),
    ("column sums", "none", 0, 4),
    ("sum over outside axes", "inner", 4, 2),
]


@pytest.mark.parametrize(("name", "vector", "lanes", "sweep"), SWEEPS)
def test_sweeps_give_the_same_bits(name, vector, lanes, sweep):
    example = EXAMPLES[name]
    stages = len(example.kernel.stages)
    swept = Schedule(vector, lanes, (2,) * stages, sweep)
    check(name, compiled(example.kernel, "llvm", "host", swept))
    for sizes in example.sizes:
        results = []
        for schedule in (swept, replace(swept, sweep=0)):
            buffers = arrays(name, sizes)
            compiled(example.kernel, "llvm", "host", schedule)(buffers, sizes)
            results.append([buffer.tobytes() for buffer in buffers])
        assert results[0] == results[1]


def test_refuses_a_step_that_is_no_power_of_two():
    kernel = EXAMPLES["softmax"].kernel
    with pytest.raises(InternalError, match="power of two"):
        compiled(kernel, "llvm", "host", Schedule("inner", 8, (3, 1, 1)))


@pytest.mark.parametrize("name", ["softmax", "argmax", "column sums", "broadcasts", "mixed types"])
def test_printers_give_equal_bits(name):
    for sizes in EXAMPLES[name].sizes:
        results = []
        for printer in ("llvm", "mlir"):
            buffers = arrays(name, sizes)
            compiled(EXAMPLES[name].kernel, printer)(buffers, sizes)
            results.append([b.tobytes() for b in buffers])
        assert results[0] == results[1]


def test_text_is_deterministic():
    def text():
        kernel, target = EXAMPLES["layer norm"].kernel, find_target("x86-64-v3")
        schedule = choose_schedule(kernel, target)
        code = compile_module(lambda b: emit_kernel(b, kernel, schedule, "k"), target, "llvm")
        return code.texts["llvm"]

    assert text() == text()


# --- ranges of the first outer axis


@every_run
@pytest.mark.parametrize("name", ["softmax", "column sums", "broadcasts", "cumsum down"])
def test_parts_of_the_range_give_the_bits_of_the_whole(name, run):
    sizes = (40, 50)
    kernel = EXAMPLES[name].kernel
    whole, parts = arrays(name, sizes), arrays(name, sizes)
    run(kernel)(whole, sizes)
    extent = sizes[int(kernel.outer[0].size[1:])]
    for begin, end in ((0, 1), (1, 1), (1, 18), (18, extent)):
        run(kernel)(parts, sizes, range(begin, end))
    assert [b.tobytes() for b in whole] == [b.tobytes() for b in parts]


# --- checks


@every_run
@pytest.mark.parametrize("bad", [6, -7, 2**62, -(2**63)])
@pytest.mark.parametrize(("name", "columns"), [("gather of rows", 20), ("scatter of rows", 3)])
def test_a_row_out_of_bounds_is_reported(name, columns, bad, run):
    kernel = EXAMPLES[name].kernel
    buffers = arrays(name, (30, columns, 6))
    index = next(b for b in buffers if b.dtype == "int64")
    index[21] = bad
    status = run(kernel)(buffers, (30, columns, 6))
    assert status.tolist() == [1, bad, 6, 0]


@every_run
def test_an_element_out_of_bounds_is_reported_and_not_touched(run):
    kernel = EXAMPLES["gather of elements"].kernel
    buffers = arrays("gather of elements", (40, 9))
    buffers[1][[5, 7, 33]] = 9, -10, 2**40
    before = [b.copy() for b in buffers]
    status = run(kernel)(buffers, (40, 9))
    assert status.tolist() == [1, 9, 9, 1]
    good = np.setdiff1d(np.arange(40), [5, 7, 33])
    expected = before[0][good, before[1][good]] + before[2][before[1][good] & 3]
    np.testing.assert_array_equal(buffers[3][good], expected)


def guarded_gather():
    """Read a table where the index is not 99, beside a check of a table that may be empty."""
    d = Draft()
    index = d.read(1, "int64", "i0")
    wanted = d("not_equal", index, d.constant(99, "int64"))
    d.store(2, ("i0",), d.read(0, "float32", Picked(index, 0), guard=wanted))
    buffers = (Buffer("float32", ("s1",), "in"), Buffer("int64", ("s0",), "in"))
    return Kernel(2, (*buffers, Buffer("float32", ("s0",), "out")), axes(i0="s0"), (d.stage(),), 1)


@every_run
@pytest.mark.parametrize("length", [0, 5])
def test_a_check_without_its_guard_does_not_fail(length, run):
    index = np.full(37, 99)
    out = zeros(37)
    status = run(guarded_gather())([np.ones(length, "float32"), index, out], (37, length))
    assert not status.any()
    assert not out.any()


@every_run
def test_a_check_with_its_guard_fails(run):
    index = np.full(37, 99)
    index[20] = 0
    status = run(guarded_gather())([np.ones(0, "float32"), index, zeros(37)], (37, 0))
    assert status.tolist() == [1, 0, 0, 0]


def picked_scale():
    """Scale rows by an element that one index, the same for all rows, picks."""
    d = Draft()
    factor = d.read(1, "float32", Picked(d.read(2, "int64"), 0))
    d.store(3, ("i0", "i1"), d("multiply", d.read(0, "float32", "i0", "i1"), factor))
    plane = ("s0", "s1")
    buffers = (
        Buffer("float32", plane, "in"),
        Buffer("float32", ("s2",), "in"),
        Buffer("int64", (), "in"),
        Buffer("float32", plane, "out"),
    )
    return Kernel(3, buffers, axes(i0="s0", i1="s1"), (d.stage(),), 1)


@every_run
@pytest.mark.parametrize(("n", "m", "fails"), [(3, 20, True), (0, 20, False), (3, 0, False)])
def test_a_hoisted_check_fails_only_if_the_loops_run(n, m, fails, run):
    x = np.ones((n, m), "float32")
    buffers = [x, np.ones(2, "float32"), np.array(2), zeros(n, m)]
    status = run(picked_scale())(buffers, (n, m, 2))
    assert status.tolist() == ([1, 2, 2, 0] if fails else [0, 0, 0, 0])


@pytest.mark.parametrize("run", RUNS[1:], ids=["naive", "llvm", "mlir"])
@pytest.mark.parametrize("name", ["gather of rows", "gather of elements"])
def test_an_earlier_failure_stays(name, run):
    sizes = (30, 20, 6)[: EXAMPLES[name].kernel.sizes]
    buffers = arrays(name, sizes)
    buffers[1][3] = 100
    status = run(EXAMPLES[name].kernel)(buffers, sizes, status=np.array([7, 1, 2, 3]))
    assert status.tolist() == [7, 1, 2, 3]


# --- reads that come early


def first_of_row():
    """Add the first element of each row to it, and the first of a vector."""
    d = Draft(j0="s1")
    x = d("add", d.read(0, "float32", "i0", "j0"), d.read(0, "float32", "i0", 0))
    d.store(2, ("i0", "j0"), d("add", x, d.read(1, "float32", 0)))
    buffers = (
        Buffer("float32", ("s0", "s1"), "in"),
        Buffer("float32", ("s2",), "in"),
        Buffer("float32", ("s0", "s1"), "out"),
    )
    return Kernel(3, buffers, axes(i0="s0"), (d.stage(),))


@every_run
@pytest.mark.parametrize(("n", "m"), [(3, 20), (3, 1), (3, 0), (0, 3)])
def test_an_early_read_needs_its_loops(n, m, run):
    x = f32(np.random.default_rng(1), n, m)
    first = np.ones(1 if n * m else 0, "float32")
    out = zeros(n, m)
    run(first_of_row())([x, first, out], (n, m, len(first)))
    np.testing.assert_array_equal(out, x + x[:, :1] + 1)


def through_memory():
    """Double a row's element in scratch at each step of a sequence, after adding 1 to it."""
    first, second, steps, last = Draft(), Draft(), Draft(j0="s1"), Draft()
    first.store(2, (0,), first.read(0, "float32", "i0"))
    second.store(
        2, (0,), second("add", second.read(2, "float32", 0), second.constant(1, "float32"))
    )
    again = steps.read(2, "float32", 0)
    steps.carry("float32", 0, steps.constant(1, "float32"))
    steps.store(2, (0,), steps("add", again, again))
    last.store(1, ("i0",), last.read(2, "float32", 0))
    buffers = (
        Buffer("float32", ("s0",), "in"),
        Buffer("float32", ("s0",), "out"),
        Buffer("float32", (1,), "row"),
    )
    stages = tuple(draft.stage() for draft in (first, second, steps, last))
    return Kernel(2, buffers, axes(i0="s0"), stages)


@every_run
@pytest.mark.parametrize(("n", "m"), [(5, 3), (20, 0), (0, 3)])
def test_what_is_written_is_read_anew(n, m, run):
    x = f32(np.random.default_rng(4), n)
    out = zeros(n)
    run(through_memory())([x, out, zeros(1)], (n, m))
    np.testing.assert_array_equal(out, (x + 1) * 2**m)


def test_what_does_not_vary_with_a_loop_is_outside_it():
    """The innermost loop of the broadcasts reads the plane and the row, and nothing else."""
    if host_target().vector_bytes == 16:
        pytest.skip("masks are branches there")
    text = compiled(EXAMPLES["broadcasts"].kernel).texts["llvm"]
    blocks = re.split(r"^(?=\w+:)", text, flags=re.MULTILINE)
    bodies = [b for b in blocks if b.startswith("body") and "symc_tanh" in b]
    (inner,) = [b for b in bodies if "masked" not in b]
    assert len(re.findall(r" load <", inner)) == 2
    assert " load float" not in inner
    assert " mul " not in inner


def shifted_sum():
    """Add a row at every shift: lanes and steps overlap in memory."""
    d = Draft(j0="s1")
    place = Affine((("i0", 1), ("j0", 1)))
    d.add(1, (place,), d.read(0, "int64", "i0", "j0"))
    buffers = (Buffer("int64", ("s0", "s1"), "in"), Buffer("int64", ("s2",), "inout"))
    return Kernel(3, buffers, axes(i0="s0"), (d.stage(),))


# --- storage-only floats


def brain_floats():
    """Compute with the other half-sized floats: read, add in float32, keep a constant, store."""
    d = Draft()
    x = d.read(0, "bfloat16", "i0")
    y = d.scalar("cast", (x,), "float32", (("dtype", "float32"),))
    total = d("add", y, y)
    d.store(1, ("i0",), d.scalar("cast", (total,), "bfloat16", (("dtype", "bfloat16"),)))
    positive = d("greater", y, d.constant(0.0, "float32"))
    number = d.constant(1.0 + 2**-8, "bfloat16")
    d.store(2, ("i0",), d.scalar("switch", (positive, x, number), "bfloat16"))
    buffers = tuple(Buffer("bfloat16", ("s0",), role) for role in ("in", "out", "out"))
    return Kernel(1, buffers, axes(i0="s0"), (d.stage(),))


@pytest.mark.parametrize("run", RUNS[1:], ids=["naive", "llvm", "mlir"])
def test_computes_with_brain_floats(run):
    verify(brain_floats())
    x = f32(np.random.default_rng(6), 37)
    words = (x.view("uint32") >> 16).astype("uint16")
    twice, chosen = np.zeros(37, "uint16"), np.zeros(37, "uint16")
    run(brain_floats())([words, twice, chosen], (37,))
    values = (words.astype("uint32") << 16).view("float32")
    np.testing.assert_array_equal((twice.astype("uint32") << 16).view("float32"), 2 * values)
    np.testing.assert_array_equal(chosen, np.where(values > 0, words, 0x3F80))


# --- parts that run at once


@pytest.mark.parametrize("name", ["softmax", "column sums", "broadcasts", "cumsum down", "join"])
def test_outer_points_that_write_apart_may_run_at_once(name):
    assert outer_is_parallel(EXAMPLES[name].kernel) == (name != "join")


@pytest.mark.parametrize("kernel", [EXAMPLES["histogram"].kernel, shifted_sum()])
def test_outer_points_that_share_a_place_run_in_order(kernel):
    assert not outer_is_parallel(kernel)


# --- state in place


def descent():
    """Take a step of momentum: both states are read and written in place."""
    d = Draft()
    v = d("multiply", d.read(1, "float32", "i0"), d.constant(0.9, "float32"))
    v = d("subtract", v, d.read(0, "float32", "i0"))
    d.store(1, ("i0",), v)
    d.store(2, ("i0",), d("add", d.read(2, "float32", "i0"), v))
    line = ("s0",)
    buffers = (
        Buffer("float32", line, "in"),
        Buffer("float32", line, "inout"),
        Buffer("float32", line, "inout"),
    )
    return Kernel(1, buffers, axes(i0="s0"), (d.stage(),))


@every_run
@pytest.mark.parametrize("n", [0, 1, 16, 100])
def test_state_changes_in_place(n, run):
    random = np.random.default_rng(2)
    g, v, p = (f32(random, n) for _ in range(3))
    new_v = v * np.float32(0.9) - g
    new_p = p + new_v
    run(descent())([g, v, p], (n,))
    np.testing.assert_allclose(v, new_v, 1e-6)
    np.testing.assert_allclose(p, new_p, 1e-6, 1e-6)


@pytest.mark.parametrize("vector", ["inner", "outer", "none"])
@pytest.mark.parametrize(("n", "m"), [(3, 40), (40, 3), (33, 18), (1, 1)])
def test_overlapping_additions_all_count(vector, n, m):
    x = np.random.default_rng(3).integers(0, 100, (n, m))
    expected = np.zeros(n + m, "int64")
    for i in range(n):
        expected[i : i + m] += x[i]
    out = np.zeros(n + m, "int64")
    schedule = Schedule(vector, 0 if vector == "none" else 8, (2,))
    compiled(shifted_sum(), "llvm", "host", schedule)([x, out], (n, m, n + m))
    np.testing.assert_array_equal(out, expected)
