"""symc.tensor.nlinalg: inverses, determinants, eigenvalues and factors of matrices.

What Theano keeps in the module of this name. Matrices are float32 or float64; one that has not the
properties an operation needs raises LinAlgError, NumPy's, when the function runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symc.absent import absent
from symc.compiler.errors import TypeMismatch
from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import application, conversion, creation, elementwise, shaping
from symc.tensor.creation import diag, trace
from symc.tensor.eigen import Eig, eig
from symc.tensor.joining import join
from symc.tensor.least_squares import lstsq
from symc.tensor.norms import norm
from symc.tensor.products import dot

RCOND = 1e-15
"""Singular values up to so many times the largest count as zero in `pinv`."""


def matrix_inverse(x: Any) -> Any:
    """Return the inverse of a square matrix, in its dtype.

    A product with an inverse is computed by solving a system. Raises LinAlgError where the matrix
    is singular.
    """
    return application.call("inverse", x)


def pinv(x: Any) -> Any:
    """Return the pseudo-inverse of an (m, n) matrix, of shape (n, m).

    Singular values up to 1e-15 times the largest count as zero. The gradient is that of matrices of
    the same rank (Golub and Pereyra 1973).
    """
    return application.call("pinv", x, rcond=RCOND)


def det(x: Any) -> Any:
    """Return the determinant of a square matrix; the gradient needs its inverse."""
    return application.call("det", x)


def logdet(x: Any) -> Any:
    """Return the logarithm of the absolute value of the determinant, which cannot overflow.

    >>> logdet([[2.0, 0.0], [0.0, -0.5]]).eval()
    array(0.)
    """
    return application.call("logabsdet", x)


def slogdet(x: Any) -> list[Any]:
    """Return the sign of the determinant, and the logarithm of its absolute value."""
    return [application.call("sign_det", x), logdet(x)]


def eigh(a: Any, UPLO: str = "L") -> list[Any]:
    """Return the eigenvalues of a symmetric matrix, ascending, and its eigenvectors as columns.

    UPLO   the triangle that is read, and to which the gradient belongs: 'L' or 'U'

    The vectors' signs are such that the sum of elements over their places plus sqrt(2) is positive.
    """
    a = triangle_of(a, UPLO)
    return [application.call("eigh_values", a), application.call("eigh_vectors", a)]


def triangle_of(a: Any, UPLO: str) -> Any:
    """Return a matrix whose lower triangle is the one named of another."""
    if UPLO not in ("L", "U"):
        raise mistake(BadValue, f"eigh: UPLO={UPLO!r} is neither 'L' nor 'U'")
    a = conversion.as_tensor_variable(a)
    return a if UPLO == "L" or a.ndim != 2 else a.T


QR_MODES = {"full": "reduced", "f": "reduced"}
"""Old names of modes."""


def qr(a: Any, mode: str = "reduced") -> Any:
    """Factor an (m, n) matrix into orthonormal columns and an upper triangle, k = min(m, n).

    mode   'reduced': [q, r] of shapes (m, k) and (k, n); 'complete': (m, m) and (m, n); 'r': r
           alone; 'raw': [h, tau] as LAPACK leaves them, of shapes (n, m) and (k,)

    Modes 'reduced' and 'r' have gradients (Walter and Lehmann 2018; Roberts and Roberts 2020).
    """
    mode = QR_MODES.get(mode, mode)
    if mode not in ("reduced", "complete", "r", "raw"):
        raise mistake(BadValue, f"qr: there is no mode {mode!r}")
    if mode == "raw":
        return _raw_qr(conversion.as_tensor_variable(a))
    form = "complete" if mode == "complete" else "reduced"
    right = application.call("qr_right", a, mode=form)
    return right if mode == "r" else [application.call("qr_left", a, mode=form), right]


def _raw_qr(a: Any) -> list[Any]:
    packed = application.call("householder", a)
    m, n = shaping.size_of(a, 0), shaping.size_of(a, 1)
    return [packed[:n], packed[n, : elementwise.minimum(m, n)]]


def svd(a: Any, full_matrices: Any = 1, compute_uv: Any = 1) -> Any:
    """Return [u, s, vt] with u * s @ vt equal to an (m, n) matrix; s descends.

    full_matrices   whether u and vt are square, or have min(m, n) columns and rows
    compute_uv      whether u and vt are returned, or s alone

    The gradient of u and vt is that of full_matrices=False (Townsend 2016), for distinct s. The
    signs are such that the sum of each column of u over its places plus sqrt(2) is positive.
    """
    values = application.call("svd_values", a)
    if not compute_uv:
        return values
    left, right = application.call("svd_left", a), application.call("svd_right", a)
    if full_matrices:
        left, right = _completed(left), _completed(right.T).T
    return [left, values, right]


def _completed(columns: Any) -> Any:
    """Return a square matrix that begins with orthonormal columns."""
    whole = application.call("qr_left", columns, mode="complete")
    return join(1, columns, whole[:, shaping.size_of(columns, 1) :])


def matrix_dot(*args: Any) -> Any:
    """Return the product of matrices, from left to right."""
    result = args[0]
    for a in args[1:]:
        result = dot(result, a)
    return result


def matrix_power(M: Any, n: int) -> Any:
    """Return a square matrix to an integer power: of a negative one, its inverse to the opposite.

    >>> matrix_power([[1.0, 1.0], [0.0, 1.0]], 5).eval().tolist()
    [[1.0, 5.0], [0.0, 1.0]]
    """
    if isinstance(n, bool) or not isinstance(n, int):
        raise mistake(BadValue, f"matrix_power: the power is an int of Python, not {n!r}")
    base = conversion.as_tensor_variable(M)
    base = matrix_inverse(base) if n < 0 else base
    left, result = abs(n), None
    while left:
        if left & 1:
            result = base if result is None else dot(result, base)
        left >>= 1
        base = dot(base, base) if left else base
    return creation.identity_like(base) if result is None else result


def alloc_diag(x: Any) -> Any:
    """Return the matrix with a vector on its diagonal."""
    x = conversion.as_tensor_variable(x)
    if x.ndim != 1:
        raise mistake(TypeMismatch, f"alloc_diag: takes a vector, not {x.type}")
    return diag(x)


def extract_diag(x: Any) -> Any:
    """Return the diagonal of a matrix."""
    x = conversion.as_tensor_variable(x)
    if x.ndim != 2:
        raise mistake(TypeMismatch, f"extract_diag: takes a matrix, not {x.type}")
    return diag(x)


def tensorinv(a: Any, ind: int = 2) -> Any:
    """Return the inverse of a tensor as a map from its last dimensions to its first `ind` ones.

    The result has the last dimensions first. Raises LinAlgError where there is none.
    """
    a = conversion.as_tensor_variable(a)
    if not 0 < ind < a.ndim:
        raise mistake(BadValue, f"tensorinv: ind={ind} leaves no dimensions of {a.type}")
    shape = [shaping.size_of(a, k) for k in range(a.ndim)]
    rest = shaping.product_of(shape[ind:])
    matrix = shaping.reshape(a, [shaping.product_of(shape[:ind]), rest])
    return shaping.reshape(matrix_inverse(matrix), [*shape[ind:], *shape[:ind]])


def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    """Return x such that tensordot(a, x, x.ndim) is b.

    axes   dimensions of a to move to its end before

    The dtype is that of both together. Raises LinAlgError where there is no such x.
    """
    from symc.tensor.slinalg import solve

    a, b = conversion.as_tensor_variable(a), conversion.as_tensor_variable(b)
    moved = [k % a.ndim for k in axes or ()]
    a = a.dimshuffle(*(k for k in range(a.ndim) if k not in moved), *moved)
    if a.ndim <= b.ndim:
        raise mistake(TypeMismatch, f"tensorsolve: {a.type} has no dimensions beyond {b.type}'s")
    shape = [shaping.size_of(a, k) for k in range(b.ndim, a.ndim)]
    total = shaping.product_of(shape)
    matrix = shaping.reshape(a, [total, total])
    return shaping.reshape(solve(matrix, shaping.flatten(b)), shape)


def __getattr__(name: str) -> Any:
    raise absent(__name__, name, __all__)


__all__ = [
    "Eig",
    "alloc_diag",
    "det",
    "diag",
    "eig",
    "eigh",
    "extract_diag",
    "logdet",
    "lstsq",
    "matrix_dot",
    "matrix_inverse",
    "matrix_power",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "svd",
    "tensorinv",
    "tensorsolve",
    "trace",
]
