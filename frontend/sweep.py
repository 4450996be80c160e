"""Sweeps over the Module of an expression: the derivative of one part of a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symc.build import Built, build
from symc.compiler import sizes
from symc.compiler.collector import resting
from symc.compiler.value import Value
from symc.config import config
from symc.lift import Lift
from symc.location import Capture, capture
from symc.shared import SharedVariable
from symc.tensor.variable import TensorConstant
from symc.variable import ancestors

Start = tuple[Any, Any]
"""A variable, and the derivative that it receives."""


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


def opened(variable: Any) -> Any:
    """Return a copy of a variable, which is not the barrier that the variable itself is."""
    owner = variable.owner
    return owner.with_inputs(owner.inputs).outputs[variable.index]


def pull(
    cost: Any | None, starts: Sequence[Start], wrt: Sequence[Any], barriers: Sequence[Any]
) -> list[tuple[bool, list[Any]]]:
    """Return for each wrt whether something depends on it, and the terms of its derivative.

    cost       a scalar, or None
    starts     variables with the derivatives that they receive
    barriers   variables, all wrts among them, that are leaves whatever they are made from
    """
    with resting():
        return _pulled(cost, starts, wrt, barriers, capture())


def _pulled(
    cost: Any | None,
    starts: Sequence[Start],
    wrt: Sequence[Any],
    barriers: Sequence[Any],
    asked: Capture,
) -> list[tuple[bool, list[Any]]]:
    from symc.passes.differentiate import connected, gradient

    roots = [*([] if cost is None else [cost]), *(y for y, _ in starts)]
    problem = _problem(cost, roots, [u for _, u in starts], barriers)
    leaves = [problem.parameter(x) for x in wrt]
    present = list(dict.fromkeys(x for x in leaves if x is not None))
    parts: dict[Value, list[Any]] = {x: [] for x in present}
    reached: set[Value] = set()
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


def reached(y: Any, wrt: Sequence[Any], barriers: Sequence[Any]) -> list[bool]:
    """Tell for each wrt whether a variable depends on it."""
    from symc.passes.differentiate import connected

    problem = Problem([y], [], barriers)
    leaves = [problem.parameter(x) for x in wrt]
    present = [x for x in leaves if x is not None]
    flags = dict(zip(present, connected(problem.written[0], present), strict=True))
    return [leaf is not None and flags[leaf] for leaf in leaves]


def push(
    outputs: Sequence[Any], tangents: Sequence[Start], barriers: Sequence[Any]
) -> list[tuple[bool, Any]]:
    """Return for each output whether it depends on what moves, and its tangent, None for zero.

    tangents   variables that move, each with its tangent
    barriers   variables that are leaves whatever they are made from
    """
    from symc.passes.forward import pushforward

    count = len(outputs)
    problem = Problem(outputs, [t for _, t in tangents], barriers)
    starts = zip((x for x, _ in tangents), problem.stable[count:], strict=True)
    leaves = ((problem.parameter(x), t) for x, t in starts)
    moving = {leaf: _sized(t, leaf) for leaf, t in leaves if leaf is not None}
    # Asked of what is written: x - x depends on x, though its stable form does not.
    depends = [t is not None for t in pushforward(problem.written[:count], moving)]
    asked = capture()
    made = (
        None if t is None else problem.lift.variables([t], asked)[0]
        for t in pushforward(problem.stable[:count], moving)
    )
    return list(zip(depends, made, strict=True))


def _sized(tangent: Value, leaf: Value) -> Value:
    """Return a tangent, having noted that its sizes are those of the leaf that it moves."""
    with leaf.context.at(tangent.site):
        for mine, wanted in zip(tangent.type.shape, leaf.type.shape, strict=True):
            if not sizes.is_one(mine):
                sizes.agree(mine, wanted, "a direction has the shape of what moves")
    return tangent
