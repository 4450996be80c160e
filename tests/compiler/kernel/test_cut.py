"""Kernels without outer axes run in pieces: long stages fold in blocks, which merge in order."""

import numpy as np
import pytest
from native import Native

from symc.compiler.codegen.compile import compile_module
from symc.compiler.kernel.blocks import emit_pieces, piece_name
from symc.compiler.kernel.combine import combine_for
from symc.compiler.kernel.cut import BLOCKS, POINTS, cut
from symc.compiler.kernel.interpret import interpret
from symc.compiler.kernel.record import Affine, Axis, Buffer, Carry, Kernel, Scalar, Stage, Write
from symc.compiler.target.isa import find_target
from tests.compiler.kernel.drafts import Draft
from tests.compiler.kernel.examples import total
from tests.compiler.kernel.gallery import EXAMPLES


def spread(size="s0"):
    """Return the kernel of x - mean(x): a sum of everything, and what all elements do with it."""
    top, low = Draft(j0=size), Draft(j0=size)
    top.reduce(total("float32", "float64"), top.read(0, "float32", "j0"))
    low.store(
        1, ("j0",), low("subtract", low.read(0, "float32", "j0"), low.result(0, 0, "float32"))
    )
    buffers = (Buffer("float32", (size,), "in"), Buffer("float32", (size,), "out"))
    return Kernel(1, buffers, (), (top.stage(), low.stage()))


def ways(kernel):
    return [piece.how for piece in cut(kernel).pieces]


def test_a_sum_and_its_use_are_three_pieces():
    found = cut(spread())
    assert ways(spread()) == ["blocks", "alone", "along"]
    assert found.memory == (("float64", BLOCKS), ("float32", 1))
    assert all(piece.kernel.sizes == 3 for piece in found.pieces)
    assert len({piece.kernel.buffers for piece in found.pieces}) == 1


def test_a_sum_and_a_maximum_of_everything_are_folded_in_one_piece():
    assert ways(EXAMPLES["full sum and maximum"].kernel) == ["blocks", "alone"]


@pytest.mark.parametrize("size", [1, POINTS])
def test_few_points_are_not_cut(size):
    assert cut(spread(size)) is None


def test_what_has_outer_axes_is_not_cut():
    assert cut(EXAMPLES["softmax"].kernel) is None


def test_what_is_added_to_places_that_repeat_runs_whole_and_sequences_too():
    assert ways(EXAMPLES["scatter of numbers"].kernel) == ["along", "alone"]
    carry = (Carry("float32", 0.0, 0),)
    read = spread().stages[0].scalars[0]
    walk = Stage((Axis("j0", "s0"),), (read,), carries=carry)
    assert cut(Kernel(1, spread().buffers, (), (*spread().stages, walk))) is None


def test_what_all_steps_store_in_one_place_runs_whole():
    one = Scalar("constant", (), "float32", 1.0)
    shared = Stage((Axis("j0", "s0"),), (one,), writes=(Write(1, (Affine(),), 0),))
    assert cut(Kernel(1, spread().buffers, (), (shared,))) is None


@pytest.mark.parametrize("n", [0, 1, 5, 100])
def test_pieces_compute_what_the_kernel_does(n):
    """Blocks of one number each, interpreted: their range is all of the axis, so one is enough."""
    kernel, found = spread(), cut(spread())
    x = np.linspace(-1, 3, n, dtype="float32")
    whole = [x, np.zeros(n, "float32")]
    interpret(kernel, whole, [n])
    memory = [np.zeros(count, dtype) for dtype, count in found.memory]
    parts = [x, np.zeros(n, "float32"), *memory]
    for piece in found.pieces:
        interpret(piece.kernel, parts, [n, n, min(n, 1)])
    np.testing.assert_allclose(parts[1], whole[1], rtol=1e-6)


# --- what ends early


def seeking(*names):
    """Return the kernel that tells whether any number, or all, are above 0, or which is first."""
    d, last = Draft(j0="s0"), Draft()
    above = d("greater", d.read(0, "float32", "j0"), d.constant(0.0, "float32"))
    buffers = [Buffer("float32", ("s0",), "in")]
    for k, name in enumerate(names):
        if name == "sum":
            d.reduce(total("float32"), d.read(0, "float32", "j0"))
            continue
        places = [d.axis("j0")] if name.startswith("arg") else []
        dtype = "int64" if places else "bool"
        d.reduce(combine_for(name, "bool", "bool", dtype), above, *places)
        last.store(1 + k, (), last.result(0, k, dtype))
        buffers.append(Buffer(dtype, (), "out"))
    return Kernel(1, tuple(buffers), (), (d.stage(), last.stage()))


LENGTH, COUNT = 100, 5


def sought(kernel, printer, value):
    """Return what a kernel finds in blocks where the third and fifth have a value, and memory."""
    code = Native(
        compile_module(lambda b: emit_pieces(b, kernel, "kernel"), find_target("host"), printer)
    )
    x = np.full(LENGTH * COUNT, -1.0 if value else 1.0, "float32")
    x[[2 * LENGTH + 7, 2 * LENGTH + 30, 4 * LENGTH]] *= -1
    results, status = [np.zeros(1, b.dtype) for b in kernel.buffers[1:]], np.zeros(4, "int64")
    memory = [np.zeros(n, dtype) for dtype, n in cut(kernel).memory]
    for k, extent in enumerate((1, COUNT, 1)):
        sizes = [x.size, LENGTH, COUNT, 0, extent]
        code.call(piece_name("kernel", k), x, *results, *memory, *sizes, status)
    return [r[0] for r in results], memory


@pytest.mark.parametrize(
    ("name", "value"),
    [("any", True), ("all", False), ("argmax", True), ("argmin", False), ("max", True)],
)
@pytest.mark.parametrize("printer", ["llvm", "mlir"])
def test_blocks_after_the_one_that_decides_are_not_looked_at(name, value, printer):
    kernel = seeking(name)
    first, blocks, last = cut(kernel).pieces
    assert (first.how, blocks.how, last.how) == ("alone", "blocks", "alone")
    (found,), memory = sought(kernel, printer, value)
    assert found == (2 * LENGTH + 7 if name.startswith("arg") else value)
    assert {len(m) for m in memory[:-1]} == {BLOCKS}
    assert memory[0][:COUNT].tolist() == [not value, not value, value, not value, not value]
    assert memory[-1].tolist() == [2]


def test_reductions_are_sought_together_until_all_of_them_are_known():
    found, memory = sought(seeking("max", "argmax"), "llvm", True)
    assert found == [True, 2 * LENGTH + 7]
    assert memory[-1].tolist() == [2]
    found, memory = sought(seeking("argmax", "argmin"), "llvm", True)
    assert found == [2 * LENGTH + 7, 0]
    assert memory[-1].tolist() == [2]  # the others have but one of the two
    assert memory[0][:COUNT].tolist() == [False, False, True, False, False]


@pytest.mark.parametrize("names", [("any", "sum"), ("argmax_backwards",)])
def test_what_does_more_than_seek_forwards_goes_on_to_the_end(names):
    (blocks,) = (p for p in cut(seeking(*names)).pieces if p.how == "blocks")
    assert blocks.ending is None
    assert ways(seeking(*names)) == ["blocks", "alone"]
