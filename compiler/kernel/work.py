"""Estimates how long a kernel runs, as a formula in its sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from symc.compiler.codegen.register import ITEMSIZE
from symc.compiler.kernel.plan import is_operation
from symc.compiler.kernel.record import Body, Kernel, Scalar, SizeName, Stage

CHEAP = frozenset(
    {
        *("add", "subtract", "multiply", "negate", "absolute", "sign", "square", "maximum"),
        *("minimum", "clip", "cast", "switch", "equal", "not_equal", "less", "less_equal"),
        *("greater", "greater_equal", "bit_and", "bit_or", "bit_xor", "bit_not", "isnan", "isinf"),
        *("isfinite", "floor", "ceil", "trunc", "shift_left", "shift_right", "round_half_to_even"),
        *("deg2rad", "rad2deg"),
    }
)
"""Operations of few instructions."""
SLOW = frozenset({"true_divide", "reciprocal", "sqrt", "hard_sigmoid"})
"""Operations of one slow instruction."""

# Nanoseconds on one core: a byte moved, an operation of each kind, a point in sequence.
BYTE, CHEAP_STEP, SLOW_STEP, COSTLY_STEP, IN_SEQUENCE = 0.03, 0.03, 0.15, 0.3, 1.5

Terms = tuple[tuple[float, tuple[SizeName, ...]], ...]
"""A sum of nanoseconds * product of sizes."""


def is_costly(op: str) -> bool:
    """Tell whether an operation takes many instructions: elementary functions, powers."""
    return op not in CHEAP and op not in SLOW


def work_terms(kernel: Kernel) -> Terms:
    """Return the estimate as a sum of nanoseconds a point * the sizes of the points' axes."""
    return tuple(
        (_point(kernel, stage), tuple(a.size for a in (*kernel.outer, *stage.axes)))
        for stage in kernel.stages
    )


def kernel_work(kernel: Kernel, sizes: Sequence[int]) -> float:
    """Return the estimated nanoseconds of a whole run on one core, for the kernel's sizes."""
    return sum(
        cost * prod(sizes[int(s[1:])] if isinstance(s, str) else s for s in extents)
        for cost, extents in work_terms(kernel)
    )


def _point(kernel: Kernel, stage: Stage) -> float:
    """Return the nanoseconds of one point of a stage."""
    dtypes = [s.dtype for s in stage.scalars if s.op == "read"]
    dtypes += [kernel.buffers[write.buffer].dtype for write in stage.writes]
    moved = sum(BYTE * ITEMSIZE[dtype] for dtype in dtypes)
    computed = steps(stage.scalars) + sum(_body(r.combine.step) for r in stage.reductions)
    added = any(write.mode == "add" for write in stage.writes)
    return moved + computed + (IN_SEQUENCE if stage.carries or added else 0.0)


def _body(body: Body) -> float:
    return steps(body.scalars)


def steps(scalars: Iterable[Scalar]) -> float:
    """Return the nanoseconds that operations of one point take."""
    return sum(_step(scalar.op) for scalar in scalars if is_operation(scalar))


def _step(op: str) -> float:
    if op in CHEAP:
        return CHEAP_STEP
    return SLOW_STEP if op in SLOW else COSTLY_STEP
