"""ifelse: computes one of two expressions, as a condition says, and not the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symc.compiler.op import find
from symc.compiler.ops.branch import branch_results, plain_branch
from symc.compiler.value import Value
from symc.exceptions import BadUse, BadValue
from symc.report import describe, mistake
from symc.tensor import application
from symc.tensor.conversion import as_tensor_variable, as_variable
from symc.variable import Apply, Variable

if TYPE_CHECKING:
    from symc.build import Builder

__all__ = ["IfElse", "ifelse"]


class IfElse:
    """The choice between two lists of expressions: operands are condition, then, else.

    n_outs   how many expressions each side has
    name     the user's name for it
    """

    transparent = True

    def __init__(self, n_outs: int, name: str | None = None) -> None:
        self.n_outs = n_outs
        self.name = name

    def __str__(self) -> str:
        return f"if{{{self.name or ''}}}"

    def make_node(self, condition: Any, *sides: Any) -> Apply:
        """Return the application; the types of both sides are equal."""
        results = [x.type.make_variable() for x in sides[: self.n_outs]]
        return Apply(self, [condition, *sides], results)

    def lower(self, builder: Builder, owner: Apply, known: dict[Variable, Value]) -> list[Value]:
        """Return the Values of what is chosen; `sink` moves what only one side needs into it."""
        condition, *sides = (known[x] for x in owner.inputs)
        if condition.type.dtype != "bool":
            zero = condition.context.constant(0, condition.type.dtype)
            condition = find("not_equal")(condition, zero)
        chosen = plain_branch(condition, sides[: self.n_outs], sides[self.n_outs :])
        return branch_results(chosen)


def ifelse(condition: Any, then_branch: Any, else_branch: Any, name: str | None = None) -> Any:
    """Return what is computed of two expressions, or lists of them: one side alone.

    condition     a scalar: 0 takes else_branch, anything else then_branch
    then_branch   a variable, or a list or tuple of variables
    else_branch   the same; types are equal to those of then_branch, sizes need not be
    name          shown when the graph is printed

    What both sides need, and what is needed elsewhere, is computed in any case; sizes that must
    agree are compared in any case. Derivatives flow
    through the side that is taken. Raises TypeError for other types, ValueError for other numbers.

    >>> from symc import function
    >>> from symc.tensor import dscalar, log
    >>> x = dscalar("x")
    >>> f = function([x], ifelse(x > 1, log(x), x - 1))
    >>> f(1.0), f(0.5)
    (array(0.), array(-0.5))
    """
    condition = as_tensor_variable(condition)
    if condition.ndim:
        raise mistake(
            BadUse,
            "ifelse: the condition is one number",
            expected="a scalar, of which 0 means else and anything else then",
            got=describe(condition),
            help="use switch to choose element by element, any() or all() for one answer",
        )
    then, other = _side(then_branch), _side(else_branch)
    _require_alike(then, other)
    node = IfElse(len(then), name).make_node(condition, *then, *other)
    application.note(node)
    if isinstance(then_branch, (list, tuple)):
        return type(then_branch)(node.outputs)
    return list(node.outputs) if isinstance(else_branch, (list, tuple)) else node.outputs[0]


def _side(given: Any) -> list[Any]:
    return [as_variable(x) for x in (given if isinstance(given, (list, tuple)) else [given])]


def _require_alike(then: list[Any], other: list[Any]) -> None:
    if len(then) != len(other):
        raise mistake(
            BadValue,
            "ifelse: both sides have as many expressions",
            expected=f"{len(then)}, as then_branch has",
            got=f"{len(other)} in else_branch",
        )
    for k, (x, y) in enumerate(zip(then, other, strict=True)):
        if x.type != y.type:
            raise mistake(
                BadUse,
                "ifelse: the sides differ in type" + (f" at place {k}" if len(then) > 1 else ""),
                expected=f"{x.type} as then_branch, which is {describe(x)}",
                got=f"else_branch: {describe(y)}",
                help=_advice(x, y),
            )


def _advice(x: Any, y: Any) -> str:
    if x.ndim != y.ndim:
        return "both sides have as many dimensions: dimshuffle adds some"
    if x.dtype != y.dtype:
        return f"cast one of both, as by .astype({x.dtype!r})"
    return "say by patternbroadcast or unbroadcast which sizes are 1"
