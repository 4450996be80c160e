"""Linear algebra: systems instead of inverses, triangles where they are, sizes of determinants.

Those with inverses are Theano's; Higham, "Accuracy and Stability of Numerical Algorithms", 14.1,
says why to solve instead.
"""

# Holes have no types of their own, and what an operation gives is its layer's.
# mypy: disable-error-code="no-untyped-def,no-any-return"
# ruff: noqa: ANN001, ANN201, D103

from __future__ import annotations

from symc.compiler.ops.arithmetic import absolute
from symc.compiler.ops.exponential import log
from symc.compiler.ops.matrix import turned
from symc.compiler.ops.shape import dimshuffle
from symc.compiler.ops.system import det, inverse, logabsdet, sign_det, solve
from symc.compiler.ops.triangular import OTHER, solve_triangular
from symc.compiler.value import Value
from symc.passes.rule import on, rule

SWAP = (1, 0)
OPPOSITE = {"lower": "upper", "upper": "lower"}

# --- determinants


@rule(exact=False)
def log_of_det(x):                  return log(det(x)), log(sign_det(x)) + logabsdet(x)

@rule(exact=False)
def log_of_absolute_det(x):         return log(absolute(det(x))), logabsdet(x)

# --- inverses


def _is_transposed(value: Value) -> bool:
    return value.op.name == "dimshuffle" and value.attribute("order") == SWAP


@on("inverse", exact=False)
def inverse_of_transposed(value: Value) -> Value | None:
    """Transpose the inverse, so that both are one."""
    (x,) = value.operands
    return turned(inverse(x.operands[0])) if _is_transposed(x) else None


@on("dot", exact=False)
def dot_of_inverse(value: Value) -> Value | None:
    """Solve a system instead of multiplying with an inverse, on either side.

    That a matrix is singular is still told of the inverse, on the line that asked for it.
    """
    left, right = value.operands
    first, second = _inverse_in(left), _inverse_in(right)
    if first is not None:
        with value.context.at(first.site):
            return _solved(_inverted(left), right)
    if second is None:
        return None
    with value.context.at(second.site):
        if left.type.ndim == 1:
            return _solved(turned(_inverted(right)), left)
        return turned(_solved(turned(_inverted(right)), turned(left)))


def _inverse_in(value: Value) -> Value | None:
    """Return the inverse that a value is, or is the transpose of."""
    inside = value.operands[0] if _is_transposed(value) else value
    return inside if inside.op.name == "inverse" else None


def _inverted(value: Value) -> Value:
    """Return the matrix that a value is the inverse of."""
    if _is_transposed(value):
        return turned(value.operands[0].operands[0])
    return value.operands[0]


def _solved(matrix: Value, right: Value) -> Value:
    if right.type.ndim == 2:
        return solve(matrix, right)
    return dimshuffle(solve(matrix, dimshuffle(right, order=(0, "x"))), order=(0,))


# --- triangles


@on("solve", exact=False)
def solve_of_cholesky(value: Value) -> Value | None:
    """Use that Cholesky's factor, or its transpose, is a triangle."""
    matrix, right = value.operands
    if matrix.op.name == "cholesky":
        return solve_triangular(matrix, right, form="plain", part="lower")
    if _is_transposed(matrix) and matrix.operands[0].op.name == "cholesky":
        return solve_triangular(matrix.operands[0], right, form="transposed", part="lower")
    return None


@on("solve_triangular", exact=False)
def solve_of_turned_triangle(value: Value) -> Value | None:
    """Read a triangle as it lies in memory instead of transposing it."""
    matrix, right = value.operands
    if not _is_transposed(matrix):
        return None
    form, part = OTHER[value.attribute("form")], OPPOSITE[value.attribute("part")]
    return solve_triangular(matrix.operands[0], right, form=form, part=part)
