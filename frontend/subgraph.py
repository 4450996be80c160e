"""Gradients of one part of a graph, to be handed on to the parts before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symc.derivative import MissingCost, grad
from symc.report import mistake


def subgraph_grad(
    wrt: Sequence[Any],
    end: Sequence[Any],
    start: Mapping[Any, Any] | None = None,
    cost: Any = None,
    details: bool = False,
) -> tuple[Any, ...]:
    """Return what wrt and end receive from one part of a graph; nothing flows beyond end.

    wrt       variables to learn in this part
    end       variables where the part ends; what they receive is the `start` of the next part
    start     {variable: its derivative}, what this part receives from the one before
    cost      a scalar cost that is added to what start brings
    details   return also what each came from: by start, by cost

    >>> from symc.tensor import dscalars
    >>> x, w, v = dscalars("x", "w", "v")
    >>> h = x * w
    >>> (dv,), (dh,) = subgraph_grad([v], [h], cost=h * v)
    >>> (dw,), _ = subgraph_grad([w], [x], start={h: dh})
    >>> dw.eval({x: 2.0, v: 5.0})
    array(10.)
    """
    if start is None and cost is None:
        raise mistake(MissingCost, "subgraph_grad: give start, cost, or both")
    wrt, end = list(wrt), list(end)
    asked = list(dict.fromkeys([*wrt, *end]))
    by_start = _slopes(None, asked, end, start) if start is not None else None
    by_cost = _slopes(cost, asked, end, None) if cost is not None else None
    known = [g for g in (by_start, by_cost) if g is not None]
    total = dict(zip(asked, [sum(g[1:], g[0]) for g in zip(*known, strict=True)], strict=True))
    answers = [total[x] for x in wrt], [total[x] for x in end]
    return (*answers, by_start, by_cost) if details else answers


def _slopes(cost: Any, wrt: list[Any], end: list[Any], start: Any) -> list[Any]:
    found: list[Any] = grad(
        cost, wrt, consider_constant=end, known_grads=start, disconnected_inputs="ignore"
    )
    return found
