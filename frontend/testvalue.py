"""Test values: each expression computed as it is made, so that mistakes show at their line."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from symc.arguments import fit
from symc.config import config
from symc.exceptions import BadValue
from symc.report import complaint, describe
from symc.shared import SharedVariable
from symc.tensor.conversion import as_tensor_variable
from symc.tensor.variable import TensorConstant
from symc.variable import Apply

Array = np.ndarray[Any, Any]

__all__ = ["debug_assert", "get_debug_values", "get_test_value"]


def get_test_value(variable: Any) -> Array:
    """Return a constant's or shared variable's value, or what is kept as `tag.test_value`.

    Raises AttributeError where there is none, BadArgument where it does not fit the variable.
    """
    variable = as_tensor_variable(variable)
    if isinstance(variable, TensorConstant):
        return variable.data
    if isinstance(variable, SharedVariable):
        return variable.container.copy()
    value = vars(variable.tag).get("test_value")
    if value is None:
        raise AttributeError(f"{describe(variable)} has no test value; set its tag.test_value")
    array = fit(variable.type, value, f"the test value of {describe(variable)}")
    return np.array(array, order="C")


def get_debug_values(*variables: Any) -> list[tuple[Array, ...]]:
    """Return the test values of variables as one tuple in a list; an empty list without them.

    So `for a, b in get_debug_values(x, y):` runs once, or not at all.
    """
    if config.compute_test_value == "off":
        return []
    try:
        return [tuple(get_test_value(variable) for variable in variables)]
    except AttributeError as error:
        _mention(str(error), None)
        return []


def debug_assert(condition: Any, message: str | None = None) -> None:
    """Raise AssertionError for a false condition, if test values are computed at all."""
    if config.compute_test_value != "off" and not condition:
        raise AssertionError(message or "debug_assert")


def note(made: Apply) -> None:
    """Give the outputs of an application their test values, as `config.compute_test_value` says."""
    if config.compute_test_value == "off":
        return
    operands = list(dict.fromkeys(made.inputs))
    for output in made.outputs:
        vars(output.tag).pop("test_value", None)  # a copy's is that of other operands
    try:
        arrays = [get_test_value(x) for x in operands]
    except AttributeError as error:
        _mention(f"{made.title} gets no test value: {error}", made)
        return
    for output in made.outputs:
        output.tag.test_value = _computed(output, operands, arrays)


def _mention(message: str, made: Apply | None) -> None:
    if config.compute_test_value == "warn":
        warnings.warn(message, stacklevel=6)
    elif config.compute_test_value == "raise":
        raise (complaint(BadValue, message, made.location) if made else BadValue(message))


def _computed(output: Any, operands: list[Any], arrays: list[Array]) -> Array:
    """Run one application in NumPy; what it raises names the user's line."""
    from symc.build import build
    from symc.failure import Reporter
    from symc.interpreted import Failed, run
    from symc.io import In

    leaves = [k for k, x in enumerate(operands) if not isinstance(x, TensorConstant)]
    inputs = [operands[k] for k in leaves]
    values = [arrays[k] for k in leaves]
    built = build(inputs, [output])
    try:
        (array,), _ = run(built.module, values, [])
    except Failed as failure:
        raise Reporter(built, [In(x) for x in inputs]).interpreted(failure, values, []) from None
    return array
