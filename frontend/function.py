"""symc.function: from a graph to something that can be called."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from symc.build import Built, build
from symc.call import Call, bind_call
from symc.compiler.errors import NotSupported
from symc.config import ConfigError, config
from symc.exceptions import BadReplacement, BadUpdate, UnusedInput
from symc.io import In, Out
from symc.location import NOWHERE
from symc.mode import Mode, get_mode
from symc.report import complaint, describe, label
from symc.runtime import Caller
from symc.shared import SharedVariable
from symc.tensor.conversion import as_tensor_variable, constant
from symc.tensor.variable import TensorConstant
from symc.variable import Variable

Updates = list[tuple[SharedVariable, Any]]

# --- what the user gave, in one form


def as_input(given: Any) -> In:
    """Return an input given as a variable or an In."""
    wrapped = given if isinstance(given, In) else In(given)
    if isinstance(wrapped.variable, SharedVariable):
        raise TypeError(
            f"{wrapped.variable!r} is shared, so it is an input already; to give it another value "
            "for a function, use givens={it: another variable}"
        )
    if isinstance(wrapped.variable, TensorConstant):
        raise TypeError(f"{wrapped.variable!r} is a constant and cannot be an input")
    return wrapped


def as_outputs(given: Any) -> tuple[list[Any], Callable[[list[Any]], Any] | None, str]:
    """Return the output variables, what makes the user's result of a list of arrays, and its form.

    The form is 'none', 'single' or 'list', as the runtime returns it.
    """
    if given is None:
        return [], None, "none"
    if isinstance(given, Mapping):
        if not all(isinstance(key, str) for key in given):
            raise TypeError("the keys of a dict of outputs are strings")
        keys = sorted(given)
        return [_output(given[k]) for k in keys], lambda r: dict(zip(keys, r, strict=True)), "list"
    if isinstance(given, (list, tuple)):
        return [_output(x) for x in given], None, "list"
    return [_output(given)], None, "single"


def _output(given: Any) -> Any:
    return given.variable if isinstance(given, Out) else as_tensor_variable(given)


def as_updates(given: Any) -> Updates:
    """Return updates as pairs whose new values fit their shared variables."""
    pairs = list(given.items() if isinstance(given, Mapping) else given or ())
    result: Updates = []
    seen: dict[int, Any] = {}
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(f"an update is a pair (shared variable, new value), not {pair!r}")
        variable, new = pair
        if not isinstance(variable, SharedVariable):
            raise TypeError(f"only a shared variable can be updated, not {variable!r}")
        if id(variable.container) in seen:
            raise ValueError(f"{variable!r} is updated twice")
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
            raise BadReplacement(
                f"{describe(old)} is an input, so givens cannot replace it; make another input y "
                f"and give {{{label(old)}: an expression of y}}"
            )
    return pairs


def _require_distinct(inputs: Sequence[In]) -> None:
    seen: set[Any] = set()
    names: set[str] = set()
    for entry in inputs:
        if entry.variable in seen:
            raise UnusedInput(f"{describe(entry.variable)} is an input twice")
        seen.add(entry.variable)
        if entry.name is not None:
            names.add(entry.name)


def _mention_unused(inputs: Sequence[In], built: Built, action: str | None) -> None:
    action = config.on_unused_input if action is None else action
    if action not in ("raise", "warn", "ignore"):
        raise ConfigError(f"on_unused_input is raise, warn or ignore, not {action!r}")
    for number, entry in enumerate(inputs):
        if entry.variable in built.reached or action == "ignore":
            continue
        message = (
            f"[{UnusedInput.code}] input {number} ({describe(entry.variable)}) is not needed by "
            "any output or update\n"
            "  help: leave it out of the inputs, or pass on_unused_input='ignore'"
        )
        if action == "raise":
            raise UnusedInput(message)
        warnings.warn(message, stacklevel=4)


# --- the function


class Function(Caller):
    """A compiled function; calling it computes its outputs and applies its updates.

    inputs   the In records; name; mode; built the Module and its origin; call how it is run
    output_names   the outputs' names, or the keys of a dict of outputs; '' for none
    """

    def __init__(
        self,
        inputs: Sequence[In],
        call: Call,
        built: Built,
        mode: Mode,
        name: str | None,
        finish: Callable[[list[Any]], Any] | None,
        output_names: Sequence[str] = (),
    ) -> None:
        self.inputs = tuple(inputs)
        self.output_names = tuple(output_names)
        self.call = call
        self.built = built
        self.mode = mode
        self.name = name
        self._run = call.run
        self._finish = finish
        self._count = len(self.inputs)
        self._defaults = [entry.value for entry in self.inputs]
        self._places = _places(self.inputs)

    def call_general(self, *args: Any, **named: Any) -> Any:
        """Do what a call does, with arguments by name and defaults; plain calls never come here."""
        if named or len(args) != self._count:
            args = self._arranged(args, named)
        result = self._run(*args)
        return result if self._finish is None else self._finish(result)

    def _arranged(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """Return the values of all inputs, from arguments by place, by name, and defaults."""
        if len(args) > self._count:
            raise TypeError(f"{self._title()} takes {self._count} arguments, not {len(args)}")
        values = [*args, *([None] * (self._count - len(args)))]
        given = [k < len(args) for k in range(self._count)]
        for key, value in named.items():
            place = self._place(key)
            if given[place]:
                raise TypeError(f"{self._title()} got two values for {key!r}")
            values[place], given[place] = value, True
        missing = []
        for place, known in enumerate(given):
            if not known:
                values[place] = self._defaults[place]
                if self._defaults[place] is None:
                    missing.append(describe(self.inputs[place].variable))
        if missing:
            raise TypeError(f"{self._title()} misses {len(missing)} inputs: {'; '.join(missing)}")
        return tuple(values)

    def _place(self, key: str) -> int:
        if key not in self._places:
            known = ", ".join(self._places) or "none"
            raise TypeError(f"{self._title()} has no input named {key!r}; its names: {known}")
        place = self._places[key]
        if place is None:
            raise TypeError(f"{self._title()} has several inputs named {key!r}; give them by place")
        return place

    def _title(self) -> str:
        return f"function {self.name!r}" if self.name else "the function"

    @property
    def module(self) -> Any:
        """Return the Module that the function was compiled from."""
        return self.built.module

    def get_shared(self) -> tuple[SharedVariable, ...]:
        """Return the shared variables that the function reads or updates."""
        return self.built.states

    def __repr__(self) -> str:
        names = ", ".join(str(entry.name or entry.variable) for entry in self.inputs)
        return f"<symc.function {self.name or ''}({names})>"


def _places(inputs: Sequence[In]) -> dict[str, int | None]:
    """Return each input's place by its name; None for a name that several have."""
    places: dict[str, int | None] = {}
    for place, entry in enumerate(inputs):
        if entry.name is not None:
            places[entry.name] = None if entry.name in places else place
    return places


