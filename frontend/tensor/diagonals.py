"""Writes diagonals."""

from __future__ import annotations

from typing import Any

from symc.compiler.errors import TypeMismatch
from symc.compiler.promotion import upcast
from symc.report import mistake
from symc.tensor import conversion, creation, elementwise, shaping


def fill_diagonal(a: Any, val: Any) -> Any:
    """Return a copy of a tensor with a scalar on its main diagonal.

    A matrix may have any shape. Beyond two dimensions all sizes have to be equal: the diagonal is
    where all indices are.

    >>> fill_diagonal([[1, 2], [3, 4]], 0).eval().tolist()
    [[0, 2], [3, 0]]
    """
    a, val = _checked(a, val, "fill_diagonal")
    if a.ndim < 2:
        raise mistake(TypeMismatch, f"fill_diagonal: {a.type} has no two dimensions")
    first, *others = (_count(a, axis) for axis in range(a.ndim))
    on = elementwise.eq(_along(first, 0, a.ndim), _along(others[0], 1, a.ndim))
    for axis, count in enumerate(others[1:], 2):
        # Adding nothing of another size is what demands that the sizes are equal.
        same = count + elementwise.mul(first, 0) + elementwise.mul(others[0], 0)
        on = elementwise.and_(
            on, elementwise.eq(_along(first, 0, a.ndim), _along(same, axis, a.ndim))
        )
    return elementwise.switch(on, val, a)


def fill_diagonal_offset(a: Any, val: Any, offset: Any) -> Any:
    """Return a copy of a matrix with a scalar on a diagonal: above the main one if offset > 0."""
    a, val = _checked(a, val, "fill_diagonal_offset")
    offset = conversion.as_tensor_variable(offset)
    if a.ndim != 2:
        raise mistake(TypeMismatch, f"fill_diagonal_offset: {a.type} is no matrix")
    if offset.ndim or not offset.dtype.startswith(("int", "uint")):
        raise mistake(TypeMismatch, f"fill_diagonal_offset: the offset is {offset.type}")
    rows, columns = (_along(_count(a, axis), axis, 2) for axis in (0, 1))
    return elementwise.switch(elementwise.eq(rows + offset, columns), val, a)


def _checked(a: Any, val: Any, what: str) -> tuple[Any, Any]:
    """Return both as variables, the scalar in the tensor's dtype, which has to hold it."""
    a, val = conversion.as_tensor_variable(a), conversion.as_tensor_variable(val)
    if val.ndim:
        raise mistake(TypeMismatch, f"{what}: the value is a scalar, not {val.type}")
    if upcast(a.dtype, val.dtype) != a.dtype:
        raise mistake(TypeMismatch, f"{what}: {a.dtype} does not hold a value of {val.dtype}")
    return a, elementwise.cast(val, a.dtype)


def _count(a: Any, axis: int) -> Any:
    return creation.arange(shaping.size_of(a, axis))


def _along(v: Any, axis: int, ndim: int) -> Any:
    return v.dimshuffle(*(0 if k == axis else "x" for k in range(ndim)))
