"""OpFromGraph: an operation that is a graph, with derivatives of its own if the user says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symc.clone import clone
from symc.compiler.value import Value
from symc.exceptions import BadUse, BadValue, MissingInput
from symc.extension.op import Op
from symc.extension.overrides import Override, Pullback, Pushforward
from symc.report import describe, mistake
from symc.shared import SharedVariable
from symc.tensor.conversion import as_variable
from symc.tensor.variable import TensorConstant
from symc.variable import Apply, Variable, ancestors

if TYPE_CHECKING:
    from symc.build import Builder


class OpFromGraph(Op):
    """An operation whose results are expressions of its operands.

    inputs            variables that stand for the operands
    outputs           a list of expressions of them, and of shared variables, which become operands
                      behind the others by themselves
    inline            for programs that pass it: it is always compiled as part of the graph
    lop_overrides     what derivatives flow back, instead of those of the graph; a function of the
                      lists (operands, results, what results receive), an OpFromGraph of all these,
                      a variable of NullType or DisconnectedType, 'default', or a list with one of
                      these for each operand; there None is DisconnectedType
    grad_overrides    the same without the results; one of both at most
    rop_overrides     the same for the R-operator, of (operands, their changes), for each result
    connection_pattern   for each operand whether each result depends on it
    name              what it is called

    >>> from symc import grad
    >>> from symc.tensor import dscalars
    >>> x, y = dscalars("x", "y")
    >>> double_slope = lambda inputs, slopes: [2 * slopes[0] * inputs[1], slopes[0] * inputs[0]]
    >>> product = OpFromGraph([x, y], [x * y], grad_overrides=double_slope)
    >>> grad(product(x, y), x).eval({x: 3.0, y: 5.0})
    array(10.)
    """

    def __init__(
        self,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        inline: bool = False,
        lop_overrides: Override = "default",
        grad_overrides: Override = "default",
        rop_overrides: Override = "default",
        connection_pattern: Sequence[Sequence[bool]] | None = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        _require_graph(inputs, outputs, options)
        self.inputs, self.outputs = list(inputs), list(outputs)
        self.is_inline = inline
        self.name = name
        self.shared_inputs = _shared(self.inputs, self.outputs)
        places = [*self.inputs, *self.shared_inputs]
        self.local_inputs = [x.type() for x in places]
        for own, x in zip(self.local_inputs, places, strict=True):
            own.name = x.name
        self.local_outputs = clone(self.outputs, list(zip(places, self.local_inputs, strict=True)))
        self._connections = connection_pattern
        self._pullback = Pullback(self, lop_overrides, grad_overrides)
        self._pushforward = Pushforward(self, rop_overrides)

    @property
    def transparent(self) -> bool:
        """Tell whether its derivatives are those of its graph."""
        return self._pullback.is_default and self._pushforward.is_default

    def make_node(self, *inputs: Any) -> Apply:
        """Return an application to variables of the types that it was made with."""
        if len(inputs) != len(self.inputs):
            raise mistake(
                BadValue,
                f"{self} takes another number of operands",
                expected=str(len(self.inputs)),
                got=str(len(inputs)),
            )
        given = [
            own.type.filter_variable(as_variable(x))
            for own, x in zip(self.local_inputs, inputs, strict=False)
        ]
        results = [y.type() for y in self.local_outputs]
        return Apply(self, [*given, *self.shared_inputs], results)

    def lower(self, builder: Builder, owner: Apply, known: dict[Any, Value]) -> list[Value]:
        """Return the Values of the graph, of the operands'."""
        operands = (known[x] for x in owner.inputs)
        inside = dict(zip(self.local_inputs, operands, strict=True))
        return builder.values(self.local_outputs, inside)

    def placed(self, variables: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
        """Return expressions of the graph's inputs as expressions of operands."""
        made: list[Any] = clone(
            list(variables), list(zip(self.local_inputs, inputs, strict=True)), strict=False
        )
        return made

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return for each operand whether each result depends on it."""
        if self._connections is not None:
            return [list(flags) for flags in self._connections]
        reached = [set(ancestors([y])) for y in self.local_outputs]
        found = [[x in seen for seen in reached] for x in self.local_inputs]
        return self._pullback.connections(found)

    def L_op(
        self, inputs: Sequence[Any], outputs: Sequence[Any], output_grads: Sequence[Any]
    ) -> list[Any]:
        """Return what flows back: as overridden, or the derivatives of the graph."""
        return self._pullback(inputs, outputs, output_grads)

    def R_op(self, inputs: Sequence[Any], eval_points: Sequence[Any]) -> list[Any]:
        """Return what flows forward: as overridden, or as the graph has it."""
        return self._pushforward(inputs, eval_points)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __str__(self) -> str:
        return f"{self.name or type(self).__name__}{{inline={self.is_inline}}}"


def _require_graph(inputs: Any, outputs: Any, options: dict[str, Any]) -> None:
    if not isinstance(outputs, list) or not isinstance(inputs, (list, tuple)):
        raise mistake(
            BadUse,
            "OpFromGraph: inputs and outputs are lists of variables",
            got=f"{inputs!r}, {outputs!r}",
        )
    for x in (*inputs, *outputs):
        if not isinstance(x, Variable):
            raise mistake(BadUse, "OpFromGraph: inputs and outputs are variables", got=repr(x))
    if unknown := {"updates", "givens"} & set(options):
        raise mistake(
            BadUse,
            f"OpFromGraph: an operation has no {' or '.join(sorted(unknown))}",
            help="give them to function",
        )


def _shared(inputs: Sequence[Any], outputs: Sequence[Any]) -> list[Any]:
    """Return the shared variables of a graph; raise MissingInput for another free one."""
    leaves = [x for x in ancestors(outputs, inputs) if x.owner is None and x not in inputs]
    for x in leaves:
        if not isinstance(x, (SharedVariable, TensorConstant)):
            raise mistake(
                MissingInput,
                f"OpFromGraph: the graph needs {describe(x)}, which is not among the inputs",
                help="add it to the inputs",
            )
    return [x for x in leaves if isinstance(x, SharedVariable)]
