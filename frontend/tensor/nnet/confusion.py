"""How often each class was taken for each other one."""

from __future__ import annotations

from typing import Any

from symc.exceptions import BadValue
from symc.report import describe, mistake
from symc.tensor import conversion, elementwise, joining, products, unique


def confusion_matrix(actual: Any, pred: Any) -> list[Any]:
    """Return a matrix of counts, and the classes that are its rows and columns.

    An element counts how often the class of its row was predicted to be that of its column. The
    classes are those in either vector, in order. Raises BadValue for what is no vector.
    """
    given = [conversion.as_tensor_variable(x) for x in (actual, pred)]
    for name, x in zip(("actual", "pred"), given, strict=True):
        if x.ndim != 1:
            raise mistake(BadValue, f"confusion_matrix: {name} is no vector: {describe(x)}")
    classes = unique.Unique()(joining.concatenate(given))
    is_row, is_column = (
        elementwise.cast(elementwise.eq(x.dimshuffle(0, "x"), classes), "int64") for x in given
    )
    return [products.dot(is_row.T, is_column), classes]
