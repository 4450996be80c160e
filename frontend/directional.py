"""Products of a Jacobian or Hessian with a vector, without making the matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symc.chain import pull, push
from symc.derivative import (
    DisconnectedInputError,
    Wish,
    answer,
    checked_wrt,
    grad,
    groups,
    instead_of,
    mention,
    stops_of,
)
from symc.exceptions import BadUse
from symc.location import capture
from symc.report import complaint, describe, mistake
from symc.tensor import shaping
from symc.tensor.conversion import as_tensor_variable
from symc.tensor.creation import zeros_like
from symc.variable import Variable


def Rop(  # Theano's name
    f: Any,
    wrt: Any,
    eval_points: Any,
    disconnected_outputs: str = "raise",
    return_disconnected: str = "zero",
) -> Any:
    """Return the Jacobian of f times a vector: how f changes when wrt moves by eval_points.

    f                      a variable, or a list or tuple, of any rank
    wrt                    a variable, or a list or tuple; each moves on its own
    eval_points            for each wrt a direction of its shape, or None where it stands still
    disconnected_outputs   'raise', 'warn' or 'ignore' an f that does not depend on any wrt
    return_disconnected    what stands for its derivative: 'zero' or 'none'

    Raises BadUse, a TypeError, where wrt and eval_points differ in number or rank.

    >>> from symc.tensor import dvectors
    >>> x, v = dvectors("x", "v")
    >>> Rop(x**2, x, v).eval({x: [1.0, 3.0], v: [1.0, 2.0]})
    array([ 2., 12.])
    """
    outputs, moved = _variables("Rop: f", f), checked_wrt("Rop", wrt)
    points = zip(moved, _points("Rop", "wrt", moved, eval_points), strict=True)
    pushed = push(outputs, moved, [(x, p) for x, p in points if p is not None])
    wish = disconnected_outputs, return_disconnected
    return _like(f, [_answer(y, *found, *wish) for y, found in zip(outputs, pushed, strict=True)])


def _answer(y: Any, depends: bool, tangent: Any, action: str, instead: str) -> Any:
    """Return an output's tangent, or what stands for a missing one."""
    if not depends:
        error = complaint(
            DisconnectedInputError,
            f"Rop: {describe(y)} does not depend on wrt, or only through what has no derivative",
            capture(),
            expected="an expression that is computed from wrt",
            got=describe(y),
            help="leave it out of f, or pass disconnected_outputs='ignore' to get zeros",
        )
        mention(error, action)
        return instead_of(instead, y)
    if tangent is None:
        return zeros_like(y)
    return shaping.patternbroadcast(tangent, y.broadcastable)


def Lop(  # Theano's name
    f: Any,
    wrt: Any,
    eval_points: Any,
    consider_constant: Any = None,
    disconnected_inputs: str = "raise",
) -> Any:
    """Return a vector times the Jacobian of f: what wrt receives when f receives eval_points.

    f             a variable, or a list or tuple, of any rank
    wrt           a variable, or a list or tuple
    eval_points   for each f a variable of its shape

    The other arguments are those of `grad`.

    >>> from symc.tensor import dvectors
    >>> x, u = dvectors("x", "u")
    >>> Lop(x**2, x, u).eval({x: [1.0, 3.0], u: [1.0, 2.0]})
    array([ 2., 12.])
    """
    outputs, variables = _variables("Lop: f", f), checked_wrt("Lop", wrt)
    points = _points("Lop", "f", outputs, eval_points)
    starts = [(y, u) for y, u in zip(outputs, points, strict=True) if u is not None]
    stops = stops_of(consider_constant, outputs)
    wish = Wish("Lop: f", tuple(outputs), disconnected_inputs)
    found: dict[Any, Any] = {}
    for group in groups(list(dict.fromkeys(variables))):
        received = pull(None, starts, group, [*group, *stops])
        found.update((x, answer(wish, x, r)) for x, r in zip(group, received, strict=True))
    return _like(wrt, [found[x] for x in variables])


def hessian_times_vector(cost: Any, wrt: Any, vectors: Any) -> Any:
    """Return the Hessian of a scalar cost times vectors, which have the shapes of the wrts.

    The work is that of a few gradients, whatever the number of parameters (Pearlmutter 1994).

    >>> from symc.tensor import dvectors
    >>> x, v = dvectors("x", "v")
    >>> hessian_times_vector((x**3).sum(), x, v).eval({x: [1.0, 2.0], v: [1.0, 1.0]})
    array([ 6., 12.])
    """
    return Rop(grad(cost, wrt), wrt, vectors, disconnected_outputs="ignore")


# --- arguments


def _variables(what: str, given: Any) -> list[Any]:
    listed = list(given) if isinstance(given, (list, tuple)) else [given]
    for x in listed:
        if not isinstance(x, Variable):
            raise mistake(
                BadUse, f"{what} is a variable, or a list or tuple of variables", got=repr(x)
            )
    return listed


def _points(who: str, what: str, variables: Sequence[Any], given: Any) -> list[Any]:
    """Return one point for each variable, None where nothing moves."""
    points = list(given) if isinstance(given, (list, tuple)) else [given]
    if len(points) != len(variables):
        raise mistake(
            BadUse,
            f"{who}: there is one of eval_points for each {what}",
            expected=str(len(variables)),
            got=str(len(points)),
        )
    made = [None if p is None else as_tensor_variable(p) for p in points]
    for x, p in zip(variables, made, strict=True):
        if p is not None and p.ndim != x.ndim:
            raise mistake(
                BadUse,
                f"{who}: the point given for {describe(x)} has another rank",
                expected=str(x.type),
                got=describe(p),
            )
    return [None if p is None else _sized(p, x) for x, p in zip(variables, made, strict=True)]


def _sized(point: Any, variable: Any) -> Any:
    """Return a point that has size 1 where its variable has, which is checked in the call."""
    ones = [k for k, one in enumerate(variable.broadcastable) if one]
    if all(point.broadcastable[k] for k in ones):
        return point
    return shaping.addbroadcast(point, *ones)


def _like(given: Any, results: list[Any]) -> Any:
    return type(given)(results) if isinstance(given, (list, tuple)) else results[0]
