"""The exponential of a matrix."""

from __future__ import annotations

from typing import Any

from symc.compiler.families import general
from symc.compiler.kernel import matrices
from symc.compiler.op import Op
from symc.compiler.ops.matrix import infer_square, part, turned
from symc.compiler.ops.shape import concatenate, zeros_like


def _pushed(x: Any, moved: Any) -> Any:
    """Return the derivative at x in a direction.

    It is a block of the exponential of a matrix of twice the size, by Najfeld and Havel 1995,
    "Derivatives of the matrix exponential and their computation", theorem 4.6.
    """
    n = x.type.shape[0]
    upper = concatenate(x, moved, axis=1)
    lower = concatenate(zeros_like(x), x, axis=1)
    return part(expm(concatenate(upper, lower, axis=0)), (0, n), (n, n))


expm: Op = general(
    "expm",
    infer_square("expm"),
    matrices.expm,
    lambda g, y, x: (_pushed(turned(x), g),),
    lambda tangents, y, x: _pushed(x, tangents[0]),
    doc="Return the exponential of a square matrix.",
)
