"""What a step hands on to the next: values of the type that the first step is given."""

from __future__ import annotations

from typing import Any

from symc.exceptions import BadValue
from symc.location import capture
from symc.report import complaint, describe, label
from symc.tensor.shaping import patternbroadcast
from symc.tensor.variable import TensorConstant


def same_type(value: Any, state: Any, what: str, initial: Any) -> Any:
    """Return the new value of a state in the state's type.

    initial   what the first step is given. Raises BadValue at the line of the step that made a
    value of another dtype or rank.
    """
    if value.dtype != state.dtype or value.ndim != state.ndim:
        raise complaint(
            BadValue,
            f"scan: {what} changes its type from step to step",
            value.owner.location if value.owner else capture(),
            expected=f"{state.type}, as the first step is given: {label(initial)}",
            got=describe(value),
            help=_advice(value, state, initial),
        )
    if value.broadcastable != state.broadcastable:
        return patternbroadcast(value, state.broadcastable)
    return value


def _advice(value: Any, state: Any, initial: Any) -> str:
    if value.ndim != state.ndim:
        return f"give an initial value of {_dimensions(value.ndim)}, as a step returns"
    if isinstance(initial, TensorConstant) and initial.ndim == 0:
        made = f"symc.tensor.constant({initial.data}, dtype={value.dtype!r})"
        return f"a number by itself has the smallest dtype that holds it: give {made}"
    return (
        f"cast the initial value, by .astype({value.dtype!r}), "
        f"or what the step returns, by .astype({state.dtype!r})"
    )


def _dimensions(count: int) -> str:
    return "1 dimension" if count == 1 else f"{count} dimensions"
