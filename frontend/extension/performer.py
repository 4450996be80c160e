"""What a compiled function calls for an application of a user's operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symc.arguments import describe_value
from symc.compiler.errors import Error
from symc.extension.objects import keep, kept
from symc.extension.type import is_tensor
from symc.location import Capture
from symc.report import complaint
from symc.variable import Apply, Variable


class BadResult(Error, TypeError):
    """Report a result of a user's operation that does not fit the type it was made with."""

    code = "E107"


class Performer:
    """Calls `perform` with arrays, and with the objects that handles stand for.

    op         the user's operation
    operands   the type of each operand, or a variable that is a constant
    results    the types of the results
    location   where the user asked for it
    """

    def __init__(
        self, op: Any, operands: Sequence[Any], results: Sequence[Any], location: Capture
    ) -> None:
        self.op = op
        self.operands = tuple(operands)
        self.results = tuple(results)
        self.location = location
        inputs = [x if isinstance(x, Variable) else x.make_variable() for x in operands]
        self.node = Apply(op, inputs, [t.make_variable() for t in results], location=location)

    def __reduce__(self) -> tuple[Any, ...]:
        return Performer, (self.op, self.operands, self.results, self.location)

    @property
    def has_objects(self) -> bool:
        """Tell whether an operand or result is no array."""
        return not all(is_tensor(x.type) for x in (*self.node.inputs, *self.node.outputs))

    def __call__(self, arrays: list[Any]) -> list[Any]:
        """Return an array, or a handle, for each result.

        What `perform` raises is raised with a note that names the application.
        """
        cells: list[list[Any]] = [[None] for _ in self.results]
        try:
            self.op.perform(self.node, self._operands(arrays), cells)
        except Exception as error:
            error.add_note(f"  in {self.op}, applied at {self.location.location}")
            if "read-only" in str(error):
                error.add_note(
                    "  perform may not write into its operands: copy, or name them in destroy_map"
                )
            raise
        return [self._result(k, cell[0]) for k, cell in enumerate(cells)]

    def _operands(self, arrays: list[Any]) -> list[Any]:
        """Return what `perform` gets; operands that it may overwrite are copies already."""
        written = {k for places in (self.op.destroy_map or {}).values() for k in places}
        return [
            self._operand(x, array, k in written)
            for k, (x, array) in enumerate(zip(self.node.inputs, arrays, strict=True))
        ]

    def _operand(self, x: Any, array: Any, written: Any) -> Any:
        if not is_tensor(x.type):
            return kept(array)
        return np.array(array) if written else array

    def _result(self, index: int, value: Any) -> Any:
        type = self.results[index]
        if value is None and is_tensor(type):
            raise self._refused(index, "is None", "put an array into output_storage[k][0]")
        try:
            made = type.filter(value)
        except (TypeError, ValueError):
            raise self._refused(index, f"is {describe_value(value)}", "") from None
        return made if is_tensor(type) else keep(made)

    def _refused(self, index: int, got: str, help: str) -> Error:
        wanted = self.results[index]
        return complaint(
            BadResult,
            f"{self.op}: perform left another value for result {index} than its type says",
            self.location,
            expected=str(wanted),
            got=f"result {index} {got}",
            help=help or "convert it in perform, or make the node with its type",
        )
