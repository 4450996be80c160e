"""The factors of a matrix by reflections: orthonormal columns times an upper triangle."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler import sizes
from symc.compiler.errors import TypeMismatch
from symc.compiler.families import general
from symc.compiler.kernel.matrices import orthogonal as orthogonal_reference
from symc.compiler.op import Op, Operand, Undefined
from symc.compiler.ops.matrix import (
    above,
    below,
    columns,
    on_diagonal,
    plus_one,
    raw,
    require_matrix,
    rows,
    turned,
)
from symc.compiler.ops.product import dot
from symc.compiler.ops.shape import concatenate, zeros_like
from symc.compiler.ops.triangular import solve_triangular
from symc.compiler.types import Size, TensorType

MODES = ("reduced", "complete")


def _infer_householder(x: Operand) -> TensorType:
    require_matrix("householder", x)
    m, n = x.type.shape
    return TensorType(x.type.dtype, (plus_one(n), m))


def _infer_orthogonal(packed: Operand, size: Operand) -> TensorType:
    require_matrix("orthogonal", packed)
    return TensorType(packed.type.dtype, (size.as_size(), packed.type.shape[1]))


householder = raw(
    "householder",
    _infer_householder,
    "qr in mode 'raw' has no gradient; modes 'reduced' and 'r' have one",
    "Factor by reflections: the columns of R as rows with the vectors behind, then the factors.",
    fails=False,
)

orthogonal: Op = general(
    "orthogonal",
    _infer_orthogonal,
    lambda packed, size: orthogonal_reference(packed, int(size)),
    lambda g, y, packed, size: (Undefined("householder: has no gradient; qr has"), None),
    sized=1,
    doc="Return the first columns of the product of the reflections of `householder`, as rows.",
)


def _rank(x: Operand, mode: str) -> Size:
    """Return how many columns the orthogonal factor has."""
    require_matrix("qr", x)
    if mode not in MODES:
        raise TypeMismatch(f"qr: mode={mode!r} is none of {', '.join(MODES)}")
    return x.type.shape[0] if mode == "complete" else sizes.minimum(*x.type.shape)


def _infer_left(x: Operand, *, mode: str) -> TensorType:
    return TensorType(x.type.dtype, (x.type.shape[0], _rank(x, mode)))


def _infer_right(x: Operand, *, mode: str) -> TensorType:
    return TensorType(x.type.dtype, (_rank(x, mode), x.type.shape[1]))


def _lower_left(x: Any, *, mode: str) -> Any:
    return turned(orthogonal(householder(x), x.context.size_value(_rank(x, mode))))


def _lower_right(x: Any, *, mode: str) -> Any:
    columns_of_r = rows(householder(x), 0, x.type.shape[1])
    return above(rows(turned(columns_of_r), 0, _rank(x, mode)))


UNKNOWN = Undefined(
    "qr: mode='complete' has no gradient, since columns that only complete the basis are free; "
    "mode='reduced' has one"
)


def _vjp_of_square(left: Any, right: Any, g_left: Any, g_right: Any) -> Any:
    """Pull back to the first columns of x by Walter and Lehmann 2018, "Algorithmic differentiation
    of linear algebra functions with application in optimum experimental design", 4.3."""
    inner = dot(right, turned(g_right)) - dot(turned(g_left), left)
    low = below(inner)
    outer = g_left + dot(left, low + turned(low - on_diagonal(low)))
    return turned(solve_triangular(right, turned(outer), form="plain", part="upper"))


def _pulled(x: Any, g_left: Any, g_right: Any) -> Any:
    """Pull back both factors' cotangents.

    What columns beyond the rows' number add is Roberts and Roberts 2020, "QR and LQ decomposition
    matrix backpropagation algorithms", eq. 3.4: of a matrix without such columns they are empty.
    """
    left, right = qr_left(x, mode="reduced"), qr_right(x, mode="reduced")
    n, k = x.type.shape[1], right.type.shape[0]
    rest = sizes.subtract(n, k)
    if g_left is None:
        g_left = zeros_like(left)
    if g_right is None:
        g_right = zeros_like(right)
    beyond, g_beyond = columns(x, k, rest), columns(g_right, k, rest)
    g_left = g_left + dot(beyond, turned(g_beyond))
    first = _vjp_of_square(left, columns(right, 0, k), g_left, columns(g_right, 0, k))
    return concatenate(first, dot(left, g_beyond), axis=1)


qr_left: Op = general(
    "qr_left",
    _infer_left,
    lambda x, *, mode: np.linalg.qr(x, mode)[0],
    lambda g, y, x, *, mode: (_pulled(x, g, None) if mode == "reduced" else UNKNOWN,),
    lower=_lower_left,
    doc="Return the orthonormal columns of the factors of a matrix.",
)

qr_right: Op = general(
    "qr_right",
    _infer_right,
    lambda x, *, mode: np.linalg.qr(x, mode)[1],
    lambda g, y, x, *, mode: (_pulled(x, None, g) if mode == "reduced" else UNKNOWN,),
    lower=_lower_right,
    doc="Return the upper triangle of the factors of a matrix.",
)
