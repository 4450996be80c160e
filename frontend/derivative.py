"""Reverse-mode derivatives of expressions, as expressions."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symc.build import Built, build
from symc.compiler.errors import Error, NotSupported
from symc.compiler.types import DISCRETE
from symc.compiler.value import Value
from symc.config import config
from symc.exceptions import BadUse, BadValue
from symc.lift import Lift
from symc.location import capture
from symc.report import complaint, describe, label, mistake
from symc.shared import SharedVariable
from symc.tensor import elementwise, shaping
from symc.tensor.conversion import as_tensor_variable
from symc.tensor.creation import zeros_like
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


# --- the private Module of a cost


class Problem:
    """A cost's Module, stabilised, and the way back to variables.

    The variables in `barriers` are inputs of the Module whatever they are made from.
    """

    def __init__(self, roots: Sequence[Any], extra: Sequence[Any], barriers: Sequence[Any]) -> None:
        """Build a Module whose outputs are roots, each in terms of barriers, then extra."""
        from symc.passes.canonical import stabilized

        self.inputs = _leaves([*roots, *extra], barriers)
        self.built: Built = build(self.inputs, [*roots, *extra])
        self.written = self.built.module.outputs
        self.stable = stabilized(self.built.module).outputs
        self.lift = Lift(self.built, self.inputs)
        places = [*self.inputs, *self.built.states]
        values = [p.value for p in self.built.module.parameters]
        self.parameters: dict[Any, Value] = dict(zip(places, values, strict=True))

    def parameter(self, wrt: Any) -> Value | None:
        """Return the leaf of a variable, or None where the Module does not have it."""
        if isinstance(wrt, SharedVariable):
            same = (p for p in self.built.states if p.container is wrt.container)
            return self.parameters.get(next(same, wrt))
        return self.parameters.get(wrt)


def _leaves(roots: Sequence[Any], barriers: Sequence[Any]) -> list[Any]:
    """Return the variables that a Module of roots takes as inputs, barriers first."""
    found = dict.fromkeys(x for x in barriers if not isinstance(x, SharedVariable))
    for variable in ancestors(roots, barriers):
        fixed = isinstance(variable, (TensorConstant, SharedVariable))
        if variable.owner is None and not fixed:
            found.setdefault(variable)
    return list(found)


def _opened(variable: Any) -> Any:
    """Return a copy of a variable, which is not the barrier that the variable itself is."""
    owner = variable.owner
    return owner.with_inputs(owner.inputs).outputs[variable.index]


# --- one sweep


def _sweep(
    cost: Any | None, wrt: Sequence[Any], known: Mapping[Any, Any], stops: Sequence[Any]
) -> list[tuple[bool, list[Any]]]:
    """Return for each wrt whether something depends on it, and the terms of its derivative."""
    from symc.passes.differentiate import connected, gradient

    starts = {k: g for k, g in known.items() if k.owner is not None}
    barriers = list(dict.fromkeys([*wrt, *known, *stops]))
    roots = [*([] if cost is None else [cost]), *(_opened(k) for k in starts)]
    problem = _problem(cost, roots, list(starts.values()), barriers)
    leaves = [problem.parameter(x) for x in wrt]
    present = [x for x in leaves if x is not None]
    parts: dict[Value, list[Any]] = {x: [] for x in present}
    reached: set[Value] = set()
    asked = capture()
    for number, value in enumerate(problem.stable[: len(roots)]):
        if cost is not None and number == 0:
            found = gradient(value, present, zero_dtype=config.floatX)
        else:
            given = problem.stable[len(starts) + number]
            found = gradient(None, present, {value: given}, zero_dtype=config.floatX)
        flags = connected(problem.written[number], present)
        for leaf, flag, term in zip(present, flags, found.values, strict=True):
            reached.update([leaf] if flag else [])
            parts[leaf] += [] if term is None else problem.lift.variables([term], asked)
    return [(x in reached, parts[x]) if x is not None else (False, []) for x in leaves]


def _problem(
    cost: Any | None, roots: Sequence[Any], extra: Sequence[Any], barriers: Sequence[Any]
) -> Problem:
    """Return the Problem of a cost; where all barriers are leaves it is kept for the next call."""
    plain = cost is not None and len(roots) == 1 and all(x.owner is None for x in barriers)
    if not plain:
        return Problem(roots, extra, barriers)
    kept: Problem | None = cost.__dict__.get("_problem")
    if kept is None or any(kept.parameter(x) is None for x in barriers):
        kept = Problem(roots, extra, barriers)
        cost.__dict__["_problem"] = kept
    return kept


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
    return_disconnected   what stands for its derivative: 'zero' or 'none'
    null_gradients        'raise' or 'return', of which no operation has any yet

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
    wish = Wish("grad: the cost", roots, disconnected_inputs, return_disconnected)
    for x, depends, terms in _terms(cost, variables, known, stops):
        answers[x] = answer(wish, x, depends, terms)
    results = [answers[x] for x in variables]
    if add_names:
        results = [_named(cost, x, g) for x, g in zip(variables, results, strict=True)]
    return results[0] if isinstance(wrt, Variable) else type(wrt)(results)


def _require_nulls(action: str) -> None:
    if action not in ("raise", "return"):
        raise mistake(BadValue, f"grad: null_gradients is raise or return, not {action!r}")


def _terms(
    cost: Any | None, wrt: Sequence[Any], known: Mapping[Any, Any], stops: Sequence[Any]
) -> Iterator[tuple[Any, bool, list[Any]]]:
    """Yield each wrt that is not known, whether the cost depends on it, and its terms."""
    for group in groups(list(dict.fromkeys(wrt))):
        for x, (depends, terms) in zip(group, _sweep(cost, group, known, stops), strict=True):
            if x not in known:
                yield x, depends, terms


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


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for where nothing depends.

    subject   who asks and of what, as in 'grad: the cost'
    roots     the variables that are differentiated
    action    'raise', 'warn' or 'ignore'
    instead   what stands for the derivative: 'zero' or 'none'
    """

    subject: str
    roots: tuple[Any, ...]
    action: str
    instead: str = "zero"


