"""Norms of vectors and matrices by their order."""

from __future__ import annotations

import math
from typing import Any

from symc.compiler.errors import NotSupported
from symc.exceptions import BadAxis, BadValue
from symc.report import mistake
from symc.tensor import application, conversion, elementwise, reductions

INFINITE: dict[Any, float] = {"inf": math.inf, "-inf": -math.inf}


def norm(x: Any, ord: Any = None) -> Any:
    """Return the norm of a vector or matrix.

    ord   of a vector: None or 2 (Euclid's), 'inf', '-inf', 0 (how many elements are not 0) or a
          number p; of a matrix: None or 'fro', 'inf', '-inf', 1, -1 (sums of rows and columns),
          2, -2, 'nuc' (of singular values)

    >>> norm([3.0, 4.0], None).eval()
    array(5.)
    """
    x = conversion.as_tensor_variable(x)
    order = INFINITE.get(ord, ord)
    if x.ndim == 0:
        raise mistake(BadAxis, f"norm: a scalar has none: {x.type}")
    if x.ndim > 2:
        raise mistake(NotSupported, f"norm: takes a vector or a matrix, not {x.type}")
    return _of_vector(x, order) if x.ndim == 1 else _of_matrix(x, order)


def _root(x: Any) -> Any:
    return elementwise.sqrt(reductions.sum(elementwise.sqr(elementwise.abs_(x))))


def _of_vector(x: Any, order: Any) -> Any:
    size = elementwise.abs_(x)
    if order in (None, 2):
        return _root(x)
    if order == math.inf:
        return reductions.max(size)
    if order == -math.inf:
        return reductions.min(size)
    if isinstance(order, str):
        raise mistake(BadValue, f"norm: a vector has no norm of order {order!r}")
    if order == 0:
        return reductions.sum(elementwise.neq(x, 0))
    return reductions.sum(size**order) ** (1.0 / order)


def _of_matrix(x: Any, order: Any) -> Any:
    if order in (None, "fro"):
        return _root(x)
    if order in (2, -2, "nuc"):
        values = application.call("svd_values", x)
        if order == "nuc":
            return reductions.sum(values)
        return reductions.max(values) if order == 2 else reductions.min(values)
    if order in (1, -1, math.inf, -math.inf):
        totals = reductions.sum(elementwise.abs_(x), axis=0 if abs(order) == 1 else 1)
        return reductions.max(totals) if order > 0 else reductions.min(totals)
    raise mistake(BadValue, f"norm: a matrix has no norm of order {order!r}")
