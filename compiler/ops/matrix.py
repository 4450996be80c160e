"""What operations on matrices have in common: their types, and matrices made of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symc.compiler import sizes
from symc.compiler.errors import TypeMismatch
from symc.compiler.families import general
from symc.compiler.kernel.matrices import REFERENCES
from symc.compiler.op import Op, Operand, Undefined
from symc.compiler.ops.comparison import equal, greater_equal
from symc.compiler.ops.logic import switch
from symc.compiler.ops.product import dot
from symc.compiler.ops.shape import arange, broadcast_like, dimshuffle, slice_
from symc.compiler.types import COMPLEX, Size, TensorType

REAL = ("float32", "float64")
"""The dtypes that matrices are factored in."""


def require_matrix(what: str, *xs: Operand) -> None:
    """Raise TypeMismatch unless all are matrices of one of the REAL dtypes, the same for all."""
    for x in xs:
        if x.type.ndim != 2:
            raise TypeMismatch(f"{what}: takes a matrix, not {x.type}")
        if x.type.dtype in COMPLEX:
            raise TypeMismatch(f"{what}: matrices of complex numbers are not there yet: {x.type}")
        if x.type.dtype not in REAL:
            raise TypeMismatch(f"{what}: takes float32 or float64, not {x.type}; cast it first")
    if len({x.type.dtype for x in xs}) > 1:
        raise TypeMismatch(f"{what}: dtypes differ: " + " and ".join(str(x.type) for x in xs))


def order_of(what: str, x: Operand) -> Size:
    """Return the number of rows of a square matrix, which is checked to be that of columns."""
    require_matrix(what, x)
    rows, columns = x.type.shape
    return sizes.agree(rows, columns, f"{what}: the matrix is not square")


def infer_square(what: str) -> Callable[..., TensorType]:
    """Return the type rule of a square matrix made of another, whatever the attributes."""

    def infer(x: Operand) -> TensorType:
        n = order_of(what, x)
        return TensorType(x.type.dtype, (n, n))

    return infer


def plus_one(size: Size) -> Size:
    """Return the size that follows one."""
    return sizes.add(size, 1)


def raw(name: str, infer: Callable[..., TensorType], reason: str, doc: str, fails: bool) -> Op:
    """Define a factoring in the form in which it is computed: others are read from it."""

    def refused(g: Any, y: Any, *xs: Any, **attributes: Any) -> tuple[Any, ...]:
        return (Undefined(f"{name}: {reason}"),) * len(xs)

    return general(name, infer, REFERENCES[name], refused, can_fail=fails, doc=doc)


# --- matrices made of others


def turned(x: Any) -> Any:
    """Return the transpose of a matrix."""
    return dimshuffle(x, order=(1, 0))


def chain(first: Any, *others: Any) -> Any:
    """Return the product of matrices, from left to right."""
    for other in others:
        first = dot(first, other)
    return first


def _places(x: Any) -> tuple[Any, Any]:
    value = x.context.size_value
    row, column = (arange(value(size)) for size in x.type.shape)
    return dimshuffle(row, order=(0, "x")), dimshuffle(column, order=("x", 0))


def below(x: Any) -> Any:
    """Return a matrix with zeros above the diagonal."""
    row, column = _places(x)
    return switch(greater_equal(row, column), x, 0)


def above(x: Any) -> Any:
    """Return a matrix with zeros below the diagonal."""
    row, column = _places(x)
    return switch(greater_equal(column, row), x, 0)


def strictly_below(x: Any) -> Any:
    """Return a matrix with zeros on and above the diagonal."""
    row, column = _places(x)
    return switch(greater_equal(column, row), 0, x)


def on_diagonal(x: Any) -> Any:
    """Return a matrix with zeros beside the diagonal."""
    row, column = _places(x)
    return switch(equal(row, column), x, 0)


def off_diagonal(x: Any) -> Any:
    """Return a matrix with zeros on the diagonal."""
    row, column = _places(x)
    return switch(equal(row, column), 0, x)


def folded(x: Any) -> Any:
    """Add the part above the diagonal to that below it: the cotangent of a triangle that is read
    as a symmetric matrix."""
    return below(x) + turned(above(off_diagonal(x)))


def unit_like(x: Any) -> Any:
    """Return ones on the diagonal, in a matrix's type."""
    return on_diagonal(broadcast_like(x.context.constant(1, x.type.dtype, 2), x))


def rows(x: Any, start: Size, count: Size) -> Any:
    """Return some rows of a matrix."""
    return part(x, (start, 0), (count, x.type.shape[1]))


def columns(x: Any, start: Size, count: Size) -> Any:
    """Return some columns of a matrix."""
    return part(x, (0, start), (x.type.shape[0], count))


def part(x: Any, starts: tuple[Size, ...], lengths: tuple[Size, ...]) -> Any:
    """Return the part of a matrix that begins at a place and has some sizes."""
    value = x.context.size_value
    return slice_(x, *map(value, starts), *map(value, lengths), steps=(1, 1))


def across(vector: Any) -> Any:
    """Return a vector as a row, to scale columns with."""
    return dimshuffle(vector, order=("x", 0))


def down(vector: Any) -> Any:
    """Return a vector as a column, to scale rows with."""
    return dimshuffle(vector, order=(0, "x"))
