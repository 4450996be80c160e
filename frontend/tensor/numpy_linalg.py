"""NumPy's functions of linear algebra applied to variables, under its names and arguments."""

from __future__ import annotations

from typing import Any

from symc.exceptions import BadUse
from symc.report import mistake
from symc.tensor import nlinalg, reductions, slinalg
from symc.tensor.conversion import as_tensor_variable
from symc.tensor.nlinalg import (
    det,
    eig,
    eigh,
    matrix_power,
    slogdet,
    tensorinv,
    tensorsolve,
)

__all__ = [
    "cholesky",
    "det",
    "eig",
    "eigh",
    "eigvalsh",
    "inv",
    "lstsq",
    "matrix_power",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "tensorinv",
    "tensorsolve",
]


def inv(a: Any) -> Any:
    """Return the inverse of a square matrix."""
    return nlinalg.matrix_inverse(a)


def cholesky(a: Any, *, upper: bool = False) -> Any:
    """Return the triangular square root of a positive definite matrix."""
    return slinalg.Cholesky(lower=not upper)(a)


def solve(a: Any, b: Any) -> Any:
    """Return x with a x = b."""
    return slinalg.solve(a, b)


def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """Return the eigenvalues of a symmetric matrix, ascending."""
    return nlinalg.eigh(a, UPLO)[0]


def qr(a: Any, mode: str = "reduced") -> Any:
    """Factor a matrix into orthonormal columns and an upper triangle."""
    return nlinalg.qr(a, mode)


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Return [u, s, vt], or s alone."""
    return nlinalg.svd(a, full_matrices, compute_uv)


def pinv(a: Any) -> Any:
    """Return the pseudo-inverse; singular values up to 1e-15 times the largest count as zero."""
    return nlinalg.pinv(a)


def lstsq(a: Any, b: Any, rcond: Any = -1) -> Any:
    """Return [solution, residuals, rank, singular values] of least squares."""
    return nlinalg.lstsq()(a, b, rcond)


def multi_dot(arrays: Any) -> Any:
    """Return the product of matrices, from left to right."""
    return nlinalg.matrix_dot(*arrays)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the norm of vectors along an axis, or of a whole vector or matrix."""
    x = as_tensor_variable(x)
    if isinstance(axis, (tuple, list)):
        raise mistake(BadUse, "numpy.linalg.norm of matrices along axes is not there yet")
    if ord is None or axis is not None or x.ndim == 1:
        return reductions.norm(x, ord, axis, keepdims)
    if keepdims:
        raise mistake(BadUse, "numpy.linalg.norm of a matrix: keepdims is not there yet")
    return nlinalg.norm(x, ord)
