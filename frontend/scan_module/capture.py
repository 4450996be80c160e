"""What a step uses of the graph outside: it becomes operands of the loop, and states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from symc.clone import clone
from symc.exceptions import MissingInput
from symc.report import describe, mistake
from symc.scan_module.arguments import stand_in
from symc.scan_module.returned import Returned
from symc.shared import SharedVariable
from symc.tensor.variable import TensorConstant
from symc.variable import ancestors


class Captured(Struct, frozen=True):
    """The expressions of a step, of variables that belong to the loop alone.

    shared, states    shared variables that change from step to step, and what stands for them
    outside, fixed    what is computed before the loop, and what stands for it
    outputs, news     the outputs of the step, and the new values of the shared variables
    stop              the condition to stop, or None
    """

    shared: tuple[Any, ...]
    states: tuple[Any, ...]
    outside: tuple[Any, ...]
    fixed: tuple[Any, ...]
    outputs: tuple[Any, ...]
    news: tuple[Any, ...]
    stop: Any | None


def captured(returned: Returned, leaves: Sequence[Any], named: Sequence[Any]) -> Captured:
    """Return the expressions of a step with all that they use outside as operands.

    leaves   what stands for rows and for earlier outputs
    named    non_sequences: computed before the loop, whatever they are made from

    Shared variables that the step updates, and those that carry updates of their own, change from
    step to step, and with them all that depends on them.
    """
    stop = [] if returned.condition is None else [returned.condition]
    updates = _updates(returned, stop, named)
    roots = [*returned.outputs, *updates.values(), *stop]
    outside = _outside(roots, {*leaves, *updates}, [x for x in named if x not in updates])
    fixed = [stand_in(x, x.name) for x in outside]
    states = [stand_in(x, x.name) for x in updates]
    pairs = zip((*outside, *updates), (*fixed, *states), strict=True)
    made = clone(roots, list(pairs), strict=False)
    first, second = len(returned.outputs), len(returned.outputs) + len(updates)
    return Captured(
        tuple(updates),
        tuple(states),
        tuple(outside),
        tuple(fixed),
        tuple(made[:first]),
        tuple(made[first:second]),
        made[-1] if stop else None,
    )


def require_named(returned: Returned, given: Iterable[Any]) -> None:
    """Raise MissingInput for a shared variable that a step uses but is not among the arguments."""
    roots = [*returned.outputs, *(new for _, new in returned.updates)]
    known = {id(x.container) for x in given if isinstance(x, SharedVariable)}
    for x in ancestors(roots):
        if isinstance(x, SharedVariable) and id(x.container) not in known:
            raise mistake(
                MissingInput,
                f"scan: the step uses {describe(x)}, which is not among the arguments",
                help="add it to non_sequences, or leave strict=True out",
            )


def _updates(returned: Returned, stop: list[Any], named: Sequence[Any]) -> dict[Any, Any]:
    """Return the shared variables that change from step to step, each with its new value."""
    found = dict(returned.updates)
    pending = [*returned.outputs, *found.values(), *stop]
    while pending:
        reached = list(ancestors(pending, named))
        pending = []
        for x in reached:
            if isinstance(x, SharedVariable) and x.default_update is not None and x not in found:
                found[x] = x.default_update
                pending.append(x.default_update)
    return found


def _outside(roots: list[Any], inside: set[Any], named: Sequence[Any]) -> list[Any]:
    """Return what a step reads that is the same in all steps, as little of it as can be."""
    depends: set[Any] = set(inside)
    blockers = set(named)
    found: dict[Any, None] = {}
    for x in ancestors(roots, [*blockers, *inside]):
        if x.owner is None or x in blockers or x in inside:
            continue
        if any(operand in depends for operand in x.owner.inputs):
            depends.update(x.owner.outputs)
            found.update(dict.fromkeys(y for y in x.owner.inputs if y not in depends))
    found.update(dict.fromkeys(x for x in roots if x not in depends))
    return [x for x in found if not isinstance(x, TensorConstant)]
