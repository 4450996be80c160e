"""Reverse-mode derivatives of expressions, as expressions."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from symc.chain import null_error, pull
from symc.compiler.errors import Error, NotSupported
from symc.compiler.types import DISCRETE
from symc.exceptions import BadUse, BadValue
from symc.extension.derivatives import Received
from symc.extension.null import disconnected_type
from symc.extension.type import is_tensor
from symc.location import capture
from symc.report import complaint, describe, label, mistake
from symc.sweep import opened
from symc.tensor.conversion import as_tensor_variable
from symc.tensor.variable import TensorConstant
from symc.variable import Variable, ancestors


class DisconnectedInputError(Error, ValueError):
    """Report a wrt on which the cost does not depend."""

    code = "E140"


class NullTypeGradError(Error, TypeError):
    """Report a derivative that is not defined."""

    code = "E141"


class BadCost(Error, TypeError):
    """Report a cost that has no gradient, for it is no scalar or no float."""

    code = "E143"


class MissingCost(Error, AssertionError):
    """Report that there is nothing to take derivatives of."""

    code = "E144"


# --- sweeps


def _sweep(
    cost: Any | None, wrt: Sequence[Any], known: Mapping[Any, Any], stops: Sequence[Any]
) -> list[Received]:
    """Return what each wrt receives."""
    starts = [(opened(k), g) for k, g in known.items() if k.owner is not None]
    return pull(cost, starts, wrt, list(dict.fromkeys([*wrt, *known, *stops])))


def groups(wrt: Sequence[Any]) -> list[list[Any]]:
    """Return wrts to ask for together: leaves, and each intermediate one alone.

    An intermediate one is a leaf of its sweep, so that stabilising cannot lose it; together, one
    would hide what another is made from.
    """
    leaves = [x for x in wrt if x.owner is None]
    return [*([leaves] if leaves else []), *([x] for x in wrt if x.owner is not None)]


# --- what the user asks


def grad(
    cost: Any,
    wrt: Any,
    consider_constant: Any = None,
    disconnected_inputs: str = "raise",
    add_names: bool = True,
    known_grads: Mapping[Any, Any] | None = None,
    return_disconnected: str = "zero",
    null_gradients: str = "raise",
) -> Any:
    """Return the derivative of a scalar cost with respect to one or several variables.

    wrt                   a variable, inputs and intermediate ones alike, or a list or tuple
    consider_constant     variables through which nothing flows
    known_grads           {variable: derivative of the cost to it}, instead of computing these;
                          cost may then be None
    disconnected_inputs   'raise', 'warn' or 'ignore' a wrt on which the cost does not depend
    return_disconnected   what stands for its derivative: 'zero', 'none' or 'disconnected'
    null_gradients        'raise' where it is not defined, or 'return' the null that says why

    Derivatives are expressions of the wrt's type, which can be differentiated again.

    >>> from symc.tensor import dscalar
    >>> x = dscalar("x")
    >>> grad(x**2, x).eval({x: 3.0})
    array(6.)
    """
    _require_nulls(null_gradients)
    variables, known = checked_wrt("grad", wrt), _known(known_grads)
    _require_cost(cost, known)
    answers = dict(known)
    roots = tuple(known) if cost is None else (cost,)
    stops = stops_of(consider_constant, roots)
    wish = Wish("grad: the cost", roots, disconnected_inputs, return_disconnected, null_gradients)
    for x, received in _received(cost, variables, known, stops):
        answers[x] = answer(wish, x, received)
    results = [answers[x] for x in variables]
    if add_names:
        results = [_named(cost, x, g) for x, g in zip(variables, results, strict=True)]
    return results[0] if isinstance(wrt, Variable) else type(wrt)(results)


def _require_nulls(action: str) -> None:
    if action not in ("raise", "return"):
        raise mistake(BadValue, f"grad: null_gradients is raise or return, not {action!r}")


def _received(
    cost: Any | None, wrt: Sequence[Any], known: Mapping[Any, Any], stops: Sequence[Any]
) -> Iterator[tuple[Any, Received]]:
    """Yield each wrt that is not known, and what it receives."""
    for group in groups(list(dict.fromkeys(wrt))):
        for x, received in zip(group, _sweep(cost, group, known, stops), strict=True):
            if x not in known:
                yield x, received


def checked_wrt(who: str, wrt: Any) -> list[Any]:
    """Return the variables that a function is asked to differentiate to."""
    listed = [wrt] if isinstance(wrt, Variable) else wrt
    if not isinstance(listed, (list, tuple)):
        raise mistake(
            BadUse, f"{who}: wrt is a variable, or a list or tuple of variables", got=repr(wrt)
        )
    for x in listed:
        if not isinstance(x, Variable):
            raise mistake(
                BadUse, f"{who}: wrt is a variable, or a list or tuple of variables", got=repr(x)
            )
    return list(listed)


def _known(given: Mapping[Any, Any] | None) -> dict[Any, Any]:
    known = {}
    for variable, value in (given or {}).items():
        if isinstance(value, Variable) and not is_tensor(value.type):
            continue  # disconnected: nothing comes from there
        derivative = as_tensor_variable(value)
        if derivative.ndim != variable.ndim:
            raise mistake(
                BadUse,
                f"grad: the known derivative of {label(variable)} has another rank",
                expected=str(variable.type),
                got=describe(derivative),
            )
        known[variable] = derivative
    return known


def stops_of(given: Any, roots: Sequence[Any]) -> list[Any]:
    """Return the variables that are taken for constants, in an order that is always the same."""
    if given is None:
        return []
    if not isinstance(given, (list, tuple, set, frozenset)):
        raise mistake(BadUse, f"grad: consider_constant is a list of variables, not {given!r}")
    if isinstance(given, (list, tuple)):
        return list(given)
    # A set has no order that is the same in every run; the graph has.
    return [x for x in ancestors(roots) if x in given]


def _require_cost(cost: Any, known: Mapping[Any, Any]) -> None:
    if cost is None:
        if not known:
            raise mistake(
                MissingCost,
                "grad: there is no cost",
                help="say where to start by known_grads={y: ...}",
            )
        return
    if cost.ndim:
        raise _bad_cost(cost, "a scalar", "sum it, or take its mean")
    if cost.dtype in DISCRETE or cost.dtype.startswith("complex"):
        raise _bad_cost(cost, "a float", "cast it to floatX")
    if isinstance(cost, TensorConstant) and np.isnan(cost.data):
        raise mistake(BadValue, "grad: the cost is NaN, so that nothing can be derived from it")


def _bad_cost(cost: Any, wanted: str, help: str) -> Error:
    return complaint(
        BadCost,
        f"grad: the cost must be {wanted}",
        cost.owner.location if cost.owner else capture(),
        expected=f"{wanted} scalar" if wanted == "a float" else wanted,
        got=describe(cost),
        help=help,
    )


class Wish(Struct, frozen=True):
    """What is asked for where nothing depends, or where there is no derivative.

    subject   who asks and of what, as in 'grad: the cost'
    roots     the variables that are differentiated
    action    'raise', 'warn' or 'ignore'
    instead   what stands for the derivative: 'zero', 'none' or 'disconnected'
    nulls     'raise' or 'return' a derivative that is not defined
    """

    subject: str
    roots: tuple[Any, ...]
    action: str
    instead: str = "zero"
    nulls: str = "raise"


def answer(wish: Wish, x: Any, received: Received) -> Any:
    """Return a wrt's derivative, or what stands for a missing one."""
    if not received.depends:
        return missing(wish, x)
    if received.null is not None and wish.nulls == "raise":
        raise null_error(f"{wish.subject} has no derivative to {describe(x)}", received.null)
    return received.total(x)


