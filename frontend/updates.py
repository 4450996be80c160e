"""Updates collected in order: a dict whose keys are shared variables."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from symc.exceptions import BadUse
from symc.report import describe, mistake
from symc.shared import SharedVariable
from symc.variable import Variable

__all__ = ["OrderedUpdates"]


class OrderedUpdates(OrderedDict[Any, Any]):
    """Updates of a function, {shared variable: new value}, kept in order.

    Two of them are added by `+`. Raises TypeError for a key that is not shared, KeyError where two
    that are added give one variable different new values.

    >>> import symc
    >>> step = symc.shared(0, name="step")
    >>> OrderedUpdates({step: step + 1})
    OrderedUpdates({step: (step + 1)})
    """

    def __setitem__(self, key: Any, value: Any) -> None:
        if not isinstance(key, SharedVariable):
            raise mistake(BadUse, f"only a shared variable can be updated, not {key!r}")
        super().__setitem__(key, value)

    def update(self, other: Any = ()) -> None:  # type: ignore[override]  # keys are no names
        """Add updates; of two different ones for one variable KeyError is raised."""
        pairs = other.items() if hasattr(other, "items") else other
        for key, value in pairs:
            if key in self and self[key] is not value:
                raise KeyError(f"{describe(key)} has two different updates")
            self[key] = value

    def __add__(self, other: Any) -> OrderedUpdates:
        both = OrderedUpdates(self)
        both.update(other)
        return both

    def __radd__(self, other: Any) -> OrderedUpdates:
        both = OrderedUpdates(other)
        both.update(self)
        return both

    def __repr__(self) -> str:
        inside = ", ".join(f"{key}: {_written(value)}" for key, value in self.items())
        return f"{type(self).__name__}({{{inside}}})"


def _written(value: Any) -> str:
    from symc.printing import pp

    return pp(value) if isinstance(value, Variable) else str(value)
