"""Jacobians and Hessians as whole matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symc.chain import null_error, opaque, pull
from symc.clone import clone
from symc.compiler.errors import NotSupported
from symc.compiler.types import DISCRETE, FLOATS
from symc.compiler.value import Value
from symc.config import config
from symc.derivative import (
    BadCost,
    Wish,
    checked_wrt,
    grad,
    groups,
    missing,
    stops_of,
)
from symc.exceptions import BadUse
from symc.extension.op import Op
from symc.location import capture
from symc.report import complaint, describe, mistake
from symc.sweep import Problem
from symc.tensor import elementwise, shaping
from symc.tensor.conversion import as_tensor_variable
from symc.tensor.creation import zeros
from symc.variable import Apply, Variable


def jacobian(
    expression: Any,
    wrt: Any,
    consider_constant: Any = None,
    disconnected_inputs: str = "raise",
) -> Any:
    """Return the derivatives of each element of a vector: one row of the wrt's shape for each.

    expression   a vector of floats; of a scalar, the result is that of `grad`
    wrt          a variable, or a list or tuple

    The other arguments are those of `grad`. All rows come from one sweep; where an operation on the
    way cannot take many cotangents at once, from a loop with a sweep for each.

    >>> from symc.tensor import dvector
    >>> x = dvector("x")
    >>> jacobian(x**2, x).eval({x: [1.0, 3.0]})
    array([[2., 0.],
           [0., 6.]])
    """
    y = _vector(expression)
    if y.ndim == 0:
        return grad(y, wrt, consider_constant, disconnected_inputs)
    variables, stops = checked_wrt("jacobian", wrt), stops_of(consider_constant, [y])
    wish = Wish("jacobian: the expression", (y,), disconnected_inputs)
    found: dict[Any, Any] = {}
    for group in groups(list(dict.fromkeys(variables))):
        for x, (depends, rows) in zip(group, _rows(y, group, stops), strict=True):
            found[x] = _answer(wish, y, x, depends, rows)
    results = [found[x] for x in variables]
    return results[0] if isinstance(wrt, Variable) else type(wrt)(results)


def _vector(expression: Any) -> Any:
    y = as_tensor_variable(expression)
    if y.ndim > 1 or y.dtype not in FLOATS:
        raise complaint(
            BadCost,
            "jacobian: the expression must be a vector of floats",
            y.owner.location if y.owner else capture(),
            expected="a float vector, or a float scalar",
            got=describe(y),
            help="flatten it" if y.ndim > 1 else "cast it to floatX",
        )
    return y


def _rows(y: Any, wrt: Sequence[Any], stops: Sequence[Any]) -> list[tuple[bool, Any]]:
    """Return for each wrt whether the vector depends on it, and its rows, None for zeros."""
    try:
        return _rows_at_once(y, wrt, stops)
    except NotSupported:  # an operation on the way has no rule for many cotangents
        return _rows_by_loop(y, wrt, stops)


def _rows_by_loop(y: Any, wrt: Sequence[Any], stops: Sequence[Any]) -> list[tuple[bool, Any]]:
    """Do as `_rows`, one row after the other."""
    from symc.scan_module import scan
    from symc.tensor.creation import arange

    flags = [r.depends for r in pull(None, [(y, y.type())], wrt, [*wrt, *stops])]
    asked = [x for x, flag in zip(wrt, flags, strict=True) if flag]

    def row(place: Any) -> list[Any]:
        found: list[Any] = grad(y[place], asked, list(stops), disconnected_inputs="ignore")
        return found

    found = scan(row, arange(y.shape[0]), return_list=True)[0] if asked else []
    rows = iter(found)
    return [(flag, next(rows) if flag else None) for flag in flags]


def _rows_at_once(y: Any, wrt: Sequence[Any], stops: Sequence[Any]) -> list[tuple[bool, Any]]:
    """Do as `_rows` by one sweep for all rows."""
    if opaque([y], wrt, [*wrt, *stops]):
        return _rows_of_parts(y, wrt, stops)
    from symc.passes.batch import jacobian as rows_of
    from symc.passes.differentiate import connected

    problem = Problem([y], [], [*wrt, *stops])
    leaves = [problem.parameter(x) for x in wrt]
    present = [x for x in leaves if x is not None]
    flags = dict(zip(present, connected(problem.written[0], present), strict=True))
    found = dict(zip(present, rows_of(problem.stable[0], present), strict=True))
    asked = capture()
    results: list[tuple[bool, Any]] = []
    for leaf in leaves:
        rows = None if leaf is None else found[leaf]
        made = None if rows is None else problem.lift.variables([rows], asked)[0]
        results.append((leaf is not None and flags[leaf], made))
    return results


class StandIn(Op):
    """A cotangent of its operand, which knows its sizes, before it is known which."""

    __props__ = ()

    def make_node(self, y: Any) -> Apply:
        """Return an application to a variable, with a result of its type."""
        return Apply(self, [y], [y.type()])

    def lower(self, builder: Any, owner: Apply, known: dict[Any, Value]) -> list[Value]:
        """Return a leaf for it."""
        from symc.passes.forward import cotangent_of

        return [cotangent_of(known[owner.inputs[0]])]


def _rows_of_parts(y: Any, wrt: Sequence[Any], stops: Sequence[Any]) -> list[tuple[bool, Any]]:
    """Do as `_rows` for an expression with users' operations.

    What flows back is an expression of one cotangent, of which all rows are computed at once.
    """
    from symc.passes.batch import batched, one_hot
    from symc.passes.forward import cotangent_of

    cotangent = y.type()
    received = pull(None, [(y, cotangent)], wrt, [*wrt, *stops])
    for x, r in zip(wrt, received, strict=True):
        if r.null is not None:
            raise null_error(f"jacobian: the expression has no derivative to {describe(x)}", r.null)
    flows = [r.total(x) for x, r in zip(wrt, received, strict=True) if r.depends]
    terms = clone(flows, {cotangent: StandIn()(y)})
    problem = Problem([*terms, y], [], [])
    rows = one_hot(problem.stable[-1])
    made = batched(problem.stable[:-1], cotangent_of(problem.written[-1]), rows)
    lifted = iter(problem.lift.variables(made, capture()))
    return [(r.depends, next(lifted) if r.depends else None) for r in received]


def _answer(wish: Wish, y: Any, x: Any, depends: bool, rows: Any) -> Any:
    if not depends:
        missing(wish, x)  # zeros of the jacobian's shape stand for it
    dtype = config.floatX if x.dtype in DISCRETE else x.dtype
    pattern = (y.broadcastable[0], *x.broadcastable)
    if rows is None:
        sizes = [y.shape[0], *(x.shape[k] for k in range(x.ndim))]
        return shaping.patternbroadcast(zeros(sizes, dtype=dtype), pattern)
    return shaping.patternbroadcast(elementwise.cast(rows, dtype), pattern)


def hessian(
    cost: Any,
    wrt: Any,
    consider_constant: Any = None,
    disconnected_inputs: str = "raise",
) -> Any:
    """Return the matrix of second derivatives of a scalar cost with respect to a vector.

    wrt   a vector, or a list or tuple of vectors; each has a matrix of its own

    The other arguments are those of `grad`. For a product with a vector alone, use
    `hessian_times_vector`.

    >>> from symc.tensor import dvector
    >>> x = dvector("x")
    >>> hessian((x**3).sum(), x).eval({x: [1.0, 2.0]})
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    variables = checked_wrt("hessian", wrt)
    for x in variables:
        if x.ndim != 1:
            raise mistake(
                BadUse,
                "hessian: wrt is a vector, or a list or tuple of vectors",
                got=describe(x),
                help="differentiate to a vector that is reshaped to what the cost needs",
            )
    results = []
    for x in variables:
        slope = grad(cost, x, consider_constant, disconnected_inputs)
        # A slope that is a constant has no curvature; that the cost depends on x was checked.
        results.append(jacobian(slope, x, consider_constant, "ignore"))
    return results[0] if isinstance(wrt, Variable) else type(wrt)(results)
