"""Runs kernels: interpreted, compiled for a target by a printer, or naively in C."""

import ctypes
import os
from functools import cache

import numpy as np
from native import Native, NativeC

from symc.compiler.codegen.compile import c_source, compile_module
from symc.compiler.codegen.turning import emit_turning
from symc.compiler.kernel.abreast import turnings
from symc.compiler.kernel.interpret import interpret
from symc.compiler.kernel.lower import emit_kernel
from symc.compiler.kernel.naive import print_c
from symc.compiler.kernel.record import Schedule
from symc.compiler.kernel.schedule import choose_schedule
from symc.compiler.target.isa import TARGETS, find_target

DEEP = bool(os.environ.get("SYMC_DEEP_TESTS"))
FENCE, LINE = 512, 64
BYTE = 0xAB
NOWHERE = ctypes.c_void_p(64)  # where empty arrays lie: touching them ends the process


def interpreted(kernel):
    """Return a function that interprets a kernel; it returns the status."""
    return lambda buffers, sizes, points=None: interpret(kernel, buffers, sizes, points)


@cache
def compiled(kernel, printer="llvm", target="host", schedule=None):
    """Return a function that runs a compiled kernel; it returns the status."""
    isa = find_target(target)
    schedule = schedule or choose_schedule(kernel, isa)

    def emit(b):
        emit_kernel(b, kernel, schedule, "kernel")
        for turning in turnings(kernel, schedule.lanes) if schedule.longest else ():
            emit_turning(b, turning, export=False)

    return fenced(kernel, Native(compile_module(emit, isa, printer)))


@cache
def in_c(kernel):
    """Return a function that runs what the C printer makes of a kernel without lanes."""
    none = Schedule("none", 0, (1,) * len(kernel.stages))
    isa = TARGETS["x86-64"]
    source = c_source(lambda b: emit_kernel(b, kernel, none, "kernel"), isa)
    return fenced(kernel, NativeC(source, isa))


@cache
def naive(kernel):
    """Return a function that runs the naive scheduler's C."""
    return fenced(kernel, NativeC(print_c(kernel, "kernel"), TARGETS["x86-64"]))


def fenced(kernel, code):
    """Return a function that calls a kernel with fences around its buffers, and looks at them."""

    def run(buffers, sizes, points=None, status=None):
        status = np.zeros(4, "int64") if status is None else status
        extent = points or range(outer_extent(kernel, sizes))
        homes = [whole_lines(b.nbytes + 2 * FENCE) for b in buffers]
        places = [home[FENCE : FENCE + b.nbytes] for home, b in zip(homes, buffers, strict=True)]
        for place, buffer in zip(places, buffers, strict=True):
            place[:] = np.ascontiguousarray(buffer).reshape(-1).view("uint8")
        pointers = [place if len(place) else NOWHERE for place in places]
        code.call("kernel", *pointers, *sizes, extent.start, extent.stop, status)
        for number, (home, place, buffer) in enumerate(zip(homes, places, buffers, strict=True)):
            for side in (home[:FENCE], home[FENCE + buffer.nbytes :]):
                assert (side == BYTE).all(), f"touched outside of buffer {number}"
            buffer[...] = place.view(buffer.dtype).reshape(buffer.shape)
        return status

    run.texts = code.texts
    return run


def whole_lines(count):
    """Return bytes that begin with a line of memory, as the arrays that calls return do."""
    home = np.full(count + LINE, BYTE, "uint8")
    return home[-home.ctypes.data % LINE :][:count]


def outer_extent(kernel, sizes):
    """Return the extent of the first outer axis, 1 without one."""
    if not kernel.outer:
        return 1
    size = kernel.outer[0].size
    return sizes[int(size[1:])] if isinstance(size, str) else size
