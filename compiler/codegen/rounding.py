"""Rounding to whole numbers on targets that have no instruction for it; the results are exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symc.compiler.codegen.register import Register

if TYPE_CHECKING:
    from symc.compiler.codegen.builder import KernelBuilder

# From here on every float is a whole number, and adding it leaves no room for a fraction.
WHOLE = {"float32": 2.0**23, "float64": 2.0**52}


def rint(b: KernelBuilder, x: Register) -> Register:
    """Round to the nearest whole number, ties to even."""
    whole = b.constant(x.dtype, WHOLE[x.dtype], x.lanes)
    magnitude = b.absolute(x)
    rounded = b.copysign(b.subtract(b.add(magnitude, whole), whole), x)
    return b.select(b.less(magnitude, whole), rounded, x)


def floor(b: KernelBuilder, x: Register) -> Register:
    """Round down."""
    nearest = rint(b, x)
    below = b.subtract(nearest, b.constant(x.dtype, 1, x.lanes))
    return b.select(b.greater(nearest, x), below, nearest)


def ceil(b: KernelBuilder, x: Register) -> Register:
    """Round up."""
    return b.negate(floor(b, b.negate(x)))


def trunc(b: KernelBuilder, x: Register) -> Register:
    """Round towards zero."""
    return b.copysign(floor(b, b.absolute(x)), x)


EMULATED = {"rint": rint, "floor": floor, "ceil": ceil, "trunc": trunc}
