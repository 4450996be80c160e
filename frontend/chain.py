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
from symc.sweep import Start, opened
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
    flow = _Flow(list(dict.fromkeys([*wrt, *ends])), frozenset([*barriers, *ends]))
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

    def __init__(self, targets: list[Any], barriers: frozenset[Any]) -> None:
        self.barriers = barriers
        self.received = {x: Received() for x in targets}
        self._targets: dict[Any, list[Any]] = {}
        for x in targets:
            self._targets.setdefault(_key(x), []).append(x)

    def of(self, y: Any) -> Received:
        """Return what has come to a result; nothing comes to what is no tensor."""
        return self.received.get(y, Received())

    def add(self, cost: Any | None, starts: Sequence[Start], leaves: Sequence[Any] = ()) -> None:
        """Let a cost and derivatives, some of them leaves, flow back to the targets."""
        roots = [*([] if cost is None else [cost]), *(y for y, _ in starts)]
        targets, barriers = self._near(roots)
        found = sweep.pull(cost, starts, targets, [*barriers, *leaves])
        for x, (depends, terms) in zip(targets, found, strict=True):
            mine = self.received[x]
            mine.depends |= depends
            mine.terms += terms

    def _near(self, roots: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Return the targets and the barriers that roots are made from; so sweeps stay small."""
        seen = list(ancestors(roots, self.barriers))
        keys = dict.fromkeys(map(_key, seen))
        targets = [x for key in keys for x in self._targets.get(key, ())]
        return targets, list(dict.fromkeys([*targets, *(x for x in seen if x in self.barriers)]))

    def spread(self, starts: Sequence[Start]) -> None:
        """Let what an operation's operands receive flow on; what is null makes all of it null."""
        known = [(x, _apart(g)) for x, g in starts if not is_null(g)]
        if known:
            self.add(None, known, [g for _, g in known if g.owner is not None])
        for x, null in starts:
            if is_null(null):
                self._nullify(x, null)

    def _nullify(self, x: Any, null: Any) -> None:
        targets, barriers = self._near([x])
        for target, flag in zip(targets, sweep.reached(x, targets, barriers), strict=True):
            if flag:
                self.received[target].depends = True
                self.received[target].null = null


def _apart(g: Any) -> Any:
    """Return a derivative as a variable of its own.

    A sweep takes it as a leaf, for what it is made from was swept before; and the expression that
    it flows through may have it inside.
    """
    return g if g.owner is None else opened(g)


def push(
    outputs: Sequence[Any], moved: Sequence[Any], points: Sequence[Start]
) -> list[tuple[bool, Any]]:
    """Return how outputs change when variables move, as `sweep.push` does."""
    cuts = opaque(outputs, [x for x, _ in points], moved)
    ends = [y for owner in cuts for y in owner.outputs if is_tensor(y.type)]
    motion = _Motion(dict(points), frozenset([*moved, *ends]))
    for owner, places in cuts.items():
        motion.cross(owner, places)
    return motion.of(outputs)


class _Motion:
    """The variables that move so far, each with its tangent.

    barriers   what is a leaf of every sweep
    """

    def __init__(self, tangents: dict[Any, Any], barriers: frozenset[Any]) -> None:
        self.tangents = tangents
        self.barriers = barriers
        self._by_key = {_key(x): x for x in tangents}

    def of(self, outputs: Sequence[Any]) -> list[tuple[bool, Any]]:
        """Return how variables change."""
        seen = list(ancestors(outputs, self.barriers))
        moving = [self._by_key[k] for k in dict.fromkeys(map(_key, seen)) if k in self._by_key]
        tangents = [(x, _apart(self.tangents[x])) for x in moving]
        leaves = [t for _, t in tangents if t.owner is not None]
        barriers = [*moving, *(x for x in seen if x in self.barriers), *leaves]
        return sweep.push(outputs, tangents, list(dict.fromkeys(barriers)))

    def cross(self, owner: Apply, places: Sequence[int]) -> None:
        """Note how the results of an application move when its operands do."""
        came: list[Any] = [None] * len(owner.inputs)
        operands = [owner.inputs[k] for k in places]
        for k, x, (depends, t) in zip(places, operands, self.of(operands), strict=True):
            came[k] = (zeros_like(x) if t is None else t) if depends else None
        if all(t is None for t in came):
            return
        for y, t in zip(owner.outputs, pushed(owner, came), strict=True):
            if t is not None:
                self.tangents[y] = _known(owner, t)
                self._by_key[y] = y


def _known(owner: Apply, tangent: Any) -> Any:
    if is_null(tangent):
        raise null_error(f"R_op of {owner.title}", tangent)
    return tangent


def null_error(what: str, null: Any) -> Any:
    """Return the error for a derivative that is not there."""
    from symc.derivative import NullTypeGradError
    from symc.report import mistake

    return mistake(NullTypeGradError, f"{what}: {null.type.why_null}")
