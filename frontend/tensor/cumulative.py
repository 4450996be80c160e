"""Running sums and products, and differences of neighbours."""

from __future__ import annotations

from typing import Any

from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import application, conversion, elementwise, joining, shaping


def cumsum(x: Any, axis: int | None = None) -> Any:
    """Return the sums of all elements so far along an axis (of the flattened tensor for None).

    They have the dtype of x, and are summed in it; bools are counted in int64.

    >>> cumsum([1, 2, 3]).eval().tolist()
    [1, 3, 6]
    """
    return _running("cumsum", x, axis)


def cumprod(x: Any, axis: int | None = None) -> Any:
    """Return the products of all elements so far along an axis (of the flattened tensor for None).

    They have the dtype of x. The gradient is right with zeros too.
    """
    return _running("cumprod", x, axis)


def _running(name: str, x: Any, axis: int | None) -> Any:
    x = conversion.as_tensor_variable(x)
    x = elementwise.cast(x, "int64") if x.dtype == "bool" else x
    if axis is None:
        x, axis = shaping.reshape(x, [-1]), 0
    place = joining.static_axis(axis, x.ndim, name)
    return application.call(name, x, axis=place, step=1)


def diff(x: Any, n: int = 1, axis: int = -1) -> Any:
    """Return what each element is more than the one before it along an axis, n times over."""
    x = conversion.as_tensor_variable(x)
    if n < 0:
        raise mistake(BadValue, f"diff: n={n} is negative")
    place = joining.static_axis(axis, x.ndim, "diff")
    before = (slice(None),) * place
    for _ in range(n):
        left, right = x[(*before, slice(None, -1))], x[(*before, slice(1, None))]
        x = _changed(left, right)
    return x


def _changed(left: Any, right: Any) -> Any:
    return elementwise.neq(left, right) if left.dtype == "bool" else right - left
