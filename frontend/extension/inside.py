"""Derivatives of users' operations in the steps of loops: asked in variables, taken as Values.

Outside of loops a sweep ends at such an operation and starts again from its operands. A loop is
differentiated whole, so the operation is asked there about stand-ins, and what it answers is built
among the Values of the step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from symc.build import Builder
from symc.compiler.errors import NotSupported
from symc.compiler.module import walk
from symc.compiler.op import Undefined
from symc.compiler.value import Value
from symc.extension.derivatives import Received, connections, pulled
from symc.extension.null import is_null
from symc.extension.type import is_tensor
from symc.location import Capture
from symc.variable import Apply, Variable


class Inside(Struct, frozen=True):
    """The derivative of an application of a user's operation.

    title      what the operation is called
    op         the operation
    operands   the types of its operands; constants as they are
    results    the types of its results
    location   the user's line
    """

    title: str
    op: Any
    operands: tuple[Any, ...]
    results: tuple[Any, ...]
    location: Capture

    def _owner(self) -> Apply:
        """Return the application to stand-ins."""
        inputs = [x if isinstance(x, Variable) else x.make_variable() for x in self.operands]
        results = [type.make_variable() for type in self.results]
        return Apply(self.op, inputs, results, location=self.location)

    def connections(self) -> list[list[bool]]:
        """Return for each operand whether each result depends on it."""
        pattern: list[list[bool]] = connections(self._owner())
        return pattern

    def pull(
        self, call: Value, results: Mapping[int, Value], received: Mapping[int, Value | None]
    ) -> list[Any]:
        """Return what each operand of a call receives.

        results    of the call, by their places
        received   what has come to those that something depends on; None for zero
        """
        owner = self._owner()
        known: dict[Any, Value] = dict(zip(owner.inputs, call.operands, strict=True))
        known.update((owner.outputs[k], value) for k, value in results.items())
        came = [Received() for _ in owner.outputs]
        for k, g in received.items():
            came[k].depends = True
            if g is not None:
                stand_in = owner.outputs[k].type()
                known[stand_in] = g
                came[k].terms.append(stand_in)
        answers = pulled(owner, came)
        builder = _Aside(self.title, call, [*known.values()])
        return [self._value(builder, x, known) for x in answers]

    def _value(self, builder: Builder, answer: Any, known: dict[Any, Value]) -> Any:
        if answer is None:
            return None
        if is_null(answer):
            return Undefined(answer.type.why_null)
        return builder.values([answer], known)[0] if is_tensor(answer.type) else None


class _Aside(Builder):
    """Builds expressions among the Values of a body, at the place of a call."""

    def __init__(self, title: str, call: Value, near: Sequence[Value]) -> None:
        super().__init__([])
        self.title = title
        self.context = call.context
        self.depth = max(
            (v.attribute("depth") for v in walk(near) if v.op.name == "bound"), default=-1
        )

    def _site(self, owner: Apply, operands: list[Value]) -> int:
        return self.context.site

    def state(self, x: Any) -> int:
        """Refuse shared variables, which the loop has not been given."""
        raise NotSupported(
            f"the derivative of {self.title} in a step of a loop reads {x}: make it an operand"
        )
