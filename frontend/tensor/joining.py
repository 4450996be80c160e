"""Joins and stacks tensors."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

from symc.compiler.errors import NotSupported
from symc.exceptions import BadAxis, BadUse, BadValue
from symc.report import describe, mistake
from symc.tensor import application, conversion, elementwise, user_ops, variable
from symc.tensor.policy import common_dtype


def make_vector(elements: list[Any]) -> Any:
    """Make a vector of scalars, in their common dtype."""
    scalars = [conversion.as_tensor_variable(x) for x in elements]
    dtype = common_dtype(*(x.dtype for x in scalars))
    return application.apply(
        user_ops.make_vector_op, tuple(elementwise.cast(x, dtype) for x in scalars), {}
    )


def stack_nested(items: Any) -> Any:
    """Stack a list of variables, numbers and lists of these along a new first dimension."""
    parts = [conversion.as_tensor_variable(x) for x in items]
    if all(x.ndim == 0 for x in parts):
        return make_vector(parts)
    return stack(parts)


def whole(axis: Any, what: str) -> int:
    """Return an axis that is a whole number, of Python or of NumPy, as an int."""
    try:
        return index(axis)
    except TypeError:
        raise mistake(BadUse, f"{what}: an axis is a whole number, not {axis!r}") from None


def static_axis(axis: Any, ndim: int, what: str) -> int:
    """Return an axis given as a number or a constant, counted from the front."""
    if isinstance(axis, variable.TensorVariable):
        known = application.known_size(axis)
        if known is None:
            raise mistake(
                NotSupported, f"{what}: an axis that is not known while the graph is built"
            )
        axis = known
    place = whole(axis, what)
    if not -ndim <= place < ndim:
        raise mistake(BadAxis, f"{what}: axis {place} is out of range for {ndim} dimensions")
    return place % ndim


def join(axis: Any, *tensors_list: Any) -> Any:
    """Join tensors along an axis, in their common dtype.

    >>> from symc.tensor.constructors import matrices
    >>> x, y = matrices("x", "y")
    >>> join(1, x, y).type
    TensorType(float64, matrix)
    """
    tensors = [conversion.as_tensor_variable(x) for x in tensors_list]
    if not tensors:
        raise mistake(BadValue, "join: no tensor is given")
    ranks = {x.ndim for x in tensors}
    if ranks == {0} or len(ranks) > 1:
        raise mistake(
            BadUse,
            "join: takes tensors of one rank of at least 1",
            got=_listed(tensors),
            help="give them equal ranks by dimshuffle; stack joins scalars",
        )
    place = static_axis(axis, tensors[0].ndim, "join")
    if len(tensors) == 1:
        return tensors[0]
    dtype = common_dtype(*(x.dtype for x in tensors))
    return application.call(
        "concatenate", *(elementwise.cast(x, dtype) for x in tensors), axis=place
    )


def concatenate(tensor_list: Any, axis: Any = 0) -> Any:
    """Join a list of tensors along an axis."""
    if not isinstance(tensor_list, (list, tuple)):
        raise mistake(
            BadUse, "concatenate: takes a list or tuple of tensors", got=repr(tensor_list)
        )
    return join(axis, *tensor_list)


def stack(*tensors: Any, axis: Any = 0) -> Any:
    """Join tensors of one rank along a new axis; takes a list, or the tensors one by one."""
    if len(tensors) > 1 and isinstance(tensors[0], (list, tuple)):
        tensors, axis = tuple(tensors[0]), tensors[1]
    elif len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    if not tensors:
        raise mistake(BadValue, "stack: no tensor is given")
    parts = [conversion.as_tensor_variable(x) for x in tensors]
    place = static_axis(axis, parts[0].ndim + 1, "stack")
    if len({x.ndim for x in parts}) > 1:
        raise mistake(
            BadUse,
            "stack: takes tensors of one rank",
            got=_listed(parts),
            help="give them equal ranks by dimshuffle; a list of variables is stacked, too",
        )
    if all(x.ndim == 0 for x in parts):
        return make_vector(parts)
    return join(place, *(_padded(x, place) for x in parts))


def horizontal_stack(*args: Any) -> Any:
    """Join matrices side by side."""
    return join(1, *_matrices(args, "horizontal_stack"))


def vertical_stack(*args: Any) -> Any:
    """Join matrices one above the other."""
    return join(0, *_matrices(args, "vertical_stack"))


def _matrices(given: Sequence[Any], what: str) -> list[Any]:
    tensors = [conversion.as_tensor_variable(x) for x in given]
    if len(tensors) < 2 or any(x.ndim != 2 for x in tensors):
        raise mistake(BadUse, f"{what}: takes two matrices or more", got=_listed(tensors))
    return tensors


def _listed(tensors: Sequence[Any]) -> str:
    return ", ".join(describe(x) for x in tensors)


def _padded(x: Any, axis: int) -> Any:
    order: list[Any] = list(range(x.ndim))
    order.insert(axis, "x")
    return x.dimshuffle(*order)


def stacklists(arg: Any) -> Any:
    """Stack nested lists of tensors along as many new leading axes as there are levels."""
    if isinstance(arg, (list, tuple)):
        return stack([stacklists(x) for x in arg])
    return arg
