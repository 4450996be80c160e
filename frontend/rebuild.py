"""rebuild_collect_shared: a graph with what it replaces, its shared variables and their updates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from symc.clone import clone
from symc.function import listed
from symc.io import In, Out
from symc.replacing import as_updates
from symc.shared import SharedVariable
from symc.variable import ancestors

Found = tuple[dict[Any, Any], dict[Any, Any], list[Any], list[Any]]


def rebuild_collect_shared(
    outputs: Any,
    inputs: Sequence[Any] | None = None,
    replace: Mapping[Any, Any] | Iterable[tuple[Any, Any]] | None = None,
    updates: Any = None,
    rebuild_strict: bool = True,
    copy_inputs_over: bool = True,
    no_default_updates: bool | Sequence[Any] = False,
) -> tuple[list[Any], Any, Found]:
    """Return inputs, outputs with variables replaced, and what else a function of them needs.

    The last is [old -> new of replaced variables, outputs and inputs], {shared: new value}, the new
    values, and the shared variables met, those that updates alone need included.

    replace              {variable: what takes its place}
    copy_inputs_over     keep the inputs, instead of making new ones of the same types
    no_default_updates   leave out the updates that shared variables carry: all, or those listed
    """
    places = [entry.variable if isinstance(entry, In) else entry for entry in inputs or ()]
    wanted = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
    wanted = [x.variable if isinstance(x, Out) else x for x in wanted if x is not None]
    known: dict[Any, Any] = dict(replace.items() if isinstance(replace, Mapping) else replace or ())
    if not copy_inputs_over:
        known = {**{x: x.clone() for x in places}, **known}
    new = _replaced(wanted, known, rebuild_strict)
    taken = {shared: value for shared, value in as_updates(updates)}
    taken = dict(zip(taken, _replaced(list(taken.values()), known, rebuild_strict), strict=True))
    met = _follow(new, taken, known, rebuild_strict, no_default_updates)
    mapping = {**known, **dict(zip(wanted, new, strict=True))}
    made = new if isinstance(outputs, (list, tuple)) else next(iter(new), [])
    return [known.get(x, x) for x in places], made, (mapping, taken, list(taken.values()), met)


def _replaced(variables: list[Any], known: dict[Any, Any], strict: bool) -> list[Any]:
    return list(clone(variables, known, strict=strict))


def _follow(
    roots: list[Any],
    taken: dict[Any, Any],
    known: dict[Any, Any],
    strict: bool,
    unwanted: bool | Sequence[Any],
) -> list[SharedVariable]:
    """Add default updates to those taken, as they are met; return the shared variables met."""
    met: dict[SharedVariable, None] = {}
    waiting = [*roots, *taken, *taken.values()]
    while waiting:
        reached = [x for x in ancestors(waiting) if isinstance(x, SharedVariable) and x not in met]
        met.update(dict.fromkeys(reached))
        waiting = []
        for shared in reached:
            if shared.default_update is None or shared in taken or listed(shared, unwanted):
                continue
            (taken[shared],) = _replaced([shared.default_update], known, strict)
            waiting.append(taken[shared])
    return list(met)
