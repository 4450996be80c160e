"""Applies operations to variables: operands made variables, ranks made equal, types inferred."""

from __future__ import annotations

from typing import Any

import numpy as np

from symc.compiler.errors import Error
from symc.compiler.op import Op, find
from symc.compiler.types import DISCRETE
from symc.config import config
from symc.location import capture
from symc.report import complaint, describe
from symc.tensor import conversion, policy, variable
from symc.type import TensorType
from symc.variable import Apply


def call(name: str, *operands: Any, **attributes: Any) -> Any:
    """Apply the operation of that name; at least one operand may be, none needs to be, symbolic."""
    return apply(find(name), operands, attributes)


def apply(op: Op, operands: tuple[Any, ...], attributes: dict[str, Any]) -> Any:
    """Apply an operation to variables, numbers and arrays, and return its result."""
    variables = [conversion.as_tensor_variable(x) for x in operands]
    if op.family == "pointwise" or op.name in policy.PRODUCTS:
        variables = policy.narrowed(op, variables, attributes)
    if op.family == "pointwise":
        variables = pad_ranks(variables)
        if op.name == "true_divide" and all(x.type.dtype in DISCRETE for x in variables):
            attributes = {**attributes, "dtype": config.floatX}
    try:
        inferred = op.infer(*variables, **attributes)
    except Error as error:
        raise _refused(op, variables, error) from None
    type = TensorType(inferred.dtype, [size == 1 for size in inferred.shape])
    made = variable.TensorVariable(type)
    note(Apply(op, variables, [made], attributes, capture()))
    return made


def note(made: Apply) -> None:
    """Compute the test values of an application, if config asks for them."""
    if config.compute_test_value != "off":
        from symc import testvalue

        testvalue.note(made)


def pad_ranks(variables: list[Any]) -> list[Any]:
    """Give all variables the largest rank among them, by leading dimensions of size 1."""
    ndim = max(x.type.ndim for x in variables)
    return [
        x if x.type.ndim == ndim else x.dimshuffle(*("x",) * (ndim - x.type.ndim), *range(x.ndim))
        for x in variables
    ]


def known_size(x: Any) -> int | None:
    """Return the number that a 0-d integer variable is known to be, or None."""
    if isinstance(x, variable.TensorConstant):
        return int(x.data) if x.dtype in DISCRETE else None
    if x.owner is not None:
        if x.owner.kind == "size":
            fixed: int | None = x.owner.inputs[0].type.shape[x.owner.attributes["axis"]]
            return fixed
        if x.owner.kind == "cast" and x.dtype in DISCRETE:
            number = known_size(x.owner.inputs[0])
            return None if number is None else int(np.asarray(number).astype(x.dtype))
    return None


def _refused(op: Op, variables: list[Any], error: Error) -> Error:
    return complaint(
        type(error),
        str(error),
        capture(),
        operation=f"{op.name}({', '.join(describe(x) for x in variables)})",
    )
