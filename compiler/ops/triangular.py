"""Systems of linear equations with a triangular matrix."""

from __future__ import annotations

from typing import Any

from symc.compiler import sizes
from symc.compiler.errors import TypeMismatch
from symc.compiler.families import general
from symc.compiler.kernel import matrices
from symc.compiler.op import Op, Operand
from symc.compiler.ops.matrix import above, below, order_of, require_matrix, turned
from symc.compiler.ops.product import dot
from symc.compiler.types import TensorType

OTHER = {"plain": "transposed", "transposed": "plain"}
TRIANGLE = {"lower": below, "upper": above}


def infer_system(what: str, a: Operand, b: Operand) -> TensorType:
    """Return the type of the solution of a square system with many right-hand sides."""
    require_matrix(what, a, b)
    n = sizes.agree(order_of(what, a), b.type.shape[0], f"{what}: numbers of rows differ")
    return TensorType(b.type.dtype, (n, b.type.shape[1]))


def _infer(a: Operand, b: Operand, *, form: str, part: str) -> TensorType:
    if form not in OTHER or part not in TRIANGLE:
        raise TypeMismatch(f"solve_triangular: there is no {form} {part} triangle")
    return infer_system("solve_triangular", a, b)


def _vjp(g: Any, y: Any, a: Any, b: Any, *, form: str, part: str) -> tuple[Any, ...]:
    """Pull back by Giles 2008, "An extended collection of matrix derivative results", 2.3.1."""
    back = solve_triangular(a, g, form=OTHER[form], part=part)
    outer = dot(back, turned(y)) if form == "plain" else dot(y, turned(back))
    return TRIANGLE[part](-outer), back


def _jvp(tangents: tuple[Any, ...], y: Any, a: Any, b: Any, *, form: str, part: str) -> Any:
    """Solve the differentiated system: a dx = db - da x."""
    moved, right = tangents
    terms = [] if right is None or isinstance(right, int) else [right]
    if moved is not None and not isinstance(moved, int):
        read = TRIANGLE[part](moved)
        terms.append(-dot(read if form == "plain" else turned(read), y))
    return solve_triangular(a, sum(terms[1:], terms[0]), form=form, part=part)


solve_triangular: Op = general(
    "solve_triangular",
    _infer,
    matrices.solve_triangular,
    _vjp,
    _jvp,
    can_fail=True,
    doc="Solve a x = b, or a' x = b, for columns, reading one triangle of a.",
)
