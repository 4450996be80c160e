"""Decides which loops keep their states in registers: those whose steps are a few operations."""

from __future__ import annotations

from collections.abc import Container, Sequence
from math import prod

from symc.compiler.codegen.register import KIND
from symc.compiler.kernel.inline import MOST_ELEMENTS, is_small
from symc.compiler.kernel.record import Kernel
from symc.compiler.module import Module, walk
from symc.compiler.ops.loop import Body
from symc.compiler.types import TensorType
from symc.passes.fuse.roots import storage
from symc.passes.plan.bindings import Step, computed


def in_registers(body: Body, module: Module, steps: Sequence[Step], read: Container[int]) -> bool:
    """Tell whether all that a step makes is a few elements at known places.

    read   the places of the results of the loop that something reads
    """
    kernels = [step.record for step in steps]
    return (
        bool(kernels)
        and all(isinstance(x, Kernel) and is_small(x) for x in kernels)
        and all(is_few(leaf.type) for leaf in body.states)
        and _rows_are_made(body, steps, read)
        and not body.checks
        and _knows_its_numbers(body, module)
    )


def is_few(type: TensorType) -> bool:
    """Tell whether values of a type are a few elements."""
    sizes = [size for size in type.shape if isinstance(size, int)]
    known = len(sizes) == type.ndim and KIND.get(type.dtype, "narrow") != "narrow"
    return known and 0 < prod(sizes) <= MOST_ELEMENTS


def _rows_are_made(body: Body, steps: Sequence[Step], read: Container[int]) -> bool:
    """Tell whether a step makes the rows that it keeps, or is given them as states."""
    known = {*body.states, *(v for step in steps for v in step.results)}
    kept = enumerate(body.kept, len(body.next))
    return all(storage(x) in known for k, x in kept if k in read)


def _knows_its_numbers(body: Body, module: Module) -> bool:
    """Tell whether a step reads no number from memory that is a size or an index."""
    checked = any(value.op.name == "bounded" for value in walk(module.roots()))
    return not checked and all(value is body.counter for value in computed(module))
