"""Derivatives of graphs with users' operations: sweeps of the parts between them, one by one.

A user's operation says its derivative in variables. It is opaque to the Module of the parts before
and after it, whose sweeps end at its results and start again from its operands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from symc import sweep
from symc.compiler.op import Op
from symc.extension.derivatives import Received, pulled, pushed
from symc.extension.null import is_null
from symc.extension.type import is_tensor
from symc.shared import SharedVariable
from symc.sweep import Start
from symc.tensor.creation import zeros_like
from symc.variable import Apply, ancestors


def is_opaque(owner: Apply | None) -> bool:
    """Tell whether an application is one that says its derivative itself."""
    return (
        owner is not None
        and not isinstance(owner.op, Op)
        and not getattr(owner.op, "transparent", False)
    )


def opaque(
    roots: Iterable[Any], wrt: Iterable[Any], barriers: Iterable[Any]
) -> dict[Apply, tuple[int, ...]]:
    """Return the opaque applications between wrt and roots, operands first.

    Each comes with the places of its operands that depend on a wrt.
    """
    stops = set(barriers)
    useful = {_key(x) for x in wrt}
    found: dict[Apply, tuple[int, ...]] = {}
    for variable in ancestors(roots, stops):
        owner = variable.owner
        if owner is None or variable in stops:
            continue
        places = tuple(k for k, x in enumerate(owner.inputs) if _key(x) in useful)
        if places:
            useful.add(variable)
            if is_opaque(owner):
                found[owner] = places
    return found


def _key(x: Any) -> Any:
    return id(x.container) if isinstance(x, SharedVariable) else x


def pull(
    cost: Any | None, starts: Sequence[Start], wrt: Sequence[Any], barriers: Sequence[Any]
) -> list[Received]:
    """Return what each wrt receives from a scalar cost and from starts, as `sweep.pull` does."""
    roots = [*([] if cost is None else [cost]), *(y for y, _ in starts)]
    cuts = opaque(roots, wrt, barriers)
    ends = [y for owner in cuts for y in owner.outputs if is_tensor(y.type)]
    flow = _Flow(list(dict.fromkeys([*wrt, *ends])), [*barriers, *ends])
    flow.add(cost, starts)
    stops = set(barriers)
    for owner, places in reversed(cuts.items()):
        came = [Received() if y in stops else flow.of(y) for y in owner.outputs]
        if any(received.depends for received in came):
            answers = pulled(owner, came)
            flow.spread([(owner.inputs[k], answers[k]) for k in places if answers[k] is not None])
    return [flow.received[x] for x in wrt]


class _Flow:
    """What has come to each target so far.

    targets    the wrts and the results of opaque applications
    barriers   what is a leaf of every sweep
    """

    def __init__(self, targets: list[Any], barriers: list[Any]) -> None:
        self.targets = targets
        self.barriers = barriers
        self.received = {x: Received() for x in targets}

    def of(self, y: Any) -> Received:
        """Return what has come to a result; nothing comes to what is no tensor."""
        return self.received.get(y, Received())

    def add(self, cost: Any | None, starts: Sequence[Start]) -> None:
        """Let a cost and derivatives flow back to the targets."""
        found = sweep.pull(cost, starts, self.targets, self.barriers)
        for x, (depends, terms) in zip(self.targets, found, strict=True):
            mine = self.received[x]
            mine.depends |= depends
            mine.terms += terms

    def spread(self, starts: Sequence[Start]) -> None:
        """Let what an operation's operands receive flow on; what is null makes all of it null."""
        known = [(x, g) for x, g in starts if not is_null(g)]
        if known:
            self.add(None, known)
        for x, null in starts:
            if is_null(null):
                flags = sweep.reached(x, self.targets, self.barriers)
                for target, flag in zip(self.targets, flags, strict=True):
                    if flag:
                        self.received[target].depends = True
                        self.received[target].null = null


def push(
    outputs: Sequence[Any], moved: Sequence[Any], points: Sequence[Start]
) -> list[tuple[bool, Any]]:
    """Return how outputs change when variables move, as `sweep.push` does."""
    cuts = opaque(outputs, [x for x, _ in points], moved)
    ends = [y for owner in cuts for y in owner.outputs if is_tensor(y.type)]
    barriers = [*moved, *ends]
    tangents = list(points)
    for owner, places in cuts.items():
        came = _tangents(owner, places, tangents, barriers)
        if any(t is not None for t in came):
            answers = zip(owner.outputs, pushed(owner, came), strict=True)
            tangents += [(y, _known(owner, t)) for y, t in answers if t is not None]
    return sweep.push(outputs, tangents, barriers)


def _tangents(
    owner: Apply, places: Sequence[int], tangents: Sequence[Start], barriers: Sequence[Any]
) -> list[Any]:
    """Return the tangent of each operand of an application, None where it does not move."""
    operands = [owner.inputs[k] for k in places]
    found: list[Any] = [None] * len(owner.inputs)
    for k, x, (depends, t) in zip(
        places, operands, sweep.push(operands, tangents, barriers), strict=True
    ):
        found[k] = (zeros_like(x) if t is None else t) if depends else None
    return found


def _known(owner: Apply, tangent: Any) -> Any:
    if is_null(tangent):
        raise null_error(f"R_op of {owner.title}", tangent)
    return tangent


def null_error(what: str, null: Any) -> Any:
    """Return the error for a derivative that is not there."""
    from symc.derivative import NullTypeGradError
    from symc.report import mistake

    return mistake(NullTypeGradError, f"{what}: {null.type.why_null}")
