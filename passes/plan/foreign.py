"""Statements of Python calls: the call itself, and the copies that take over its results."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from symc.compiler.codegen import abi
from symc.compiler.program.record import ArraySpec, Buffer, CallPython, Receive
from symc.compiler.value import Value
from symc.passes.plan.bindings import Step

Table = Sequence[tuple[Any, Any]]
"""The pairs (callee, types of its results) that code is bound beside, in order."""


def work_bytes(step: Step) -> int:
    """Return the bytes that the descriptors of a step's arrays take."""
    arrays = step.value.operands if step.value.op.name == "python" else (step.value,)
    return sum(abi.TENSOR_SIZE + 8 * x.type.ndim for x in arrays)


class PythonCalls:
    """Makes the statements of the calls of one scope.

    numbers   of all calls of the program, by the scope and the call
    """

    def __init__(
        self,
        table: Table,
        numbers: dict[Hashable, int],
        place: Callable[[Value], Buffer],
        spec: Callable[[Value], ArraySpec],
    ) -> None:
        self.table = list(table)
        self.numbers = numbers
        self.place = place
        self.spec = spec

    def statement(self, step: Step, work: Buffer) -> CallPython | Receive:
        """Return the statement of a step."""
        value = step.value
        return self._call(value, work) if value.op.name == "python" else self._take(value, work)

    def _call(self, call: Value, work: Buffer) -> CallPython:
        callee, results = call.attribute("callee"), call.attribute("results")
        return CallPython(
            self.table.index((callee, results)),
            callee.name,
            self.numbers.setdefault((self, call), len(self.numbers)),
            tuple((self.place(x), self.spec(x)) for x in call.operands),
            self.place(call),
            sum(rank for _, rank in results),
            work,
        )

    def _take(self, result: Value, work: Buffer) -> Receive:
        return Receive(
            self.numbers[self, result.operands[0]],
            result.attribute("index"),
            self.place(result),
            self.spec(result),
            result.site,
            work,
        )
