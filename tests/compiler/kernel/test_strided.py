"""Whole vectors that are read and written by small steps, either way, are shuffled."""

import ctypes
import mmap

import numpy as np
import pytest

from symc.compiler.codegen.compile import compile_module
from symc.compiler.kernel.lower import emit_kernel
from symc.compiler.kernel.record import Affine, Buffer, Kernel, Schedule
from symc.compiler.kernel.schedule import choose_schedule
from symc.compiler.target.isa import TARGETS
from tests.compiler.kernel.drafts import Draft, axes
from tests.native import LIBC, Native, host_targets

STEPS = (-5, -4, -3, -2, -1, 2, 3, 4, 5)
DTYPES = ("bool", "uint8", "int16", "float16", "float32", "int64", "float64")


def stepping(step, dtype="float32"):
    """Return a kernel that copies elements a step apart; backwards it begins with the last."""
    d = Draft()
    place = Affine((("i0", step), ("s1", 1)), -1) if step < 0 else Affine((("i0", step),))
    d.store(1, ("i0",), d.read(0, dtype, place))
    buffers = (Buffer(dtype, ("s1",), "in"), Buffer(dtype, ("s0",), "out"))
    return Kernel(2, buffers, axes(i0="s0"), (d.stage(),))


def text(kernel, printer, schedule=None):
    target = TARGETS["x86-64-v4"]
    schedule = schedule or Schedule("outer", 16, (1,))
    code = compile_module(lambda b: emit_kernel(b, kernel, schedule, "k"), target, printer)
    return [line for line in code.texts["llvm"].splitlines() if " = " in line]


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
@pytest.mark.parametrize("step", STEPS)
def test_small_steps_are_shuffled(step, printer):
    lines = text(stepping(step), printer)
    gathers = sum("@llvm.masked.gather" in line for line in lines)
    # The masked rest is gathered too, but not backwards.
    assert gathers == {-1: 0, -5: 2, 5: 2}.get(step, 1)
    turns = sum("i32 15, i32 14, i32 13" in line for line in lines)
    assert turns == (3 if step == -1 else step in (-2, -3, -4))


class Walled:
    """Memory whose last byte is the last of a page, before one that must not be touched."""

    def __init__(self, content):
        page = mmap.PAGESIZE
        whole = -(-content.nbytes // page) * page
        self.home = mmap.mmap(-1, whole + page)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self.home))
        assert LIBC.mprotect(ctypes.c_void_p(start + whole), page, 0) == 0
        begin = whole - content.nbytes
        self.array = np.frombuffer(self.home, content.dtype, content.size, begin)
        self.array[:] = content


def runs(made, dtype, target):
    """Yield steps, counts, sizes of what is walked over, and what runs the kernel made for each."""
    for step in STEPS:
        kernel = made(step, dtype)
        schedule = choose_schedule(kernel, target)
        code = compile_module(lambda b, k=kernel, s=schedule: emit_kernel(b, k, s, "k"), target)
        run = Native(code)
        for count in (1, 2, 15, 16, 17, 32, 33, 64, 100):
            yield step, count, (count - 1) * abs(step) + 1, run


@pytest.mark.parametrize("target", host_targets(), ids=lambda target: target.name)
@pytest.mark.parametrize("dtype", DTYPES)
def test_elements_are_right_and_nothing_behind_them_is_read(dtype, target):
    random = np.random.default_rng(7)
    for step, count, size, run in runs(stepping, dtype, target):
        # Forwards the last element read is the last of the page.
        x = Walled(random.integers(0, 2, size).astype(dtype)).array
        y = np.zeros(count, dtype)
        run.call("k", x, y, count, size, 0, count, np.zeros(4, "int64"))
        expected = x[::-1][::-step] if step < 0 else x[::step]
        np.testing.assert_array_equal(y, expected[:count])


def spreading(step, dtype="float32"):
    """Return a kernel that writes elements a step apart; backwards it begins with the last."""
    d = Draft()
    place = Affine((("i0", step), ("s1", 1)), -1) if step < 0 else Affine((("i0", step),))
    d.store(1, (place,), d.read(0, dtype, "i0"))
    buffers = (Buffer(dtype, ("s0",), "in"), Buffer(dtype, ("s1",), "out"))
    return Kernel(2, buffers, axes(i0="s0"), (d.stage(),))


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
@pytest.mark.parametrize("step", STEPS)
def test_narrow_elements_are_not_scattered(step, dtype, printer):
    kernel, target = spreading(step, dtype), TARGETS["x86-64-v4"]
    schedule = Schedule("outer", 16, (1,))
    code = compile_module(lambda b: emit_kernel(b, kernel, schedule, "k"), target, printer)
    calls = [line for line in code.texts["llvm"].splitlines() if "call void @llvm.masked" in line]
    scattered = abs(step) > 4 or (dtype == "float64" and step != -1)
    assert [("scatter" in line) for line in calls] == [scattered] * len(calls)
    # Whole vectors, then the masked rest: backwards whole ones need no mask.
    assert len(calls) == (2 if scattered else 1 if step == -1 else 2 * abs(step))


@pytest.mark.parametrize("target", host_targets(), ids=lambda target: target.name)
@pytest.mark.parametrize("dtype", DTYPES)
def test_nothing_between_and_behind_elements_is_written(dtype, target):
    random = np.random.default_rng(7)
    for step, count, size, run in runs(spreading, dtype, target):
        old, x = (random.integers(0, 2, n).astype(dtype) for n in (size, count))
        y = Walled(old).array
        run.call("k", x, y, count, size, 0, count, np.zeros(4, "int64"))
        expected = old.copy()
        expected[::step] = x
        np.testing.assert_array_equal(y, expected)
