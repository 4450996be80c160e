"""Turns Values back into variables by applying their operations again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symc.build import Built
from symc.compiler.module import walk
from symc.compiler.value import Value
from symc.location import NOWHERE, Capture
from symc.tensor.application import note
from symc.tensor.shaping import size_of
from symc.tensor.variable import TensorConstant, TensorVariable
from symc.type import TensorType
from symc.variable import Apply


class Lift:
    """Makes variables of the Values of one built Module; equal Values become one variable.

    inputs   the variables that the input parameters stand for
    """

    def __init__(self, built: Built, inputs: Sequence[Any]) -> None:
        self.captures = built.captures
        self.leaves = [*inputs, *built.states]
        self.known: dict[Value, Any] = {}

    def variables(self, values: Sequence[Value], asked: Capture) -> list[Any]:
        """Return variables equal to Values; what is made says `asked` after its own origin."""
        for value in walk(values):
            if value not in self.known:
                self.known[value] = self._variable(value, asked)
        return [self.known[value] for value in values]

    def _variable(self, value: Value, asked: Capture) -> Any:
        match value.op.name:
            case "parameter":
                return self.leaves[value.attribute("index")]
            case "dimension":
                leaf = self.leaves[value.attribute("parameter")]
                return size_of(leaf, value.attribute("axis"))
            case "constant":
                return TensorConstant(user_type(value), value.data)
        made = TensorVariable(user_type(value))
        operands = [self.known[x] for x in value.operands]
        origin = self._origin(value, asked)
        note(Apply(value.op, operands, [made], dict(value.attributes), origin))
        return made

    def _origin(self, value: Value, asked: Capture) -> Capture:
        known = 0 <= value.site < len(self.captures)
        return (self.captures[value.site] if known else NOWHERE).then(asked)


def user_type(value: Value) -> TensorType:
    """Return a Value's type as the user's graph has it."""
    return TensorType(value.type.dtype, value.type.broadcastable)
