"""Theano's functions that look at graphs: what they are made from, and whether two are equal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from symc.build import build_module
from symc.shared import SharedVariable
from symc.tensor.variable import TensorConstant
from symc.variable import Apply
from symc.variable import ancestors as walk

__all__ = [
    "ancestors",
    "equal_computations",
    "inputs",
    "io_toposort",
    "is_same_graph",
    "orphans",
    "variables",
]


def ancestors(variable_list: Iterable[Any], blockers: Iterable[Any] | None = None) -> list[Any]:
    """Return all variables that variables are made from, and themselves, operands first."""
    return list(walk(variable_list, blockers or ()))


def inputs(variable_list: Iterable[Any], blockers: Iterable[Any] | None = None) -> list[Any]:
    """Return the variables without an owner that variables are made from."""
    return [x for x in ancestors(variable_list, blockers) if x.owner is None]


def variables(inputs: Iterable[Any], outputs: Iterable[Any]) -> list[Any]:
    """Return all variables between inputs and outputs, these included."""
    return ancestors(outputs, inputs)


def orphans(inputs: Iterable[Any], outputs: Iterable[Any]) -> list[Any]:
    """Return the variables without an owner that are no inputs."""
    given = set(inputs)
    return [x for x in ancestors(outputs, given) if x.owner is None and x not in given]


def io_toposort(inputs: Iterable[Any], outputs: Iterable[Any]) -> list[Apply]:
    """Return the applications between inputs and outputs, operands first."""
    given = set(inputs)
    made = (x.owner for x in ancestors(outputs, given) if x not in given and x.owner is not None)
    return list(dict.fromkeys(made))


def equal_computations(
    xs: Sequence[Any],
    ys: Sequence[Any],
    in_xs: Sequence[Any] | None = None,
    in_ys: Sequence[Any] | None = None,
) -> bool:
    """Tell whether expressions do the same; each of in_xs stands for its like in in_ys."""
    if [x.type for x in xs] != [y.type for y in ys]:
        return False
    givens = list(zip(in_xs or (), in_ys or (), strict=True))
    if any(x.type != y.type for x, y in givens):
        return False
    renamed = dict(givens)
    leaves = dict.fromkeys(renamed.get(x, x) for x in inputs([*xs, *ys]))
    free = [x for x in leaves if not isinstance(x, (SharedVariable, TensorConstant))]
    pairs = [(x, y) for x, y in givens if x is not y]
    # Equal expressions are one Value of a Module.
    made = build_module(free, [*xs, *ys], givens=pairs).outputs
    return all(a is b for a, b in zip(made[: len(xs)], made[len(xs) :], strict=True))


def is_same_graph(var1: Any, var2: Any, givens: Any = None, debug: bool = False) -> bool:
    """Tell whether two expressions do the same, once `givens` are replaced."""
    pairs = dict(givens or {})
    return equal_computations([var1], [var2], list(pairs), list(pairs.values()))