def answer(wish: Wish, x: Any, depends: bool, terms: list[Any]) -> Any:
    """Return a wrt's derivative from its terms, or what stands for a missing one."""
    if not depends and missing(wish, x):
        return None
    dtype = config.floatX if x.dtype in DISCRETE else x.dtype
    if not terms:
        return zeros_like(x, dtype=dtype)
    total = terms[0] if len(terms) == 1 else elementwise.add(*terms)
    return shaping.patternbroadcast(elementwise.cast(total, dtype), x.broadcastable)


def missing(wish: Wish, x: Any) -> bool:
    """Mention that nothing depends on a wrt, and tell whether None stands for the derivative."""
    error = complaint(
        DisconnectedInputError,
        f"{wish.subject} does not depend on {describe(x)}, or only through what has no derivative",
        capture(),
        expected="a variable that it is computed from",
        got=", ".join(map(describe, wish.roots)),
        help="leave it out of wrt, or pass disconnected_inputs='ignore' to get zeros",
    )
    mention(error, wish.action)
    return stands_none(wish.instead)


def mention(error: Error, action: str) -> None:
    """Raise an error, warn of it or ignore it."""
    if action not in ("raise", "warn", "ignore"):
        raise mistake(BadValue, f"what is disconnected is to raise, warn or ignore, not {action!r}")
    if action == "raise":
        raise error
    if action == "warn":
        warnings.warn(str(error), stacklevel=6)


def stands_none(instead: str) -> bool:
    """Tell whether None is what stands for a missing derivative, instead of zeros."""
    if instead.lower() not in ("zero", "none"):
        raise mistake(NotSupported, f"return_disconnected={instead!r}; 'zero' and 'none' are")
    return instead.lower() == "none"


def _named(cost: Any, x: Any, result: Any) -> Any:
    """Return a derivative under its name, leaving alone what others may use under theirs."""
    named = cost is not None and cost.name and x.name
    if not named or result is None or result.owner is None or result.name is not None:
        return result
    fresh = result.owner.with_inputs(result.owner.inputs).outputs[result.index]
    fresh.name = f"(d{cost.name}/d{x.name})"
    return fresh
