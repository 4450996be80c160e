"""Statistics of observations: the covariance matrix."""

from __future__ import annotations

from typing import Any

from symc.compiler.errors import NotSupported
from symc.exceptions import BadUse, BadValue
from symc.report import describe, mistake
from symc.tensor import conversion, elementwise, joining, products, reductions, shaping


def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
) -> Any:
    """Return the covariance matrix of variables, by their observations, as `numpy.cov` does.

    m, y     (variables, observations), or the other way round where rowvar is False; y has further
             variables; a vector is one variable
    bias     divide by the number N of observations; else by N - 1
    ddof     divide by N - ddof, whatever bias says
    fweights, aweights   are refused, as in Theano
    """
    if fweights is not None or aweights is not None:
        raise mistake(NotSupported, "cov: weights of observations are not there")
    if ddof is not None and ddof != int(ddof):
        raise mistake(BadValue, f"cov: ddof is a whole number, not {ddof!r}")
    rows = _variables(m, rowvar)
    if y is not None:
        rows = joining.concatenate([rows, _variables(y, rowvar)], axis=0)
    taken = int(not bias) if ddof is None else int(ddof)
    centered = rows - reductions.mean(rows, axis=1, keepdims=True)
    count = elementwise.cast(shaping.size_of(rows, 1) - taken, centered.dtype)
    return products.dot(centered, centered.T.conj()) / count


def _variables(given: Any, rowvar: bool) -> Any:
    """Return observations as a matrix with a row for each variable."""
    x = conversion.as_tensor_variable(given)
    if x.ndim > 2:
        raise mistake(BadUse, "cov: takes vectors and matrices", got=describe(x))
    if x.ndim < 2:
        return shaping.shape_padleft(x, 2 - x.ndim)
    return x if rowvar else x.T
