"""Kernels that go along arrays of one dimension, whose narrow elements fill whole registers."""

from __future__ import annotations

from symc.compiler.codegen.register import KIND
from symc.compiler.kernel.plan import is_operation
from symc.compiler.kernel.record import Affine, Kernel, Read, Scalar, Write
from symc.compiler.target.isa import Target

NARROWEST = 4
"""Bytes of the narrowest elements that set the lanes where indices would fill many registers."""


def narrowest(kernel: Kernel, target: Target) -> int:
    """Return the bytes of the narrowest elements that may set the lanes.

    Only with AVX-512 the end of an array is masked byte by byte.
    """
    return 1 if target.has_avx512 and _is_flat(kernel) else NARROWEST


def _is_flat(kernel: Kernel) -> bool:
    """Tell whether a kernel goes along arrays, computes with no index and with no narrow float."""
    if len(kernel.outer) != 1 or any(stage.axes for stage in kernel.stages):
        return False
    along = Affine(((kernel.outer[0].name, 1),), 0)
    scalars = [scalar for stage in kernel.stages for scalar in stage.scalars]
    reads = [scalar.attribute for scalar in scalars if scalar.op == "read"]
    writes = [write for stage in kernel.stages for write in stage.writes]
    return (
        all(map(_is_plain, scalars))
        and all(write.mode == "store" for write in writes)
        and all(_goes_along(access, along) for access in (*reads, *writes))
    )


def _is_plain(scalar: Scalar) -> bool:
    known = scalar.op in ("read", "constant") or is_operation(scalar)
    return known and KIND[scalar.dtype] != "narrow"


def _goes_along(access: Read | Write, along: Affine) -> bool:
    """Tell whether an access moves as an index does, or not at all."""
    plain = (i == along or (isinstance(i, Affine) and not i.terms) for i in access.index)
    return access.guard is None and all(plain)
