"""Systems of linear equations, inverses and determinants, all read from one factoring."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from symc.compiler import sizes
from symc.compiler.families import general
from symc.compiler.kernel.matrices import SINGULAR
from symc.compiler.kernel.matrices import solve_lu as solve_lu_reference
from symc.compiler.op import Op, Operand, Undefined, find
from symc.compiler.ops.comparison import equal
from symc.compiler.ops.index import gather
from symc.compiler.ops.logic import switch
from symc.compiler.ops.matrix import (
    chain,
    infer_square,
    order_of,
    plus_one,
    raw,
    require_matrix,
    rows,
    turned,
    unit_like,
)
from symc.compiler.ops.product import dot
from symc.compiler.ops.reduction import prod, sum_
from symc.compiler.ops.shape import arange, broadcast_like, dimshuffle, zeros_like
from symc.compiler.ops.triangular import infer_system
from symc.compiler.promotion import accumulator
from symc.compiler.types import TensorType

# --- the factoring


def _infer_lu(x: Operand) -> TensorType:
    n = order_of("lu", x)
    return TensorType(x.type.dtype, (plus_one(n), n))


def _infer_solve_lu(packed: Operand, b: Operand, *, form: str) -> TensorType:
    require_matrix("solve_lu", packed, b)
    n = sizes.agree(packed.type.shape[1], b.type.shape[0], "solve_lu: numbers of rows differ")
    return TensorType(b.type.dtype, (n, b.type.shape[1]))


lu = raw(
    "lu",
    _infer_lu,
    "has no gradient: differentiate what is read from it",
    "Factor by rows exchanged: both factors in n rows, then each step's row.",
    fails=False,
)

solve_lu: Op = general(
    "solve_lu",
    _infer_solve_lu,
    solve_lu_reference,
    lambda g, y, packed, b, *, form: (
        Undefined("lu: has no gradient: differentiate what is read from it"),
        solve_lu(packed, g, form="transposed" if form == "plain" else "plain"),
    ),
    can_fail=True,
    doc="Solve a x = b, or a' x = b, for columns, where a is factored by `lu`.",
)


def _factored(a: Any) -> tuple[Any, str]:
    """Return the factoring that serves a matrix and its transpose, and which of the two it is."""
    if a.op.name == "dimshuffle" and a.attribute("order") == (1, 0):
        return lu(a.operands[0]), "transposed"
    return lu(a), "plain"


# --- systems


def _solve_reference(a: Any, b: Any) -> Any:
    try:
        return np.linalg.solve(a, b)
    except LinAlgError:
        raise LinAlgError(SINGULAR) from None


def _solve_vjp(g: Any, y: Any, a: Any, b: Any) -> tuple[Any, ...]:
    """Pull back by Giles 2008, "An extended collection of matrix derivative results", 2.3.1."""
    back = solve(turned(a), g)
    return -dot(back, turned(y)), back


def _solve_jvp(tangents: tuple[Any, ...], y: Any, a: Any, b: Any) -> Any:
    """Solve the differentiated system: a dx = db - da x."""
    moved, right = tangents
    terms = [] if right is None or isinstance(right, int) else [right]
    if moved is not None and not isinstance(moved, int):
        terms.append(-dot(moved, y))
    return solve(a, sum(terms[1:], terms[0]))


def _lower_solve(a: Any, b: Any) -> Any:
    packed, form = _factored(a)
    return solve_lu(packed, b, form=form)


solve: Op = general(
    "solve",
    lambda a, b: infer_system("solve", a, b),
    _solve_reference,
    _solve_vjp,
    _solve_jvp,
    _lower_solve,
    can_fail=True,
    doc="Solve a x = b for columns.",
)


def _inverse_reference(x: Any) -> Any:
    try:
        return np.linalg.inv(x)
    except LinAlgError:
        raise LinAlgError(SINGULAR) from None


inverse: Op = general(
    "inverse",
    infer_square("inverse"),
    _inverse_reference,
    lambda g, y, x: (-chain(turned(y), g, turned(y)),),  # Giles 2008, 2.2.3
    lambda tangents, y, x: -chain(y, tangents[0], y),
    lambda x: _lower_solve(x, unit_like(x)),
    can_fail=True,
    doc="Return the inverse of a square matrix.",
)

# --- determinants


def _infer_number(what: str) -> Any:
    def infer(x: Operand) -> TensorType:
        order_of(what, x)
        return TensorType(x.type.dtype)

    return infer


def _spread(g: Any) -> Any:
    return dimshuffle(g, order=("x", "x"))


def _trace(x: Any, y: Any) -> Any:
    """Return the sum of the products of two matrices' elements."""
    dtype = x.type.dtype
    return sum_(x * y, axes=(0, 1), dtype=dtype, acc_dtype=accumulator(dtype))


def _parts(x: Any) -> tuple[Any, Any]:
    """Return the diagonal of the upper factor, and the sign that the exchanges of rows have."""
    (packed, _), n = _factored(x), x.type.shape[0]
    place = arange(x.context.size_value(n))
    last = dimshuffle(rows(packed, n, 1), order=(1,))
    stayed = equal(find("cast")(place, dtype=x.type.dtype), last)
    one = broadcast_like(x.context.constant(1, x.type.dtype, 1), last)
    return gather(packed, place, place), _product(switch(stayed, one, -1))


def _product(x: Any) -> Any:
    dtype = x.type.dtype
    return prod(x, axes=(0,), dtype=dtype, acc_dtype=accumulator(dtype))


def _lower_det(x: Any) -> Any:
    diagonal, sign = _parts(x)
    return sign * _product(diagonal)


def _lower_logabsdet(x: Any) -> Any:
    diagonal, _ = _parts(x)
    dtype = x.type.dtype
    logs = find("log")(find("absolute")(diagonal))
    return sum_(logs, axes=(0,), dtype=dtype, acc_dtype=accumulator(dtype))


def _lower_sign(x: Any) -> Any:
    diagonal, sign = _parts(x)
    return sign * _product(find("sign")(diagonal))


det: Op = general(
    "det",
    _infer_number("det"),
    np.linalg.det,
    lambda g, y, x: (_spread(g * y) * turned(inverse(x)),),  # Giles 2008, 2.2.4
    lambda tangents, y, x: y * _trace(turned(inverse(x)), tangents[0]),
    _lower_det,
    doc="Return the determinant of a square matrix.",
)

logabsdet: Op = general(
    "logabsdet",
    _infer_number("logabsdet"),
    lambda x: np.linalg.slogdet(x)[1],
    lambda g, y, x: (_spread(g) * turned(inverse(x)),),
    lambda tangents, y, x: _trace(turned(inverse(x)), tangents[0]),
    _lower_logabsdet,
    doc="Return the logarithm of the determinant's absolute value, which cannot overflow.",
)


def _no_slope(g: Any, y: Any, x: Any) -> tuple[Any]:
    return (zeros_like(x),)


sign_det: Op = general(
    "sign_det",
    _infer_number("sign_det"),
    lambda x: np.linalg.slogdet(x)[0],
    _no_slope,
    lower=_lower_sign,
    doc="Return the determinant's sign: -1, 0 or 1.",
)
