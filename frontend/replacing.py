"""What a user says about updates and givens of a function, in one form, and whether it fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symc.arguments import fit
from symc.exceptions import BadReplacement, BadUpdate, BadUse, BadValue
from symc.io import In
from symc.location import NOWHERE
from symc.report import complaint, describe, label, mistake
from symc.shared import SharedVariable
from symc.tensor.conversion import as_tensor_variable, constant
from symc.tensor.variable import TensorVariable
from symc.variable import Variable

Updates = list[tuple[SharedVariable, Any]]
Givens = list[tuple[Any, Any]]

# --- updates


def as_updates(given: Any) -> Updates:
    """Return updates as pairs whose new values fit their shared variables."""
    pairs = list(given.items() if isinstance(given, Mapping) else given or ())
    result: Updates = []
    seen: dict[int, Any] = {}
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise mistake(
                BadUse,
                "an update is a pair",
                expected="(shared variable, new value)",
                got=repr(pair),
            )
        variable, new = pair
        if not isinstance(variable, SharedVariable):
            raise mistake(
                BadUse,
                f"only a shared variable can be updated, not {variable!r}",
                help="make it by shared(value)",
            )
        if id(variable.container) in seen:
            raise mistake(
                BadValue, f"{label(variable)} is updated twice", help="give one new value for it"
            )
        seen[id(variable.container)] = variable
        result.append((variable, fitting_update(variable, new)))
    return result


def fitting_update(variable: SharedVariable, new: Any) -> Any:
    """Return the new value of a shared variable as a variable of its type."""
    if not isinstance(new, Variable) and not has_variables(new):
        return constant(fit(variable.type, new, variable.name), dtype=variable.dtype)
    expression = as_tensor_variable(new)
    if variable.type.accepts(expression.type):
        return expression
    owner = expression.owner
    raise complaint(
        BadUpdate,
        f"the update of {describe(variable)} has another type",
        owner.location if owner else NOWHERE,
        operation=f"updates[{label(variable)}] = {describe(expression)}",
        expected=str(variable.type),
        got=str(expression.type),
        help=_update_help(variable, expression),
    )


def has_variables(value: Any) -> bool:
    """Tell whether a list holds variables, which will be joined."""
    return isinstance(value, (list, tuple)) and any(isinstance(x, Variable) for x in value)


def _update_help(variable: SharedVariable, expression: Any) -> str:
    if expression.dtype != variable.dtype:
        return f"cast the new value: cast(new, {variable.dtype!r})"
    if expression.ndim != variable.ndim:
        return f"the new value needs {variable.ndim} dimensions"
    return "state the sizes of 1 by patternbroadcast(new, ...)"


# --- givens


def as_givens(givens: Any, inputs: Sequence[In]) -> Givens:
    """Return givens as pairs of variables. Raises BadUse, BadReplacement."""
    pairs = list(givens.items() if isinstance(givens, Mapping) else givens or ())
    variables = {entry.variable for entry in inputs}
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise mistake(
                BadUse, "a given is a pair", expected="(variable, what replaces it)", got=repr(pair)
            )
        if isinstance(pair[0], Variable) and pair[0] in variables:
            raise mistake(
                BadReplacement,
                f"{describe(pair[0])} is an input, so givens cannot replace it",
                help=f"make another input y and give {{{label(pair[0])}: an expression of y}}",
            )
    return [(old, _given(old, new)) for old, new in pairs]


def _given(old: Any, new: Any) -> Any:
    """Return a number or an array as a constant of the type of what it replaces."""
    if isinstance(new, Variable) or not isinstance(old, TensorVariable) or has_variables(new):
        return new
    return constant(fit(old.type, new, old.name), dtype=old.dtype)


def remade(
    outputs: list[Any], updates: Updates, givens: Givens
) -> tuple[list[Any], Updates, Givens]:
    """Make outputs and updates anew where givens have other types; return the other givens.

    All are made anew if any is, so that givens are read from the graph as it was before.
    """
    if all(not isinstance(old, Variable) or old.type.accepts(new.type) for old, new in givens):
        return outputs, updates, givens
    from symc.clone import clone

    made = clone([*outputs, *(new for _, new in updates)], replace=givens, strict=False)
    count = len(outputs)
    pairs = zip((shared for shared, _ in updates), made[count:], strict=True)
    return made[:count], [(shared, fitting_update(shared, new)) for shared, new in pairs], []
