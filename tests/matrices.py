"""Matrices that are far from every edge, and the samples of operations on them."""

from typing import Any

import numpy as np


def random(seed: int, *shape: int) -> np.ndarray[Any, Any]:
    """Return numbers between -1 and 1."""
    return np.random.default_rng(seed).uniform(-1, 1, shape)


def regular(n: int, seed: int = 1) -> np.ndarray[Any, Any]:
    """Return a square matrix whose rows have to be exchanged to factor it well."""
    return (random(seed, n, n) + 2 * np.eye(n))[::-1].copy()


def definite(n: int, seed: int = 2) -> np.ndarray[Any, Any]:
    """Return a symmetric positive definite matrix."""
    x = random(seed, n, n)
    return x @ x.T + np.eye(n)


def symmetric(n: int, seed: int = 3) -> np.ndarray[Any, Any]:
    """Return a symmetric matrix with eigenvalues of both signs, well apart."""
    x = random(seed, n, n)
    return (x + x.T) / 4 + np.diag(np.arange(n) - n // 2)


def triangle(n: int, seed: int = 4) -> np.ndarray[Any, Any]:
    """Return a matrix both of whose triangles are far from singular."""
    return random(seed, n, n) + 3 * np.eye(n)


def tall(m: int, n: int, seed: int = 5) -> np.ndarray[Any, Any]:
    """Return a matrix whose singular values are well apart."""
    left, right = np.linalg.qr(random(seed, m, m))[0], np.linalg.qr(random(seed + 1, n, n))[0]
    k = min(m, n)
    return left[:, :k] * np.arange(1, k + 1) @ right[:k]
