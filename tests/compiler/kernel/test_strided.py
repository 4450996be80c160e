"""Whole vectors that are read backwards, or of every other element, are not gathered."""

import pytest

from symc.compiler.codegen.compile import compile_module
from symc.compiler.kernel.lower import emit_kernel
from symc.compiler.kernel.record import Affine, Buffer, Kernel, Schedule
from symc.compiler.target.isa import TARGETS
from tests.compiler.kernel.drafts import Draft, axes
from tests.compiler.kernel.examples import line


def stepping(step):
    """Return a kernel that negates elements a step apart."""
    d = Draft()
    place = Affine((("i0", step), ("s1", 1)), -1) if step < 0 else Affine((("i0", step),))
    d.store(1, ("i0",), d("negate", d.read(0, "float32", place)))
    buffers = (line("s1"), Buffer("float32", ("s0",), "out"))
    return Kernel(2, buffers, axes(i0="s0"), (d.stage(),))


def counts(kernel, printer):
    """Count the gathers and the shuffles that turn a vector round."""
    schedule, target = Schedule("outer", 16, (1,)), TARGETS["x86-64-v4"]
    code = compile_module(lambda b: emit_kernel(b, kernel, schedule, "k"), target, printer)
    lines = [x for x in code.texts["llvm"].splitlines() if " = " in x]
    gathers = sum("@llvm.masked.gather" in x for x in lines)
    return gathers, sum("i32 15, i32 14, i32 13" in x for x in lines)


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
@pytest.mark.parametrize(("step", "gathers"), [(-1, 1), (2, 1), (3, 2), (-2, 2)])
def test_small_steps_are_shuffled(step, gathers, printer):
    # One gather is that of the masked rest.
    assert counts(stepping(step), printer) == (gathers, step == -1)
