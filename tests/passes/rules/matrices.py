"""Left sides of the rules of linear algebra that have no equation."""

from typing import Any

from symc.compiler.ops.cholesky import cholesky
from symc.compiler.ops.matrix import turned
from symc.compiler.ops.product import dot
from symc.compiler.ops.system import inverse, solve
from symc.compiler.ops.triangular import solve_triangular
from symc.compiler.value import Value

V, M = ("float64", 1), ("float64", 2)


def square_root(x: Value) -> Value:
    """Return Cholesky's factor of a matrix that is positive definite."""
    return cholesky(dot(x, turned(x)), on_error="raise")


MATRICES: dict[str, list[tuple[Any, ...]]] = {
    "inverse_of_transposed": [(lambda x: inverse(turned(x)), M)],
    "dot_of_inverse": [
        (lambda x, y: dot(inverse(x), y), M, M),
        (lambda x, y: dot(inverse(x), y), M, V),
        (lambda x, y: dot(y, inverse(x)), M, M),
        (lambda x, y: dot(y, inverse(x)), M, V),
        (lambda x, y: dot(turned(inverse(x)), y), M, M),
    ],
    "solve_of_cholesky": [
        (lambda x, y: solve(square_root(x), y), M, M),
        (lambda x, y: solve(turned(square_root(x)), y), M, M),
    ],
    "solve_of_turned_triangle": [
        (
            lambda x, y, f=form, p=part: solve_triangular(turned(x), y, form=f, part=p),
            *(M, M),
        )
        for form in ("plain", "transposed")
        for part in ("lower", "upper")
    ],
}
