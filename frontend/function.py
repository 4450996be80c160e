"""symc.function: from a graph to something that can be called."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from symc.build import Built, build
from symc.compiled import Definition, Function
from symc.compiler.errors import NotSupported
from symc.config import ConfigError, config
from symc.exceptions import BadUse, UnusedInput
from symc.io import In, Out
from symc.mode import Mode, get_mode
from symc.replacing import Givens, Updates, as_givens, as_updates, remade
from symc.report import describe, mistake
from symc.shared import SharedVariable
from symc.tensor.conversion import as_variable
from symc.tensor.variable import TensorConstant

if TYPE_CHECKING:
    from symc.extension.local import Replacing

__all__ = ["Function", "function"]

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


def as_inputs(given: Sequence[Any]) -> tuple[In, ...]:
    """Return inputs given as variables or In, each of another variable."""
    entries = tuple(as_input(x) for x in given)
    seen: set[Any] = set()
    for entry in entries:
        if entry.variable in seen:
            raise mistake(
                UnusedInput, f"{describe(entry.variable)} is an input twice", help="name it once"
            )
        seen.add(entry.variable)
    return entries


def as_outputs(given: Any) -> tuple[list[Any], str, tuple[str, ...]]:
    """Return the output variables, the form they are returned in, and their names.

    The form is 'single', 'list' or 'dict', whose variables come in the order of the keys. No
    outputs are an empty list, as in Theano.
    """
    if given is None:
        return [], "list", ()
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


# --- checks


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
    outputs   one, a list or a dict of variables; the function returns the same form, [] for none
    updates   {shared variable: new value}, or pairs, of the old state; they take effect together
    givens    {variable: what stands for it in this function}
    mode      a Mode or its name; config.mode if not given
    no_default_updates    leave out the updates that shared variables carry: all, or those listed
    rebuild_strict        False lets givens have other types, of which all is made anew
    on_unused_input       'raise', 'warn' or 'ignore'
    allow_input_downcast  True lets arguments lose precision; None Python floats for floatX alone

    >>> from symc.tensor import dscalar
    >>> x = dscalar("x")
    >>> function([x], x + 1)(2.0)
    array(3.)
    """
    _require_known_options(inputs, no_default_updates, profile)
    entries = as_inputs(inputs)
    variables, form, names = as_outputs(outputs)
    mode = get_mode(mode)
    graph = variables, as_updates(updates), as_givens(givens, entries)
    graph = graph if rebuild_strict else remade(*graph)
    built = _built(entries, graph, name, no_default_updates, mode)
    _mention_unused(entries, built, on_unused_input)
    return Function(Definition(entries, built, mode, name, form, names, allow_input_downcast))


def _require_known_options(inputs: Any, no_default_updates: Any, profile: Any) -> None:
    if profile:
        raise mistake(
            NotSupported,
            "function: profile is not there yet; it comes with profiles",
            help="f.call.artifact.timings has the seconds that compiling took, stage by stage",
        )
    if not isinstance(no_default_updates, (bool, list, tuple, set, frozenset)):
        raise mistake(
            BadUse,
            "no_default_updates is True, False or a list of shared variables",
            got=repr(no_default_updates),
        )
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
    graph: tuple[list[Any], Updates, Givens],
    name: str | None,
    unwanted: bool | Sequence[Any],
    mode: Mode,
) -> Built:
    outputs, updates, givens = graph
    kept = [entry.update for entry in entries if entry.update is not None]
    return build(
        [entry.variable for entry in entries],
        [*outputs, *kept],
        updates,
        givens,
        name or "",
        default_updates=lambda shared: not listed(shared, unwanted),
        replacing=_replacing(mode),
    )


def _replacing(mode: Mode) -> Replacing | None:
    """Return what offers applications to the user's local optimizers; None where none is taken.

    They are not looked for where nobody can have registered any.
    """
    local = sys.modules.get("symc.extension.local")
    taken = local.optdb.taken(mode) if local else ()
    return local.Replacing(taken) if local and taken else None
