"""Operations that return their operand, and say something of it: Print, and derivatives."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from symc.compiler.value import Value
from symc.extension.null import grad_undefined
from symc.extension.op import Op
from symc.variable import Apply

if TYPE_CHECKING:
    from symc.build import Builder


class ViewOp(Op):
    """An operation that returns its operand; a class of the user's own says another derivative.

    Nothing is computed or copied for it.

    >>> from symc import grad
    >>> from symc.tensor import dscalar
    >>> class Reversed(ViewOp):
    ...     def grad(self, inputs, output_gradients):
    ...         return [-output_gradients[0]]
    >>> x = dscalar("x")
    >>> grad(Reversed()(x) ** 2, x).eval({x: 3.0})
    array(-6.)
    """

    __props__: tuple[str, ...] = ()
    view_map: ClassVar[Mapping[int, Sequence[int]]] = {0: [0]}

    def make_node(self, x: Any) -> Apply:
        """Return an application to a variable, with a result of its type."""
        from symc.tensor.conversion import as_variable

        x = as_variable(x)
        return Apply(self, [x], [x.type()])

    def lower(self, builder: Builder, owner: Apply, known: dict[Any, Value]) -> list[Value]:
        """Return the operand's Value."""
        return [known[owner.inputs[0]]]

    def perform(self, node: Apply, inputs: list[Any], output_storage: list[list[Any]]) -> None:
        """Return the operand."""
        output_storage[0][0] = inputs[0]

    def infer_shape(self, node: Apply, shapes: list[Any]) -> list[Any]:
        """Return the operand's shape."""
        return shapes

    def grad(self, inputs: Sequence[Any], output_gradients: Sequence[Any]) -> list[Any]:
        """Pass on what the result receives."""
        return list(output_gradients)

    def R_op(self, inputs: Sequence[Any], eval_points: Sequence[Any]) -> list[Any]:
        """Pass on how the operand changes."""
        return list(eval_points)


view_op = ViewOp()


class UndefinedGrad(ViewOp):
    """Return the operand, to which there is no derivative."""

    def grad(self, inputs: Sequence[Any], output_gradients: Sequence[Any]) -> list[Any]:
        """Return a derivative that is null."""
        return [grad_undefined(self, 0, inputs[0])]

    def R_op(self, inputs: Sequence[Any], eval_points: Sequence[Any]) -> list[Any]:
        """Return that nothing is known to change."""
        return [None]


def undefined_grad(x: Any) -> Any:
    """Return x; asking for a derivative through it raises NullTypeGradError."""
    return UndefinedGrad()(x)


def _print(op: Print, value: Any) -> None:
    """Write the attributes of a value, calling those that are methods."""
    for name in op.attrs:
        found = getattr(value, name)
        shown = found() if callable(found) else found
        sys.stdout.write(f"{op.message} {name} = {shown}\n")


class Print(ViewOp):
    """Return the operand, and print it each time it is computed.

    message     what is printed before each attribute
    attrs       the attributes of the array that are printed; of methods, what they return
    global_fn   takes this operation and the array instead

    It is not removed while its result is used, and derivatives pass through it.

    >>> from symc.tensor import dvector
    >>> x = dvector("x")
    >>> (Print("x is")(x) * 2).eval({x: [1.0, 2.0]})
    x is __str__ = [1. 2.]
    array([2., 4.])
    """

    __props__ = ("message", "attrs", "global_fn")

    def __init__(
        self,
        message: str = "",
        attrs: Sequence[str] = ("__str__",),
        global_fn: Callable[[Any, Any], Any] = _print,
    ) -> None:
        self.message = message
        self.attrs = tuple(attrs)
        self.global_fn = global_fn

    lower = None  # type: ignore[assignment]  # it is computed by perform

    def perform(self, node: Apply, inputs: list[Any], output_storage: list[list[Any]]) -> None:
        """Print the operand, and return it."""
        self.global_fn(self, inputs[0])
        output_storage[0][0] = inputs[0]

    def __str__(self) -> str:
        return f"Print{{message={self.message!r}}}"
