"""symc.function: from a graph to something that can be called."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from symc.build import Built, build
from symc.compiled import Definition, Function
from symc.compiler.errors import NotSupported
from symc.config import ConfigError, config
from symc.exceptions import BadReplacement, BadUpdate, BadUse, BadValue, UnusedInput
from symc.extension.local import Replacing, optdb
from symc.io import In, Out
from symc.location import NOWHERE
from symc.mode import Mode, get_mode
from symc.report import complaint, describe, label, mistake
from symc.shared import SharedVariable
from symc.tensor.conversion import as_tensor_variable, as_variable, constant
from symc.tensor.variable import TensorConstant
from symc.variable import Variable

__all__ = ["Function", "function"]

Updates = list[tuple[SharedVariable, Any]]

# --- what the user gave, in one form


def as_input(given: Any) -> In:
    """Return an input given as a variable or an In."""
    wrapped = given if isinstance(given, In) else In(given)
    if isinstance(wrapped.variable, SharedVariable):
        raise mistake(
            BadUse,
            f"{describe(wrapped.variable)} is shared, so it is an input already",
            help="to give it another value for a function, use givens={it: another variable}",
        )
    if isinstance(wrapped.variable, TensorConstant):
        raise mistake(BadUse, f"{describe(wrapped.variable)} is a constant, not an input")
    return wrapped


def as_outputs(given: Any) -> tuple[list[Any], str, tuple[str, ...]]:
    """Return the output variables, the form they are returned in, and their names.

    The form is 'none', 'single', 'list' or 'dict', whose variables come in the order of the keys.
    """
    if given is None:
        return [], "none", ()
    if isinstance(given, Mapping):
        if not all(isinstance(key, str) for key in given):
            raise mistake(BadUse, "the keys of a dict of outputs are strings")
        keys = tuple(sorted(given))
        return [_output(given[key]) for key in keys], "dict", keys
    listed = isinstance(given, (list, tuple))
    variables = [_output(x) for x in (given if listed else [given])]
    return variables, "list" if listed else "single", tuple(x.name or "" for x in variables)


def _output(given: Any) -> Any:
    return given.variable if isinstance(given, Out) else as_variable(given)


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
    if not isinstance(new, Variable) and not _has_variables(new):
        from symc.arguments import fit

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


def _has_variables(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and any(isinstance(x, Variable) for x in value)


def _update_help(variable: SharedVariable, expression: Any) -> str:
    if expression.dtype != variable.dtype:
        return f"cast the new value: cast(new, {variable.dtype!r})"
    if expression.ndim != variable.ndim:
        return f"the new value needs {variable.ndim} dimensions"
    return "state the sizes of 1 by patternbroadcast(new, ...)"


# --- checks


def _require_replaceable(givens: Any, inputs: Sequence[In]) -> list[tuple[Any, Any]]:
    pairs = list(givens.items() if isinstance(givens, Mapping) else givens or ())
    variables = {entry.variable for entry in inputs}
    for old, _ in pairs:
        if isinstance(old, Variable) and old in variables:
            raise mistake(
                BadReplacement,
                f"{describe(old)} is an input, so givens cannot replace it",
                help=f"make another input y and give {{{label(old)}: an expression of y}}",
            )
    return pairs


def _require_distinct(inputs: Sequence[In]) -> None:
    seen: set[Any] = set()
    names: set[str] = set()
    for entry in inputs:
        if entry.variable in seen:
            raise mistake(
                UnusedInput, f"{describe(entry.variable)} is an input twice", help="name it once"
            )
        seen.add(entry.variable)
        if entry.name is not None:
            names.add(entry.name)


def _mention_unused(inputs: Sequence[In], built: Built, action: str | None) -> None:
    action = config.on_unused_input if action is None else action
    if action not in ("raise", "warn", "ignore"):
        raise mistake(ConfigError, f"on_unused_input is raise, warn or ignore, not {action!r}")
    for number, entry in enumerate(inputs):
        if entry.variable in built.reached or action == "ignore":
            continue
        error = mistake(
            UnusedInput,
            f"input {number} ({describe(entry.variable)}) is not needed by any output or update",
            help="leave it out of the inputs, or pass on_unused_input='ignore'",
        )
        if action == "raise":
            raise error
        warnings.warn(str(error), stacklevel=4)


# --- the function


def function(
    inputs: Sequence[Any],
    outputs: Any = None,
    mode: Any = None,
    updates: Any = None,
    givens: Mapping[Any, Any] | Iterable[tuple[Any, Any]] | None = None,
    no_default_updates: bool | Sequence[Any] = False,
    accept_inplace: bool = False,
    name: str | None = None,
    rebuild_strict: bool = True,
    allow_input_downcast: bool | None = None,
    profile: Any = None,
    on_unused_input: str | None = None,
) -> Function:
    """Compile a function from inputs to outputs.

    inputs    variables or In; intermediate variables too
    outputs   none, one, a list or a dict of variables; the function returns the same form
    updates   {shared variable: new value}, or pairs; all are computed from the old state and
              take effect together at the end of a call
    givens    {variable: what stands for it in this function}
    mode      a Mode or its name; config.mode if not given
    no_default_updates    leave out the updates that shared variables carry: all, or those listed
    on_unused_input       'raise', 'warn' or 'ignore'
    allow_input_downcast  True converts arguments even if they lose precision; None lets only
                          Python floats do so, for inputs of floatX

    >>> from symc.tensor import dscalar
    >>> x = dscalar("x")
    >>> function([x], x + 1)(2.0)
    array(3.)
    """
    _require_known_options(inputs, profile)
    entries = tuple(as_input(x) for x in inputs)
    _require_distinct(entries)
    variables, form, names = as_outputs(outputs)
    mode = get_mode(mode)
    built = _built(entries, variables, updates, givens, name, no_default_updates, mode)
    _mention_unused(entries, built, on_unused_input)
    return Function(Definition(entries, built, mode, name, form, names, allow_input_downcast))


def _require_known_options(inputs: Any, profile: Any) -> None:
    if profile:
        raise mistake(NotSupported, "function: profile is not there yet")
    if not isinstance(inputs, (list, tuple)):
        raise mistake(
            BadUse,
            f"the inputs come as a list of variables, not as {inputs!r}",
            help="write function([x], ...)",
        )


def listed(variable: SharedVariable, unwanted: bool | Sequence[Any]) -> bool:
    """Tell whether a shared variable is among those whose own updates are left out."""
    return unwanted if isinstance(unwanted, bool) else any(variable is x for x in unwanted)


def _built(
    entries: Sequence[In],
    outputs: Sequence[Any],
    updates: Any,
    givens: Any,
    name: str | None,
    unwanted: bool | Sequence[Any],
    mode: Mode,
) -> Built:
    kept = [entry.update for entry in entries if entry.update is not None]
    return build(
        [entry.variable for entry in entries],
        [*outputs, *kept],
        as_updates(updates),
        _require_replaceable(givens, entries),
        name or "",
        default_updates=lambda shared: not listed(shared, unwanted),
        replacing=_replacing(mode),
    )


def _replacing(mode: Mode) -> Replacing | None:
    """Return what offers applications to the user's local optimizers; None where none is taken."""
    taken = optdb.taken(mode)
    return Replacing(taken) if taken else None
