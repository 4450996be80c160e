"""symc.sandbox.linalg.ops: what programs find beside the operations on matrices."""

from __future__ import annotations

from typing import Any

from symc.compiler.errors import TypeMismatch
from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import conversion
from symc.tensor.nlinalg import (
    alloc_diag,
    det,
    diag,
    eig,
    eigh,
    extract_diag,
    matrix_inverse,
    trace,
)
from symc.tensor.products import dot
from symc.tensor.slinalg import cholesky, eigvalsh, solve


def psd(v: Any) -> Any:
    """Return the matrix; that it is positive semi-definite, which this says, has no effect."""
    return conversion.as_tensor_variable(v)


def spectral_radius_bound(X: Any, log2_exponent: int) -> Any:
    """Return an upper bound of the largest eigenvalue of a symmetric matrix.

    It is a root of the trace of a power, of 2 to the exponent given: the larger that is, the nearer
    the bound (Pan 1990, "Estimating the extremal eigenvalues of a symmetric matrix").
    """
    X = conversion.as_tensor_variable(X)
    if X.ndim != 2 or not isinstance(log2_exponent, int):
        raise mistake(
            TypeMismatch,
            f"spectral_radius_bound: takes a matrix and an int, not {X.type} and {log2_exponent!r}",
        )
    if log2_exponent <= 0:
        raise mistake(BadValue, f"spectral_radius_bound: {log2_exponent} is not positive")
    for _ in range(log2_exponent):
        X = dot(X, X)
    return trace(X) ** (2.0**-log2_exponent)


__all__ = [
    "alloc_diag",
    "cholesky",
    "det",
    "diag",
    "eig",
    "eigh",
    "eigvalsh",
    "extract_diag",
    "matrix_inverse",
    "psd",
    "solve",
    "spectral_radius_bound",
    "trace",
]
