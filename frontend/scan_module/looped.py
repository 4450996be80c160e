"""What the user is given of a loop: rows, the values after the last step, updates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from symc.scan_module.arguments import Output
from symc.updates import OrderedUpdates
from symc.variable import Apply


class Looped(Struct, frozen=True):
    """A loop of the graph.

    node      its application; outputs what was said of each output; shared the shared variables
              that it changes
    """

    node: Apply
    outputs: Sequence[Output]
    shared: Sequence[Any]

    @property
    def _states(self) -> int:
        return len(self.node.op.step.next)

    def rows(self) -> list[Any]:
        """Return the values of each output at all steps that were run."""
        *made, done = self.node.outputs
        kept = made[self._states :]
        return [x[:done] for x in kept] if self.node.op.step.stop is not None else kept

    def last(self) -> list[Any]:
        """Return the value of each output after the last step: with no step its initial value."""
        found, place = [], 0
        for output, rows in zip(self.outputs, self.rows(), strict=True):
            place += len(output.starts())
            found.append(rows[-1] if output.initial is None else self.node.outputs[place - 1])
        return found

    def updates(self) -> OrderedUpdates:
        """Return the new values of the shared variables."""
        finals = self.node.outputs[self._states - len(self.shared) : self._states]
        return OrderedUpdates(zip(self.shared, finals, strict=True))


def unwrapped(found: list[Any]) -> Any:
    """Return several things as a list, one by itself, and None for nothing."""
    if len(found) > 1:
        return found
    return found[0] if found else None
