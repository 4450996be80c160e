"""symc.sandbox.linalg: where linear algebra was before it came to symc.tensor."""

from symc.sandbox.linalg.ops import psd, spectral_radius_bound
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
from symc.tensor.slinalg import cholesky, eigvalsh, solve

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
