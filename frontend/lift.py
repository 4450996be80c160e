"""Turns Values back into variables by applying their operations again."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

from symc.build import Built
from symc.compiler.module import walk_by
from symc.compiler.ops.branch import Arm, arm_operands, arms_of, branch_result
from symc.compiler.value import Value
from symc.extension.type import is_tensor
from symc.ifelse import IfElse
from symc.location import NOWHERE, Capture
from symc.tensor.application import apply, note
from symc.tensor.shaping import patternbroadcast, size_of
from symc.tensor.user_ops import make_vector_op
from symc.tensor.variable import TensorConstant, TensorVariable
from symc.type import TensorType
from symc.variable import Apply


class Lift:
    """Makes variables of the Values of one built Module; equal Values become one variable.

    inputs   the variables that the input parameters stand for
    """

    def __init__(self, built: Built, inputs: Sequence[Any]) -> None:
        self.captures = built.captures
        self.measured = built.module.context.definitions
        self.leaves = [*inputs, *built.states]
        self.known: dict[Value, Any] = {}
        self._results: dict[Value, tuple[Any, ...]] = {}

    def variables(self, values: Sequence[Value], asked: Capture) -> list[Any]:
        """Return variables equal to Values; what is made says `asked` after its own origin."""
        known, measured = self.known, self.measured

        def needs(value: Value) -> tuple[Value, ...]:
            if value in known:
                return ()
            if value.op is branch_result:
                return value.operands[:1]  # its sizes follow from both sides
            return (measured[value],) if value in measured else value.operands

        for value in walk_by(values, needs):
            if value not in known:
                self.known[value] = self._variable(value, asked)
        return [self.known[value] for value in values]

    def _variable(self, value: Value, asked: Capture) -> Any:
        match value.op.name:
            case "parameter":
                return self.leaves[value.attribute("index")]
            case "dimension":
                leaf = self.leaves[value.attribute("parameter")]
                return size_of(leaf, value.attribute("axis"))
            case "measured":
                return self.known[self.measured[value]]
            case "constant":
                return TensorConstant(user_type(value), value.data)
            case "python":
                return self._called(value, asked)
            case "loop":
                self._results[value] = tuple(self._looped(value, asked))
                return self._results[value][-1]
            case "branch":
                return self._branched(value, asked)
            case "python_result" | "loop_result" | "branch_result":
                return self._results[value.operands[0]][value.attribute("index")]
        made = TensorVariable(user_type(value))
        operands = [self.known[x] for x in value.operands]
        origin = self._origin(value, asked)
        note(Apply(value.op, operands, [made], dict(value.attributes), origin))
        return made

    def within(self, known: dict[Value, Any]) -> Lift:
        """Return what makes variables of the body of a loop, whose leaves are known."""
        inner = copy(self)
        inner.known, inner._results = known, {}
        return inner

    def _looped(self, value: Value, asked: Capture) -> list[Any]:
        from symc.scan_module.lifting import lifted_loop

        made = lifted_loop(self, value, asked, self._origin(value, asked))
        note(made[0].owner)
        return made

    def _called(self, value: Value, asked: Capture) -> Any:
        """Apply a user's operation again, and return the vector of its results' sizes."""
        performer = value.attribute("callee").run
        operands = [
            patternbroadcast(self.known[x], type.broadcastable)
            if is_tensor(type)
            else self.known[x]
            for x, type in zip(value.operands, performer.operands, strict=True)
        ]
        results = [type.make_variable() for type in performer.results]
        made = Apply(performer.op, operands, results, location=self._origin(value, asked))
        note(made)
        self._results[value] = made.outputs
        sizes = [size_of(y, k) for y in made.outputs if is_tensor(y.type) for k in range(y.ndim)]
        return apply(make_vector_op, tuple(sizes), {}) if sizes else None

    def _branched(self, value: Value, asked: Capture) -> Any:
        """Choose again between the results of both arms, and return the condition."""
        sides = [
            self._inside(arm, operands).variables(arm.results, asked)
            for arm, operands in zip(arms_of(value), arm_operands(value), strict=True)
        ]
        condition = self.known[value.operands[0]]
        sides[1] = [
            patternbroadcast(y, x.broadcastable) if x.broadcastable != y.broadcastable else y
            for x, y in zip(*sides, strict=True)
        ]
        made = IfElse(len(sides[0])).make_node(condition, *sides[0], *sides[1])
        made.location = self._origin(value, asked)
        note(made)
        self._results[value] = made.outputs
        return condition

    def _inside(self, arm: Arm, operands: Sequence[Value]) -> Lift:
        """Return a lift of what stands in an arm."""
        inside = copy(self)
        inside.known = dict(self.known)
        inside._results = dict(self._results)
        leaves = zip(arm.leaves, operands, strict=True)
        inside.known.update((leaf, self.known[x]) for leaf, x in leaves)
        return inside

    def _origin(self, value: Value, asked: Capture) -> Capture:
        known = 0 <= value.site < len(self.captures)
        return (self.captures[value.site] if known else NOWHERE).then(asked)


def user_type(value: Value) -> TensorType:
    """Return a Value's type as the user's graph has it."""
    return TensorType(value.type.dtype, value.type.broadcastable)
