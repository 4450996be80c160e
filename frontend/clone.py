"""Copies of graphs with variables replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from symc.compiler.op import Op
from symc.exceptions import BadReplacement
from symc.report import describe, mistake
from symc.tensor.application import apply
from symc.tensor.conversion import as_variable
from symc.tensor.variable import TensorConstant
from symc.variable import Variable, ancestors, rebuild


def clone(
    output: Any,
    replace: Mapping[Any, Any] | Iterable[tuple[Any, Any]] | None = None,
    strict: bool = True,
    share_inputs: bool = True,
) -> Any:
    """Return expressions, one or a list, in which variables are replaced.

    replace        {variable: what takes its place}; all are read from the graph before
    strict         refuse a replacement of another type
    share_inputs   keep the inputs, instead of making new ones of the same types; a new shared
                   variable has its value in common with the old one, but its own default_update

    >>> from symc.tensor import dscalars
    >>> x, y = dscalars("x", "y")
    >>> clone(x * 2, {x: y + 1}).eval({y: 3.0})
    array(8.)
    """
    outputs = list(output) if isinstance(output, (list, tuple)) else [output]
    made = _replacements(replace, strict)
    for node in ancestors(outputs, blockers=made):
        if node not in made:
            made[node] = _copied(node, made, share_inputs)
    results = [made[x] for x in outputs]
    return results if isinstance(output, (list, tuple)) else results[0]


def _copied(node: Any, made: dict[Variable, Any], share_inputs: bool) -> Any:
    if node.owner is not None:
        return _applied(node, made)
    if share_inputs or isinstance(node, TensorConstant):
        return node
    return node.clone()


def _applied(node: Any, made: dict[Variable, Any]) -> Any:
    owner = node.owner
    if all(made[x].type == x.type for x in owner.inputs):
        return rebuild(node, made)
    inputs = tuple(made[x] for x in owner.inputs)
    if not isinstance(owner.op, Op):  # it says itself what it makes of other types
        return owner.op.make_node(*inputs).outputs[node.index]
    return apply(owner.op, inputs, dict(owner.attributes))


def _replacements(
    replace: Mapping[Any, Any] | Iterable[tuple[Any, Any]] | None, strict: bool
) -> dict[Variable, Any]:
    made: dict[Variable, Any] = {}
    for pair in replace.items() if isinstance(replace, Mapping) else replace or ():
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise mistake(
                BadReplacement,
                "clone: replace is a dict, or pairs",
                expected="{variable: what takes its place}",
                got=repr(pair),
            )
        old, new = pair
        if not isinstance(old, Variable):
            raise mistake(BadReplacement, f"clone: only a variable can be replaced, not {old!r}")
        if old in made:
            raise mistake(BadReplacement, f"clone: {describe(old)} is replaced twice")
        new = as_variable(new)
        if strict and not old.type.accepts(new.type):
            raise mistake(
                BadReplacement,
                f"clone: {describe(old)} cannot be replaced by {describe(new)}",
                expected=str(old.type),
                got=str(new.type),
                help="cast it, or pass strict=False",
            )
        made[old] = new
    return made