def missing(wish: Wish, x: Any) -> Any:
    """Mention that nothing depends on a wrt, and return what stands for the derivative."""
    error = complaint(
        DisconnectedInputError,
        f"{wish.subject} does not depend on {describe(x)}, or only through what has no derivative",
        capture(),
        expected="a variable that it is computed from",
        got=", ".join(map(describe, wish.roots)),
        help="leave it out of wrt, or pass disconnected_inputs='ignore' to get zeros",
    )
    mention(error, wish.action)
    return instead_of(wish.instead, x)


def mention(error: Error, action: str) -> None:
    """Raise an error, warn of it or ignore it."""
    if action not in ("raise", "warn", "ignore"):
        raise mistake(BadValue, f"what is disconnected is to raise, warn or ignore, not {action!r}")
    if action == "raise":
        raise error
    if action == "warn":
        warnings.warn(str(error), stacklevel=6)


def instead_of(instead: str, x: Any) -> Any:
    """Return what stands for a missing derivative of a variable."""
    match instead.lower():
        case "zero" if is_tensor(x.type):
            return Received(depends=True).total(x)
        case "none":
            return None
        case "zero" | "disconnected":
            return disconnected_type()
    raise mistake(
        NotSupported, f"return_disconnected={instead!r}; 'zero', 'none' and 'disconnected' are"
    )


def _named(cost: Any, x: Any, result: Any) -> Any:
    """Return a derivative under its name, leaving alone what others may use under theirs."""
    named = cost is not None and cost.name and x.name
    if not named or result is None or result.owner is None or result.name is not None:
        return result
    fresh = result.owner.with_inputs(result.owner.inputs).outputs[result.index]
    fresh.name = f"(d{cost.name}/d{x.name})"
    return fresh
