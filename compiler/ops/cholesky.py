"""The Cholesky factor of a symmetric positive definite matrix."""

from __future__ import annotations

from typing import Any

from symc.compiler.errors import TypeMismatch
from symc.compiler.families import general
from symc.compiler.kernel import matrices
from symc.compiler.op import Operand
from symc.compiler.ops.matrix import below, off_diagonal, on_diagonal, order_of, turned
from symc.compiler.ops.product import dot
from symc.compiler.ops.triangular import solve_triangular
from symc.compiler.types import TensorType


def _infer(x: Operand, *, on_error: str) -> TensorType:
    if on_error not in ("raise", "nan"):
        raise TypeMismatch(f"cholesky: on_error={on_error!r} is neither 'raise' nor 'nan'")
    n = order_of("cholesky", x)
    return TensorType(x.type.dtype, (n, n))


def _conjugated(factor: Any, inner: Any) -> Any:
    """Return the inverse of L' times a matrix times the inverse of L."""
    half = solve_triangular(factor, inner, form="transposed", part="lower")
    return turned(solve_triangular(factor, turned(half), form="transposed", part="lower"))


def _vjp(g: Any, y: Any, x: Any, *, on_error: str) -> tuple[Any]:
    """Pull back by the symbolic rule of Murray 2016, "Differentiation of the Cholesky
    decomposition" (arXiv:1602.07527), eq. 10; only the lower triangle of x is read."""
    inner = below(dot(turned(y), below(g)))
    full = _conjugated(y, inner - on_diagonal(inner) * 0.5)
    return (below(full + turned(full)) - on_diagonal(full),)


def _jvp(tangents: tuple[Any, ...], y: Any, x: Any, *, on_error: str) -> Any:
    """Push forward by eq. 8 of the same paper: L times half of L^-1 dx L'^-1."""
    low = below(tangents[0])
    moved = low + turned(off_diagonal(low))
    half = solve_triangular(y, moved, form="plain", part="lower")
    inner = below(solve_triangular(y, turned(half), form="plain", part="lower"))
    return dot(y, inner - on_diagonal(inner) * 0.5)


cholesky = general(
    "cholesky",
    _infer,
    matrices.cholesky,
    _vjp,
    _jvp,
    can_fail=True,
    doc="Return the lower triangular L with L L' = x, of which the lower triangle is read.",
)
