"""What each kind of factoring means, in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError
from numpy.typing import NDArray

Array = NDArray[Any]

NOT_DEFINITE = "the matrix is not positive definite"
SINGULAR = "the matrix is singular"
NO_CONVERGENCE = "the iteration does not converge: the matrix has infinities or NaN"


def cholesky(x: Array, on_error: str) -> Array:
    """Return the lower triangular L with L L' = x, of which the lower triangle is read.

    on_error   'nan' for a matrix of NaN where x is not positive definite, 'raise' for an error
    """
    below = np.tril(x)
    try:
        return np.linalg.cholesky(below + np.tril(x, -1).T)
    except LinAlgError:
        if on_error == "nan":
            return np.full_like(x, np.nan)
        raise LinAlgError(NOT_DEFINITE) from None


def solve_triangular(a: Array, b: Array, form: str, part: str) -> Array:
    """Return x with a x = b, or a' x = b for the form 'transposed'.

    part   'lower' or 'upper': the triangle of a that is read
    """
    matrix = np.tril(a) if part == "lower" else np.triu(a)
    if np.any(np.diagonal(a) == 0):
        raise LinAlgError(SINGULAR)
    return np.linalg.solve(matrix if form == "plain" else matrix.T, b)


def lu(x: Array) -> Array:
    """Factor by rows exchanged: the unit lower and the upper factor share the first n rows.

    The last row holds, for each step, the row that it exchanged with its own.
    """
    made, n = np.array(x), len(x)
    steps = np.zeros((1, n), x.dtype)
    for k in range(n):
        row = k + int(np.argmax(np.abs(made[k:, k])))
        steps[0, k] = row
        made[[k, row]] = made[[row, k]]
        if made[k, k] != 0:
            made[k + 1 :, k] /= made[k, k]
            made[k + 1 :, k + 1 :] -= np.outer(made[k + 1 :, k], made[k, k + 1 :])
    return np.concatenate([made, steps])


def solve_lu(packed: Array, b: Array, form: str) -> Array:
    """Return x with a x = b (or a' x = b for 'transposed'), where `packed` is `lu` of a."""
    factors, steps = packed[:-1], packed[-1].astype(int)
    lower = np.tril(factors, -1) + np.eye(len(factors), dtype=packed.dtype)
    order = _order(steps)
    if form == "plain":
        return solve_triangular(factors, np.linalg.solve(lower, b[order]), "plain", "upper")
    made = np.empty_like(b)
    half = solve_triangular(factors, b, "transposed", "upper")
    made[order] = np.linalg.solve(lower.T, half)
    return made


def _order(steps: Array) -> Array:
    order = np.arange(len(steps))
    for k, row in enumerate(steps):
        order[[k, row]] = order[[row, k]]
    return order


def householder(x: Array) -> Array:
    """Factor an (m, n) matrix by reflections I - t v v', as LAPACK's geqrf.

    The first n rows are the columns of R, with v behind the diagonal, whose first element is 1;
    the last row holds the factors t.
    """
    m, n = x.shape
    if not x.size:
        return np.zeros((n + 1, m), x.dtype)
    columns, factors = np.linalg.qr(x, mode="raw")
    last = np.zeros((1, m), x.dtype)
    last[0, : len(factors)] = factors
    return np.concatenate([columns, last])


def orthogonal(packed: Array, size: Any = None) -> Array:
    """Return the first columns of the product of `householder`'s reflections, as rows."""
    columns, factors = packed[:-1], packed[-1]
    m = packed.shape[1]
    made = np.eye(m, dtype=packed.dtype)[:size]
    for k in reversed(range(min(columns.shape))):
        v = np.concatenate([[1], columns[k, k + 1 :]]).astype(packed.dtype)
        made[:, k:] -= factors[k] * np.outer(made[:, k:] @ v, v)
    return made


def signs(rows: Array) -> Array:
    """Return the sign of each row's sum of elements, weighted by one through their places.

    A vector that is known but for its sign gets that for which this is positive: so all ways to
    compute it agree.
    """
    weights = 1 / (np.arange(rows.shape[1]) + np.sqrt(2))
    return np.where(rows @ weights < 0, -1, 1).astype(rows.dtype)


def _found(function: Callable[..., Any], *operands: Any) -> Any:
    """Call a function of NumPy's that iterates, and as a rule says so when it finds nothing."""
    try:
        made = function(*operands)
    except LinAlgError:
        raise LinAlgError(NO_CONVERGENCE) from None
    if not all(np.isfinite(x).all() for x in made):
        raise LinAlgError(NO_CONVERGENCE)
    return made


def spectrum(x: Array) -> Array:
    """Return the eigenvalues of a symmetric matrix, ascending, then its eigenvectors as rows.

    The lower triangle is read.
    """
    values, vectors = _found(np.linalg.eigh, x)
    rows = vectors.T
    return np.concatenate([values[None], rows * signs(rows)[:, None]])


def singular(x: Array) -> Array:
    """Return, for each singular value, a row: the value, the left vector, the right vector."""
    left, values, right = _found(np.linalg.svd, x, False)
    sign = signs(left.T)[:, None]
    return np.concatenate([values[:, None], left.T * sign, right * sign], axis=1)


PADE = (
    *(64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0),
    *(129060195264000.0, 10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0),
    *(40840800.0, 960960.0, 16380.0, 182.0, 1.0),
)
"""The coefficients of the numerator of the approximation of order 13 to exp."""

RADIUS = 5.371920351148152
"""The greatest norm at which it is exact to double precision."""


def expm(x: Array) -> Array:
    """Return the exponential of a square matrix.

    By Higham 2005, "The scaling and squaring method for the matrix exponential revisited".
    """
    norm = float(np.max(np.sum(np.abs(x), axis=0), initial=0))
    halvings = max(0, int(np.frexp(norm / RADIUS)[1])) if np.isfinite(norm) else 0
    x = (x * np.ldexp(1.0, -halvings)).astype(x.dtype)
    one, x2 = np.eye(len(x), dtype=x.dtype), x @ x
    x4 = x2 @ x2
    x6 = x4 @ x2
    b = [x.dtype.type(c) for c in PADE]
    high = b[13] * x6 + b[11] * x4 + b[9] * x2, b[12] * x6 + b[10] * x4 + b[8] * x2
    odd = x @ (x6 @ high[0] + b[7] * x6 + b[5] * x4 + b[3] * x2 + b[1] * one)
    even = x6 @ high[1] + b[6] * x6 + b[4] * x4 + b[2] * x2 + b[0] * one
    made = np.linalg.solve(even - odd, even + odd)
    for _ in range(halvings):
        made = made @ made
    return made


REFERENCES: dict[str, Callable[..., Array]] = {
    made.__name__: made
    for made in (
        *(cholesky, solve_triangular, lu, solve_lu),
        *(householder, orthogonal, spectrum, singular, expm),
    )
}
"""By the kind's name."""
