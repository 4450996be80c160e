"""Host scalars of one step of a loop, or of an arm; what does not depend on it belongs outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from symc.compiler.ops.branch import Arm, own_values
from symc.compiler.ops.loop import Body, depending
from symc.compiler.program.record import (
    Buffer,
    CheckEqual,
    CheckIndex,
    CheckSome,
    Compute,
    Number,
    Statement,
)
from symc.compiler.value import Value
from symc.passes.plan.host import HostScalars


def in_order(statements: Sequence[Statement]) -> list[Statement]:
    """Sort host scalars and checks so that each comes after what it uses, else as they are."""
    makers = {s.name: s for s in statements if isinstance(s, Compute | CheckIndex)}
    found: dict[int, Statement] = {}
    stack = list(reversed(statements))
    while stack:
        statement = stack[-1]
        missing = [
            makers[n] for n in _uses(statement) if n in makers and id(makers[n]) not in found
        ]
        if missing:
            stack += reversed(missing)
            continue
        found.setdefault(id(stack.pop()), statement)
    return list(found.values())


def _uses(statement: Statement) -> tuple[Number, ...]:
    match statement:
        case Compute():
            buffers = (x for _, x in statement.attributes if isinstance(x, Buffer))
            return (*statement.operands, *(buffer.offset for buffer in buffers))
        case CheckEqual():
            return statement.left, statement.right
        case CheckIndex():
            return statement.index, statement.size
        case CheckSome():
            return (statement.size,)
    return ()


class InnerScalars(HostScalars):
    """Collects the host scalars that need what is known inside; the rest go to the scope outside.

    own   the Values that are known inside alone
    """

    def __init__(
        self, outer: HostScalars, own: Iterable[Value], levels: Mapping[Value, int]
    ) -> None:
        super().__init__(0, levels)
        self._outer = outer
        self._names = outer._names
        self._guesses = outer._guesses
        self._depends = dict.fromkeys(own, True)

    def differs(self, number: Number) -> bool:
        """Tell whether a number is known inside alone: it differs from step to step."""
        return number in self._level_of

    def compute(
        self, op: str, operands: tuple[Number, ...], dtype: str = "int64", attributes: Any = ()
    ) -> Number:
        """Return what an operation gives, computed as far outside as can be."""
        if any(map(self.differs, operands)):
            return super().compute(op, operands, dtype, attributes)
        return self._outer.compute(op, operands, dtype, attributes)

    def _buffer(self, index: int) -> Buffer:
        return self._outer._buffer(index)

    def _element(self, value: Value, index: tuple[Number, ...]) -> Number:
        if self._is_own(value) or any(map(self.differs, index)):
            return super()._element(value, index)
        return self._outer._element(value, index)

    def _compute_element(self, value: Value, index: tuple[Number, ...]) -> Number:
        if value.op.name == "bound":
            self.loads[value] = self._name(0)
            return self.loads[value]
        return super()._compute_element(value, index)

    def _is_own(self, value: Value) -> bool:
        """Tell whether a Value is known inside alone."""
        if value not in self._depends:
            self._depends[value] = any(map(self._is_own, value.operands))
        return self._depends[value]


class StepScalars(InnerScalars):
    """Collects the host scalars that differ from step to step.

    counter   the name of the step's number
    """

    def __init__(self, outer: HostScalars, body: Body, levels: Mapping[Value, int]) -> None:
        super().__init__(outer, depending(body), levels)
        self._definitions = body.definitions()
        self._body = body
        self.counter = self._name(0)

    def _compute_element(self, value: Value, index: tuple[Number, ...]) -> Number:
        if self._definitions.get(value, value) is self._body.counter:
            return self.counter
        return super()._compute_element(value, index)


class ArmScalars(InnerScalars):
    """Collects the host scalars of an arm: its own, and indices, which fail where it is taken."""

    def __init__(self, outer: HostScalars, arm: Arm, levels: Mapping[Value, int]) -> None:
        super().__init__(outer, own_values(arm), levels)

    def _is_own(self, value: Value) -> bool:
        return value.op.name == "bounded" or super()._is_own(value)
