"""Eigenvalues of symmetric matrices, singular values, and what is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from symc.compiler import sizes
from symc.compiler.families import general
from symc.compiler.kernel import matrices
from symc.compiler.op import Op, Operand, find
from symc.compiler.ops.comparison import greater
from symc.compiler.ops.logic import switch
from symc.compiler.ops.matrix import (
    across,
    chain,
    columns,
    down,
    folded,
    infer_square,
    off_diagonal,
    order_of,
    part,
    plus_one,
    raw,
    require_matrix,
    rows,
    turned,
    unit_like,
)
from symc.compiler.ops.product import dot
from symc.compiler.ops.shape import dimshuffle
from symc.compiler.types import Size, TensorType

# --- symmetric matrices


def _infer_spectrum(x: Operand) -> TensorType:
    n = order_of("eigh", x)
    return TensorType(x.type.dtype, (plus_one(n), n))


spectrum = raw(
    "spectrum",
    _infer_spectrum,
    "has no gradient: differentiate what is read from it",
    "Return a symmetric matrix's eigenvalues, ascending, then its eigenvectors, as rows.",
    fails=True,
)


def _infer_values(x: Operand) -> TensorType:
    return TensorType(x.type.dtype, (order_of("eigh", x),))


def _gaps(values: Any) -> Any:
    """Return one through the differences of values, column minus row; 0 on the diagonal."""
    gap = across(values) - down(values)
    safe = gap + unit_like(gap)
    return off_diagonal(find("reciprocal")(safe))


def _vectors_vjp(g: Any, y: Any, x: Any) -> tuple[Any]:
    """Pull back by Giles 2008, "An extended collection of matrix derivative results", 3.1."""
    inner = _gaps(eigh_values(x)) * dot(turned(y), g)
    return (folded(chain(y, inner, turned(y))),)


def _values_vjp(g: Any, y: Any, x: Any) -> tuple[Any]:
    vectors = eigh_vectors(x)
    return (folded(dot(vectors * across(g), turned(vectors))),)


eigh_values: Op = general(
    "eigh_values",
    _infer_values,
    lambda x: matrices.spectrum(x)[0],
    _values_vjp,
    lower=lambda x: dimshuffle(rows(spectrum(x), 0, 1), order=(1,)),
    can_fail=True,
    doc="Return the eigenvalues of a symmetric matrix, ascending; its lower triangle is read.",
)

eigh_vectors: Op = general(
    "eigh_vectors",
    infer_square("eigh"),
    lambda x: matrices.spectrum(x)[1:].T,
    _vectors_vjp,
    lower=lambda x: turned(rows(spectrum(x), 1, x.type.shape[0])),
    can_fail=True,
    doc="Return the eigenvectors of a symmetric matrix as columns, by ascending eigenvalue.",
)

# --- any matrix


def _least(x: Operand) -> Size:
    require_matrix("svd", x)
    return sizes.minimum(*x.type.shape)


def _infer_singular(x: Operand) -> TensorType:
    wide = plus_one(sizes.add(*x.type.shape))
    return TensorType(x.type.dtype, (_least(x), wide))


singular = raw(
    "singular",
    _infer_singular,
    "has no gradient: differentiate what is read from it",
    "Return a row for each singular value, descending: it, its left and its right vector.",
    fails=True,
)


def _factors(x: Any) -> tuple[Any, Any, Any]:
    return svd_left(x), svd_values(x), svd_right(x)


def _pulled(x: Any, side: str, g: Any) -> Any:
    """Pull back a cotangent of the singular vectors of one side, given as columns.

    By Townsend 2016, "Differentiating the singular value decomposition", eqs. 38 to 40.
    """
    left, values, right = _factors(x)
    mine, other = (left, turned(right)) if side == "left" else (turned(right), left)
    skew = dot(turned(mine), g)
    skew = _gaps(values * values) * (skew - turned(skew))
    inside = chain(mine, skew * across(values), turned(other))
    free = (g - chain(mine, turned(mine), g)) * across(find("reciprocal")(values))
    made = inside + dot(free, turned(other))
    return made if side == "left" else turned(made)


def _values_of_svd_vjp(g: Any, y: Any, x: Any) -> tuple[Any]:
    return (dot(svd_left(x) * across(g), svd_right(x)),)


svd_values: Op = general(
    "svd_values",
    lambda x: TensorType(x.type.dtype, (_least(x),)),
    lambda x: matrices.singular(x)[:, 0],
    _values_of_svd_vjp,
    lower=lambda x: dimshuffle(columns(singular(x), 0, 1), order=(0,)),
    can_fail=True,
    doc="Return the singular values of a matrix, descending.",
)

svd_left: Op = general(
    "svd_left",
    lambda x: TensorType(x.type.dtype, (x.type.shape[0], _least(x))),
    lambda x: matrices.singular(x)[:, 1 : 1 + len(x)].T,
    lambda g, y, x: (_pulled(x, "left", g),),
    lower=lambda x: turned(columns(singular(x), 1, x.type.shape[0])),
    can_fail=True,
    doc="Return the left singular vectors of a matrix as columns.",
)


def _lower_right(x: Any) -> Any:
    m, n = x.type.shape
    return part(singular(x), (0, plus_one(m)), (_least(x), n))


svd_right: Op = general(
    "svd_right",
    lambda x: TensorType(x.type.dtype, (_least(x), x.type.shape[1])),
    lambda x: matrices.singular(x)[:, 1 + len(x) :],
    lambda g, y, x: (_pulled(x, "right", turned(g)),),
    lower=_lower_right,
    can_fail=True,
    doc="Return the right singular vectors of a matrix as rows.",
)

# --- the pseudo-inverse


def _infer_pinv(x: Operand, *, rcond: float) -> TensorType:
    require_matrix("pinv", x)
    m, n = x.type.shape
    return TensorType(x.type.dtype, (n, m))


def _pinv_reference(x: Any, *, rcond: float) -> Any:
    try:
        return np.linalg.pinv(x, rcond)
    except LinAlgError:
        raise LinAlgError(matrices.NO_CONVERGENCE) from None


def _pinv_vjp(g: Any, y: Any, x: Any, *, rcond: float) -> tuple[Any]:
    """Pull back by Golub and Pereyra 1973, "The differentiation of pseudo-inverses and nonlinear
    least squares problems whose variables separate", 4.12, for a constant rank."""
    xy, yx = dot(x, y), dot(y, x)
    inner = dot(dot(y, turned(y)), dot(g, unit_like(xy) - xy))
    outer = dot(dot(unit_like(yx) - yx, g), dot(turned(y), y))
    return (turned(inner + outer - chain(y, turned(g), y)),)


def _lower_pinv(x: Any, *, rcond: float) -> Any:
    left, values, right = _factors(x)
    # Values fall: the first is the largest. Without any the product is that of empty matrices.
    largest = find("supremum")(values, axes=(0,))
    kept = greater(values, dimshuffle(largest, order=("x",)) * rcond)
    scale = switch(kept, find("reciprocal")(values), 0)
    return dot(turned(right) * across(scale), turned(left))


pinv: Op = general(
    "pinv",
    _infer_pinv,
    _pinv_reference,
    _pinv_vjp,
    lower=_lower_pinv,
    can_fail=True,
    doc="Return the pseudo-inverse; singular values up to rcond times the largest count as 0.",
)