def _stored(function: Function, finish: Callable[[list[Any]], Any], count: int) -> Any:
    """Make a finish that keeps the last arrays as new defaults of the inputs with an update."""
    places = [k for k, entry in enumerate(function.inputs) if entry.update is not None]

    def finished(results: list[Any]) -> Any:
        for place, value in zip(places, results[count:], strict=True):
            function._defaults[place] = value
        return finish(results[:count])

    return finished


def function(
    inputs: Sequence[Any],
    outputs: Any = None,
    mode: Any = None,
    updates: Any = None,
    givens: Mapping[Any, Any] | Iterable[tuple[Any, Any]] | None = None,
    no_default_updates: bool = False,
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
    on_unused_input       'raise', 'warn' or 'ignore'
    allow_input_downcast  True converts arguments even if they lose precision; None lets only
                          Python floats do so, for inputs of floatX

    >>> from symc.tensor import dscalar
    >>> x = dscalar("x")
    >>> function([x], x + 1)(2.0)
    array(3.)
    """
    _require_known_options(inputs, profile)
    entries = [as_input(x) for x in inputs]
    _require_distinct(entries)
    built = _built(entries, outputs, updates, givens, name, not no_default_updates)
    _mention_unused(entries, built, on_unused_input)
    return _bound(entries, built, outputs, get_mode(mode), name, allow_input_downcast)


def _require_known_options(inputs: Any, profile: Any) -> None:
    if profile:
        raise NotSupported("function: profile is not there yet")
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(f"inputs come as a list of variables, not {inputs!r}")


def _kept(entries: Sequence[In]) -> list[Any]:
    """Return what inputs with an update compute as their next defaults."""
    return [entry.update for entry in entries if entry.update is not None]


def _built(
    entries: Sequence[In], outputs: Any, updates: Any, givens: Any, name: str | None, default: bool
) -> Built:
    return build(
        [entry.variable for entry in entries],
        [*as_outputs(outputs)[0], *_kept(entries)],
        as_updates(updates),
        _require_replaceable(givens, entries),
        name or "",
        default_updates=default,
    )


def _bound(
    entries: Sequence[In],
    built: Built,
    outputs: Any,
    mode: Mode,
    name: str | None,
    allow_downcast: bool | None,
) -> Function:
    variables, finish, form = as_outputs(outputs)
    kept = bool(_kept(entries))
    call = bind_call(built, mode, entries, "list" if kept else form, allow_downcast, name)
    names = sorted(outputs) if isinstance(outputs, Mapping) else [x.name or "" for x in variables]
    made = Function(entries, call, built, mode, name, finish, names)
    if kept:
        made._finish = _stored(made, finish or _forms(form), len(variables))
    if made._finish is None:
        made.call_straight(call.run, len(entries))
    return made


def _forms(form: str) -> Callable[[list[Any]], Any]:
    if form == "none":
        return lambda results: None
    return (lambda results: results[0]) if form == "single" else list
