"""The derivatives of an OpFromGraph: those of its graph, or what the user says instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from symc.exceptions import BadUse, BadValue
from symc.extension.null import disconnected_type, is_disconnected, is_null
from symc.report import mistake
from symc.tensor.creation import zeros_like
from symc.variable import Variable

if TYPE_CHECKING:
    from symc.extension.from_graph import OpFromGraph

Override = Any
"""'default', a function, an OpFromGraph, a variable of NullType or DisconnectedType, or a list."""


class Pullback:
    """What derivatives flow back through an OpFromGraph.

    lop    override of (operands, results, what results receive)
    grad   override of (operands, what results receive)
    """

    def __init__(self, op: OpFromGraph, lop: Override, grad: Override) -> None:
        if not _is_default(lop) and not _is_default(grad):
            raise mistake(BadValue, "OpFromGraph: give lop_overrides or grad_overrides, not both")
        self.op = op
        self.takes_results = _is_default(grad)
        self.override = lop if self.takes_results else grad
        _require(self.override)
        self.is_default = _is_default(self.override)

    def connections(self, found: list[list[bool]]) -> list[list[bool]]:
        """Return which operand each result depends on, from what the graph says."""
        own = self._listed()
        return [
            flags if _is_default(item) else [item is not None] * len(flags)
            for flags, item in zip(found, own, strict=True)
        ]

    def __call__(
        self, inputs: Sequence[Any], outputs: Sequence[Any], slopes: Sequence[Any]
    ) -> list[Any]:
        """Return what each operand receives."""
        filled = [
            zeros_like(y) if is_disconnected(g) else g for y, g in zip(outputs, slopes, strict=True)
        ]
        given = [inputs, outputs, filled] if self.takes_results else [inputs, filled]
        if callable(self.override):
            items = self._completed(_called(self.override, given))
        else:
            items = [_called_for_one(item, given) for item in self._listed()]
        return self._with_defaults(items, inputs, slopes)

    def _listed(self) -> list[Any]:
        """Return one item for each operand; shared variables come last and are by default so."""
        count = len(self.op.local_inputs)
        if isinstance(self.override, (list, tuple)):
            return self._completed(self.override)
        return [self.override] * count

    def _completed(self, items: Sequence[Any]) -> list[Any]:
        return completed("derivatives", items, len(self.op.inputs), len(self.op.local_inputs))

    def _with_defaults(
        self, items: Sequence[Any], inputs: Sequence[Any], slopes: Sequence[Any]
    ) -> list[Any]:
        """Return terms, those of the graph where 'default' stands."""
        open_places = [k for k, item in enumerate(items) if _is_default(item)]
        made = iter(self._of_graph(open_places, inputs, slopes) if open_places else ())
        return [
            next(made) if _is_default(item) else disconnected_type() if item is None else item
            for item in items
        ]

    def _of_graph(
        self, places: list[int], inputs: Sequence[Any], slopes: Sequence[Any]
    ) -> list[Any]:
        from symc.derivative import grad

        local = self.op.local_outputs
        known = {
            y: g
            for y, g in zip(local, slopes, strict=True)
            if not (is_disconnected(g) or is_null(g))
        }
        found = grad(
            None,
            [self.op.local_inputs[k] for k in places],
            known_grads=known,
            disconnected_inputs="ignore",
            return_disconnected="disconnected",
            null_gradients="return",
        )
        return self.op.placed(found, inputs)


class Pushforward:
    """How the results of an OpFromGraph change when its operands do; an override of both lists."""

    def __init__(self, op: OpFromGraph, override: Override) -> None:
        self.op = op
        self.override = override
        _require(override)
        self.is_default = _is_default(override)

    def __call__(self, inputs: Sequence[Any], points: Sequence[Any]) -> list[Any]:
        """Return how each result changes, None for not at all."""
        moves = [zeros_like(x) if p is None else p for x, p in zip(inputs, points, strict=True)]
        count = len(self.op.local_outputs)
        if isinstance(self.override, (list, tuple)):
            items = completed("results", list(self.override), count, count)
            items = [_called_for_one(item, [inputs, moves]) for item in items]
        elif callable(self.override):
            items = completed("results", _called(self.override, [inputs, moves]), count, count)
        else:
            items = [self.override] * count
        open_places = [k for k, item in enumerate(items) if _is_default(item)]
        made = iter(self._of_graph(open_places, inputs, points) if open_places else ())
        return [next(made) if _is_default(item) else item for item in items]

    def _of_graph(
        self, places: list[int], inputs: Sequence[Any], points: Sequence[Any]
    ) -> list[Any]:
        from symc.directional import Rop

        moving = [
            (x, p) for x, p in zip(self.op.local_inputs, points, strict=True) if p is not None
        ]
        found = Rop(
            [self.op.local_outputs[k] for k in places],
            [x for x, _ in moving],
            [p for _, p in moving],
            disconnected_outputs="ignore",
            return_disconnected="disconnected",
        )
        return self.op.placed(found, inputs)


# --- what the user gave


def _is_default(item: Any) -> bool:
    return isinstance(item, str) and item == "default"


def _require(override: Any) -> None:
    for item in override if isinstance(override, (list, tuple)) else [override]:
        special = isinstance(item, Variable) and (is_null(item) or is_disconnected(item))
        if not (item is None or special or _is_default(item) or callable(item)):
            raise mistake(
                BadUse,
                "OpFromGraph: an override is something else",
                expected="'default', a function, an OpFromGraph, None, or a variable of NullType "
                "or DisconnectedType; or a list of these",
                got=repr(item),
            )


def _called(override: Callable[..., Any], given: list[Any]) -> list[Any]:
    """Return what an override of all terms gives."""
    from symc.extension.from_graph import OpFromGraph

    if isinstance(override, OpFromGraph):
        return list(override(*(x for group in given for x in group), return_list=True))
    made = override(*(list(group) for group in given))
    if not isinstance(made, (list, tuple)):
        raise mistake(
            BadUse, "OpFromGraph: an override of all terms returns a list", got=repr(made)
        )
    return list(made)


def _called_for_one(item: Any, given: list[Any]) -> Any:
    """Return what an override of one term gives; what is no function as it is."""
    from symc.extension.from_graph import OpFromGraph

    if isinstance(item, OpFromGraph):
        return item(*(x for group in given for x in group))
    if isinstance(item, Variable) or not callable(item):
        return item
    return item(*(list(group) for group in given))


def completed(what: str, items: Sequence[Any], least: int, count: int) -> list[Any]:
    """Return terms for all, 'default' for those after the `least` that must be there."""
    if len(items) not in (least, count):
        raise mistake(
            BadValue,
            f"OpFromGraph: overrides give another number of {what} than there are",
            expected=str(least),
            got=str(len(items)),
        )
    return [*items, *["default"] * (count - len(items))]
