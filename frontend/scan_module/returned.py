"""What a step function returns: outputs, updates of shared variables, a condition to stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from symc.exceptions import BadValue
from symc.report import mistake
from symc.variable import Variable

HELP = (
    "return the outputs, then the updates if there are any, then until(condition) if there is one"
)


class until:  # Theano's name
    """Say in what a step function returns that no step follows one where a condition holds.

    condition   a scalar; the step where it is true still counts
    """

    def __init__(self, condition: Any) -> None:
        from symc.tensor.conversion import as_tensor_variable

        self.condition = as_tensor_variable(condition)
        if self.condition.ndim:
            raise mistake(
                BadValue,
                "until: the condition is one number",
                expected="a scalar",
                got=str(self.condition.type),
                help="use any() or all() of it",
            )


class Returned(Struct, frozen=True):
    """The parts of what a step function returned.

    single   whether the output came by itself, not in a list
    """

    outputs: list[Any]
    updates: list[tuple[Any, Any]]
    condition: Any | None


def parse(given: Any) -> Returned:
    """Return the parts of what a step function returned; raise BadValue where they are not told."""
    _require_known(given)
    if _is_outputs(given):
        return Returned(_list(given), [], None)
    if _is_updates(given):
        return Returned([], _pairs(given), None)
    if isinstance(given, until):
        return Returned([], [], given.condition)
    return _parts(list(given), given)


def _parts(parts: list[Any], given: Any) -> Returned:
    outputs: list[Any] = []
    updates: list[tuple[Any, Any]] = []
    condition = None
    if parts and isinstance(parts[-1], until):
        condition = parts.pop().condition
    if parts and _is_outputs(parts[0]):
        outputs = _list(parts.pop(0))
    if parts and _is_updates(parts[0]):
        updates = _pairs(parts.pop(0))
    if parts:
        raise _refused(given)
    return Returned(outputs, updates, condition)


def _require_known(given: Any) -> None:
    stack = [given]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            stack.extend([*item.keys(), *item.values()])
        elif isinstance(item, (list, tuple)):
            stack.extend(item)
        elif not isinstance(item, (Variable, until)):
            raise _refused(item)


def _refused(given: Any) -> Exception:
    return mistake(
        BadValue,
        "scan: the step function returns something that is no expression",
        expected="variables in lists, updates as a dict or pairs, until(condition)",
        got=repr(given),
        help=f"{HELP}; symc.tensor.constant makes a variable of a number",
    )


def _is_outputs(item: Any) -> bool:
    if isinstance(item, Variable):
        return True
    return isinstance(item, (list, tuple)) and all(isinstance(x, Variable) for x in item)


def _is_updates(item: Any) -> bool:
    if isinstance(item, Mapping):
        return True
    pairs = isinstance(item, (list, tuple)) and len(item) > 0
    return pairs and all(isinstance(x, (list, tuple)) and len(x) == 2 for x in item)


def _list(item: Any) -> list[Any]:
    return [item] if isinstance(item, Variable) else list(item)


def _pairs(item: Mapping[Any, Any] | Sequence[Any]) -> list[tuple[Any, Any]]:
    return list(item.items()) if isinstance(item, Mapping) else [tuple(x) for x in item]
