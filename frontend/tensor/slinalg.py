"""symc.tensor.slinalg: Cholesky factors, systems of equations, matrix functions.

What Theano keeps in the module of this name. Matrices are float32 or float64; one that has not the
properties an operation needs raises LinAlgError, NumPy's, when the function runs.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from symc.absent import absent
from symc.compiler.errors import TypeMismatch
from symc.compiler.promotion import upcast
from symc.compiler.types import COMPLEX
from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import application, conversion, creation, elementwise, shaping
from symc.tensor.products import outer

MATRIX_STRUCTURES = (
    *("general", "symmetric", "lower_triangular", "upper_triangular"),
    *("hermitian", "banded", "diagonal", "toeplitz"),
)
"""What `Solve` may be told of its matrix; only triangles make a difference."""

TRIANGLES = {"lower_triangular": "lower", "upper_triangular": "upper"}


class Cholesky(Struct, frozen=True):
    """Make the function that returns the triangular square root of a positive definite matrix.

    lower      whether that is the lower one, L with L L' = x, of the lower triangle of x, or the
               upper one, U with U' U = x, of the upper triangle; the gradient belongs to the same
    on_error   'raise' for LinAlgError where x is not positive definite, 'nan' for NaN instead

    The gradient is that of Murray 2016.

    >>> Cholesky(lower=False)([[4.0, 2.0], [2.0, 5.0]]).eval().tolist()
    [[2.0, 1.0], [0.0, 2.0]]
    """

    lower: bool = True
    on_error: str = "raise"

    def __post_init__(self) -> None:
        if self.on_error not in ("raise", "nan"):
            raise mistake(
                BadValue, f"Cholesky: on_error={self.on_error!r} is neither 'raise' nor 'nan'"
            )

    def __call__(self, x: Any) -> Any:
        """Return the factor of a matrix."""
        x = conversion.as_tensor_variable(x)
        if self.lower or x.ndim != 2:
            return application.call("cholesky", x, on_error=self.on_error)
        return application.call("cholesky", x.T, on_error=self.on_error).T


cholesky = Cholesky()


class Solve(Struct, frozen=True):
    """Make the function that returns x with A x = b, for a vector or a matrix b.

    A_structure   one of MATRIX_STRUCTURES: of a triangle the other one is not read
    lower, overwrite_A, overwrite_b   for programs that pass them: they have no effect

    The dtype is float32 where both fit into it, else float64. The gradient is that of Giles 2008.

    >>> Solve("upper_triangular")([[2.0, 1.0], [9.0, 4.0]], [3.0, 4.0]).eval().tolist()
    [1.0, 1.0]
    """

    A_structure: str = "general"
    lower: bool = False
    overwrite_A: bool = False
    overwrite_b: bool = False

    def __post_init__(self) -> None:
        if self.A_structure not in MATRIX_STRUCTURES:
            raise mistake(
                BadValue,
                f"Solve: A_structure={self.A_structure!r} is none of a matrix",
                expected=", ".join(MATRIX_STRUCTURES),
            )

    def __call__(self, A: Any, b: Any) -> Any:
        """Return the solution. Raises LinAlgError where A is singular, when the function runs."""
        A, b = _alike(conversion.as_tensor_variable(A), conversion.as_tensor_variable(b))
        if b.ndim not in (1, 2):
            raise mistake(TypeMismatch, f"solve: b is a vector or a matrix, not {b.type}")
        right = b.dimshuffle(0, "x") if b.ndim == 1 else b
        made = self._solved(A, right)
        return made.dimshuffle(0) if b.ndim == 1 else made

    def _solved(self, A: Any, b: Any) -> Any:
        part = TRIANGLES.get(self.A_structure)
        if part is None:
            return application.call("solve", A, b)
        return application.call("solve_triangular", A, b, form="plain", part=part)


SINGLE = frozenset(
    {
        *("bool", "int8", "uint8", "int16", "uint16"),
        *("float16", "bfloat16", "float32", "complex64"),
    }
)
"""The dtypes that fit into single precision."""


def _alike(*xs: Any) -> tuple[Any, ...]:
    """Return operands in the dtype in which LAPACK would compute with them."""
    wide = any(x.dtype not in SINGLE for x in xs)
    dtype = upcast("float64" if wide else "float32", *(x.dtype for x in xs if x.dtype in COMPLEX))
    return tuple(elementwise.cast(x, dtype) for x in xs)


solve = Solve()
solve_lower_triangular = Solve(A_structure="lower_triangular", lower=True)
solve_upper_triangular = Solve(A_structure="upper_triangular", lower=False)
solve_symmetric = Solve(A_structure="symmetric")


class Eigvalsh(Struct, frozen=True):
    """Make the function that returns the eigenvalues w of a v = w b v, ascending.

    lower   whether the lower triangles of both are read, or the upper ones
    """

    lower: bool = True

    def __call__(self, a: Any, b: Any = None) -> Any:
        """Return the eigenvalues; b is positive definite, the identity if not given.

        Raises LinAlgError where b is not positive definite, when the function runs.
        """
        if b is None:
            return application.call("eigh_values", self._lower(conversion.as_tensor_variable(a)))
        a, b = _alike(conversion.as_tensor_variable(a), conversion.as_tensor_variable(b))
        factor = cholesky(self._lower(b))
        a = self._lower(a)
        full = creation.tril(a) + creation.tril(a, -1).T
        half = solve_lower_triangular(factor, full)
        return application.call("eigh_values", solve_lower_triangular(factor, half.T))

    def _lower(self, x: Any) -> Any:
        return x if self.lower or x.ndim != 2 else x.T


def eigvalsh(a: Any, b: Any = None, lower: bool = True) -> Any:
    """Return the eigenvalues of a symmetric matrix, or those of it beside a positive definite b."""
    return Eigvalsh(lower)(a, b)


def kron(a: Any, b: Any) -> Any:
    """Return Kronecker's product, as SciPy's kron does: of matrices, b scaled by each element of a.

    Of a vector and a matrix it is a vector, as Theano's is.

    >>> kron([[1, 2]], [[1], [10]]).eval().tolist()
    [[1, 2], [10, 20]]
    """
    a, b = conversion.as_tensor_variable(a), conversion.as_tensor_variable(b)
    if a.ndim + b.ndim <= 2:
        raise mistake(
            TypeMismatch,
            f"kron: the dimensions of both are 3 or more, not {a.ndim} and {b.ndim}",
        )
    shape = [shaping.size_of(x, k) for x in (a, b) for k in range(x.ndim)]
    each = shaping.reshape(outer(shaping.flatten(a), shaping.flatten(b)), shape)
    made = each.dimshuffle(0, 2, 1, *range(3, each.ndim))
    if each.ndim == 3:
        return shaping.flatten(each.dimshuffle(1, 0, 2))
    rest = shape[4:]
    return shaping.reshape(made, [shape[0] * shape[2], shape[1] * shape[3], *rest])


class Expm:
    """Make the function that returns the exponential of a square matrix."""

    def __call__(self, A: Any) -> Any:
        """Return the exponential, by Higham 2005; its gradient, by Najfeld and Havel 1995."""
        return application.call("expm", A)


expm = Expm()


def __getattr__(name: str) -> Any:
    raise absent(__name__, name, __all__)


__all__ = [
    "MATRIX_STRUCTURES",
    "Cholesky",
    "Eigvalsh",
    "Expm",
    "Solve",
    "cholesky",
    "eigvalsh",
    "expm",
    "kron",
    "solve",
    "solve_lower_triangular",
    "solve_symmetric",
    "solve_upper_triangular",
]
