"""Matrices with a column of one number before the others, for biases kept among the weights."""

from __future__ import annotations

from typing import Any

from symc.exceptions import BadUse
from symc.report import describe, mistake
from symc.tensor import conversion, creation, elementwise, joining, shaping


def prepend_scalar_to_each_row(val: Any, mat: Any) -> Any:
    """Return a matrix with a number put before the elements of each row."""
    number, rows = conversion.as_tensor_variable(val), conversion.as_tensor_variable(mat)
    if number.ndim != 0 or rows.ndim != 2:
        raise mistake(
            BadUse,
            "prepend_scalar_to_each_row: takes a scalar and a matrix",
            got=f"{describe(number)}; {describe(rows)}",
        )
    column = creation.alloc(elementwise.cast(number, rows.dtype), shaping.size_of(rows, 0), 1)
    return joining.concatenate([column, rows], axis=1)


def prepend_0_to_each_row(mat: Any) -> Any:
    """Return a matrix with 0 put before the elements of each row."""
    return prepend_scalar_to_each_row(0, mat)


def prepend_1_to_each_row(mat: Any) -> Any:
    """Return a matrix with 1 put before the elements of each row."""
    return prepend_scalar_to_each_row(1, mat)
