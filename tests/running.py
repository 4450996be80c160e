"""Run modules natively: plan, print, link, map and bind them."""

from functools import partial

import numpy as np

from symc import runtime
from symc.compiler.codegen.contraction import work_bytes
from symc.compiler.link import Linker
from symc.compiler.ops.foreign import results_of
from symc.compiler.target.isa import host_target
from symc.compiler.text import python_calls
from symc.compiler.types import array_dtype
from symc.passes.fuse.emission import fuse
from symc.passes.plan import plan


class Failed(Exception):
    """What the entry point reported: code, arg, dim, expected, got, site."""


def native(module, states=(), printer="llvm", target=None, threads=2):
    """Return (function, containers) of a module; a failure raises Failed with its fields."""
    return native_fused(fuse(module), states, printer, target, python_calls(module), threads)


def native_fused(module, states=(), printer="llvm", target=None, python=(), threads=2):
    """Do as `native` for a module that is fused already."""
    target = target or host_target()
    program = plan(module, lambda c: work_bytes(c, target), python)
    linked = Linker(target, printer, None).link(program)
    containers = [runtime.Container(np.array(state, order="C")) for state in states]
    returned = len(program.outputs) - len(program.swaps)
    targets = [runtime.RETURNED] * returned + list(program.swaps)
    outputs = [
        (array_dtype(spec.dtype).num, len(spec.shape), where)
        for spec, where in zip(program.outputs, targets, strict=True)
    ]
    inputs = [
        (
            array_dtype(spec.dtype).num,
            len(spec.shape),
            sum(1 << k for k, s in enumerate(spec.shape) if s == 1),
        )
        for spec in program.inputs
    ]
    signature = {
        "name": program.name,
        "inputs": inputs,
        "containers": containers,
        "written": sorted({*program.written, *program.swaps}),
        "outputs": outputs,
        "result": "list" if returned else "none",
        "convert": convert,
        "threads": threads,
        "fail": lambda *fields: Failed(*fields[:6]),
        "callees": [partial(results_of, *call) for call in python],
    }
    return runtime.bind(runtime.Code(linked.blob), linked.entry, signature), containers


def convert(index, value):
    """Refuse what is not an array of the right kind already."""
    return np.ascontiguousarray(value)
