"""Assert: an operand that is only returned where conditions hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symc.compiler.value import Value
from symc.extension.null import disconnected_type
from symc.extension.views import ViewOp
from symc.tensor.demands import ASSERTED, require
from symc.variable import Apply

if TYPE_CHECKING:
    from symc.build import Builder

__all__ = ["Assert", "assert_", "assert_op"]


class Assert(ViewOp):
    """Return the first operand; raise AssertionError where one of the others is not all true.

    msg   what the error says

    Nothing is looked at unless the result is used. A condition that holds for all arguments costs
    nothing, and of two sizes that must be equal the compiler makes use. Derivatives pass through.

    >>> from symc.tensor import dvector
    >>> x = dvector("x")
    >>> Assert("x is empty")(x, x.size > 0).eval({x: [1.0]})
    array([1.])
    """

    __props__ = ("msg",)

    def __init__(self, msg: str = "an assertion does not hold") -> None:
        self.msg = msg

    def make_node(self, value: Any, *conds: Any) -> Apply:
        """Return an application to a variable and conditions, which are numbers."""
        from symc.tensor.conversion import as_tensor_variable
        from symc.tensor.reductions import all

        x, *given = (as_tensor_variable(v) for v in (value, *conds))
        return Apply(self, [x, *(all(c) if c.ndim else c for c in given)], [x.type()])

    def perform(self, node: Apply, inputs: list[Any], output_storage: list[list[Any]]) -> None:
        """Return the first operand. Raises AssertionError where another is false."""
        value, *conds = inputs
        if not all(conds):
            raise AssertionError(self.msg)
        output_storage[0][0] = value

    def lower(self, builder: Builder, owner: Apply, known: dict[Any, Value]) -> list[Value]:
        """Return the first operand's Value, and note the checks of the others."""
        first, *conditions = (known[x] for x in owner.inputs)
        for condition in conditions:
            require(condition, ASSERTED + self.msg)
        return [first]

    def infer_shape(self, node: Apply, shapes: list[Any]) -> list[Any]:
        """Return the shape of the first operand."""
        return shapes[:1]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Say that the result depends on the first operand alone."""
        return [[k == 0] for k in range(len(node.inputs))]

    def grad(self, inputs: Sequence[Any], output_gradients: Sequence[Any]) -> list[Any]:
        """Pass on what the result receives."""
        return [output_gradients[0], *(disconnected_type() for _ in inputs[1:])]

    def R_op(self, inputs: Sequence[Any], eval_points: Sequence[Any]) -> list[Any]:
        """Pass on how the first operand changes."""
        return [eval_points[0]]


assert_op = assert_ = Assert()
"""The assertion without words of its own."""
