"""Where a tensor is not zero: positions and elements, whose number is known when a call runs."""

from __future__ import annotations

from typing import Any

from symc.compiler.op import Operand, find
from symc.compiler.ops.index import position
from symc.compiler.types import TensorType
from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor import application, conversion, joining, shaping, user_ops


def _infer_nonzero(x: Operand, *, axis: int) -> TensorType:
    return TensorType("int64", (None,))


def _lower_nonzero(x: Any, *, axis: int) -> Any:
    mask = x
    if x.type.dtype != "bool":
        mask = find("not_equal")(x, x.context.constant(0, x.type.dtype, x.type.ndim))
    return position(mask, axis)


nonzero_op = user_ops.define_user_op(
    "nonzero", _infer_nonzero, _lower_nonzero, "Return where a tensor is not 0, along one axis."
)


def nonzero(a: Any, return_matrix: bool = False) -> Any:
    """Return the positions of what is not 0: a vector a dimension, or the rows of one matrix.

    >>> from symc.tensor.constructors import vector
    >>> v = vector()
    >>> len(nonzero(v > 0))
    1
    """
    a = conversion.as_tensor_variable(a)
    if a.ndim == 0:
        raise mistake(BadValue, "nonzero: a scalar has no positions")
    rows = tuple(application.apply(nonzero_op, (a,), {"axis": k}) for k in range(a.ndim))
    return joining.stack(rows) if return_matrix else rows


def flatnonzero(a: Any) -> Any:
    """Return the positions, in C order, of what is not 0."""
    a = conversion.as_tensor_variable(a)
    if a.ndim == 0:
        raise mistake(BadValue, "flatnonzero: a scalar has no positions")
    return nonzero(shaping.flatten(a))[0]


def nonzero_values(a: Any) -> Any:
    """Return the elements that are not 0, in C order, as a vector."""
    a = conversion.as_tensor_variable(a)
    return shaping.flatten(a)[flatnonzero(a)]


def compress(condition: Any, x: Any, axis: int | None = None) -> Any:
    """Return the parts of a tensor along an axis, flattened for None, where a vector is not 0."""
    x = conversion.as_tensor_variable(x)
    places = flatnonzero(condition)
    if axis is None:
        return shaping.flatten(x)[places]
    axis = joining.static_axis(axis, x.ndim, "compress")
    return x[(slice(None),) * axis + (places,)]


POSITIONS = {made.__name__: made for made in (compress, flatnonzero, nonzero, nonzero_values)}
"""The functions above by their names."""
