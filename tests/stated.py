"""The errors that operations state: in units of the last place, and of long formulas."""

import numpy as np

ULPS = 4  # of functions whose last bits are their own; the others are exact

LONG = ("gammainc", "gammaincc", "gammal", "gammau", "chi2sf", "jv", "iv", "j0", "j1", "i0", "i1")
SHORTER = ("gammaln", "gamma", "psi", "tri_gamma", "erfinv", "erfcinv")

COARSE = dict.fromkeys(LONG, 1e-12) | dict.fromkeys(SHORTER, 1e-14)
"""Long formulas: their error, of the result or, near a zero of the function, of 1."""

LOGARITHMS = ("log_softmax", "logsumexp")
"""Logarithms of a sum that is at least 1: they are as exact as its rounding lets them be, which for
one that is hardly more is the rounding of 1, not of its logarithm."""

REFLECTED = ("gammaln", "psi")
"""Differences of numbers that are 1 and more, below 0."""


def size(name: str, values: np.ndarray) -> np.ndarray:
    """Return the numbers in units of whose last place an operation errs, given its results."""
    sizes = np.abs(values)
    at_least_one = name in LOGARITHMS or name in REFLECTED
    return np.maximum(sizes.dtype.type(1), sizes) if at_least_one else sizes


MATRICES = (
    *("cholesky", "solve_triangular", "solve", "solve_lu", "lu", "inverse", "pinv", "expm"),
    *("qr_left", "qr_right", "householder", "orthogonal", "spectrum", "eigh_values"),
    *("eigh_vectors", "singular", "svd_values", "svd_left", "svd_right"),
)
"""What is computed of whole matrices: each element is as exact as the largest is."""
