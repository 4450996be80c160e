"""Operations of the user's own: the protocol of Theano's Op."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from symc.compiler.errors import NotSupported, TypeMismatch
from symc.exceptions import BadUse, BadValue
from symc.extension.compared import Compared
from symc.location import capture
from symc.report import complaint, describe, mistake
from symc.variable import Apply, Variable


class MethodNotDefined(NotSupported, AttributeError):
    """Report a method that an operation needs and its class does not define."""

    code = "E106"


class Op(Compared):
    """An operation that the user computes in Python.

    A class of the user's own defines `perform`, and either `itypes` and `otypes` or `make_node`;
    it may define `grad` or `L_op`, `R_op`, `infer_shape` and `connection_pattern`. Operations that
    are equal, as `__props__` says, are computed once where their operands are the same.

    itypes, otypes   the types of operands and results
    default_output   which result a call returns; by default all, or the only one
    view_map, destroy_map   {result: [operand]} that the result lies in, or that perform overwrites;
                            operands to overwrite are copies
    name             for the user; `str(op)` is how errors call it

    >>> from symc.tensor import dvector
    >>> class Double(Op):
    ...     __props__ = ()
    ...     itypes, otypes = [dvector], [dvector]
    ...     def perform(self, node, inputs, output_storage):
    ...         output_storage[0][0] = inputs[0] * 2
    ...     def infer_shape(self, node, shapes):
    ...         return shapes
    ...     def grad(self, inputs, output_gradients):
    ...         return [output_gradients[0] * 2]
    >>> x = dvector("x")
    >>> Double()(x).eval({x: [1.0, 2.0]})
    array([2., 4.])
    """

    name: Any = None
    default_output: int | None = None
    view_map: ClassVar[Mapping[int, Sequence[int]]] = {}
    destroy_map: ClassVar[Mapping[int, Sequence[int]]] = {}

    # --- applying it

    def make_node(self, *inputs: Any) -> Apply:
        """Return an application to variables of `itypes`, with results of `otypes`.

        Raises TypeMismatch where a variable is of another type.
        """
        takes = getattr(self, "itypes", None)
        gives = getattr(self, "otypes", None)
        if takes is None or gives is None:
            raise mistake(
                MethodNotDefined,
                f"{self} does not say what it is applied to",
                help="define itypes and otypes, or make_node",
            )
        if len(inputs) != len(takes):
            raise mistake(
                BadValue,
                f"{self} takes another number of operands",
                expected=str(len(takes)),
                got=str(len(inputs)),
            )
        given = [self._operand(*pair) for pair in zip(takes, inputs, strict=True)]
        return Apply(self, given, [type() for type in gives])

    def _operand(self, wanted: Any, given: Any) -> Any:
        from symc.tensor.conversion import as_tensor_variable

        x = given if isinstance(given, Variable) else as_tensor_variable(given)
        if x.type != wanted:
            raise mistake(
                TypeMismatch,
                f"{self} takes variables of its itypes alone",
                expected=str(wanted),
                got=describe(x),
                help="convert the operand, or define make_node",
            )
        return x

    def __call__(self, *inputs: Any, return_list: bool = False, **options: Any) -> Any:
        """Return the results of an application: one, or all as a list.

        return_list   a list even of one; further options are those of make_node
        """
        from symc.tensor.application import note

        made = self.make_node(*inputs, **options)
        if not isinstance(made, Apply):
            raise mistake(
                BadUse,
                f"{self}: make_node returns no application",
                expected="symc.Apply(self, operands, results)",
                got=repr(made),
            )
        made.location = capture()  # the line that applies it tells the user more than make_node's
        note(made)
        if self.default_output is not None:
            chosen = made.outputs[self.default_output]
            return [chosen] if return_list else chosen
        if return_list or len(made.outputs) != 1:
            return list(made.outputs)
        return made.outputs[0]

    # --- computing it

    def perform(self, node: Apply, inputs: list[Any], output_storage: list[list[Any]]) -> None:
        """Compute the results of arrays and put each into its cell, a list of one element."""
        require_perform(self)

    def do_constant_folding(self, node: Apply) -> bool:
        """Tell whether it may be computed when its operands are constants; symc never does so."""
        return True

    # --- derivatives

    def L_op(  # Theano's name
        self, inputs: Sequence[Any], outputs: Sequence[Any], output_grads: Sequence[Any]
    ) -> Any:
        """Return what each operand receives when results receive derivatives; by `grad`."""
        own = getattr(self, "grad", None)
        if own is None:
            raise MethodNotDefined(
                f"{self} has no gradient: its class defines neither grad nor L_op"
            )
        return own(inputs, output_grads)

    def R_op(self, inputs: Sequence[Any], eval_points: Sequence[Any]) -> Any:  # Theano's name
        """Return how results change when operands change; by default the transpose of L_op."""
        from symc.extension.derivatives import transposed

        return transposed(self, list(inputs), list(eval_points))


def require_perform(op: Op, where: Any = None) -> None:
    """Raise MethodNotDefined where an operation cannot be computed."""
    if type(op).perform is not Op.perform:
        return
    has_code = hasattr(op, "c_code") or hasattr(op, "c_code_file")
    raise complaint(
        MethodNotDefined,
        f"{op} has C code alone, which symc does not run"
        if has_code
        else f"{op} does not say how it is computed",
        where or capture(),
        help="define perform(node, inputs, output_storage)",
    )
