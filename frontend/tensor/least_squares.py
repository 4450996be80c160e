"""The solution of least squares."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.tensor import application, conversion, elementwise, reductions, shaping
from symc.tensor.products import dot


class lstsq:
    """Make the function that finds the x for which the squares of `a x - b` sum to the least.

    It takes an (m, n) matrix, a vector or matrix of m rows, and `rcond`: singular values up to so
    many times the largest count as zero. It returns the solution, the sums of squares that are left
    (none where the rank is below n or m is at most n), the rank and the singular values.

    >>> solution, *_ = lstsq()([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]], [[1.0], [2.0], [3.0]], -1)
    >>> solution.eval().tolist()
    [[1.0], [1.0]]
    """

    def __call__(self, x: Any, y: Any, rcond: Any) -> list[Any]:
        """Return [solution, residuals, rank, singular values]."""
        a, b = conversion.as_tensor_variable(x), conversion.as_tensor_variable(y)
        target = b.dimshuffle(0, "x") if b.ndim == 1 else b
        left, values, right = (
            application.call(f"svd_{name}", a) for name in ("left", "values", "right")
        )
        kept = _kept(values, rcond, a)
        scale = elementwise.switch(kept, 1 / values, conversion.constant(0, dtype=a.dtype))
        solution = dot(right.T, scale.dimshuffle(0, "x") * dot(left.T, target))
        rank = reductions.sum(kept)
        rest = elementwise.sqr(target - dot(a, solution)).sum(axis=0)
        m, n = shaping.size_of(a, 0), shaping.size_of(a, 1)
        full = elementwise.and_(elementwise.eq(rank, n), elementwise.gt(m, n))
        residuals = rest[: elementwise.switch(full, shaping.size_of(rest, 0), 0)]
        return [solution.flatten() if b.ndim == 1 else solution, residuals, rank, values]


def _kept(values: Any, rcond: Any, a: Any) -> Any:
    """Tell of each singular value whether it counts; a negative rcond stands for the rounding."""
    rcond = elementwise.cast(conversion.as_tensor_variable(rcond), a.dtype)
    least = conversion.constant(np.finfo(a.dtype).eps, dtype=a.dtype)
    limit = elementwise.switch(elementwise.lt(rcond, 0), least, rcond)
    return elementwise.gt(values, limit * application.call("supremum", values, axes=(0,)))
