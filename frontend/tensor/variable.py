"""Tensor variables and constants: the operators and methods a user writes on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from symc.compiler.expression import Expression
from symc.compiler.op import Op
from symc.exceptions import BadUse
from symc.report import describe, mistake
from symc.tensor import application, numpy_protocol, shaping, subtensor
from symc.tensor.methods import TensorMethods
from symc.type import TensorType
from symc.variable import Apply, Variable

COMPARISONS = frozenset({"less", "less_equal", "greater", "greater_equal"})


class TensorVariable(TensorMethods, Variable, Expression):
    """A tensor of the user's graph."""

    type: TensorType

    __array_priority__ = 1000  # NumPy's arrays leave their operators to ours

    @property
    def dtype(self) -> str:
        """Return the name of the element type."""
        return self.type.dtype

    @property
    def ndim(self) -> int:
        """Return the number of dimensions."""
        return self.type.ndim

    @property
    def broadcastable(self) -> tuple[bool, ...]:
        """Return, for each dimension, whether it is known to have size 1."""
        return self.type.broadcastable

    def as_size(self) -> int | None:
        """Return the number this 0-d integer is known to be, or None."""
        return application.known_size(self)

    def __symc_apply__(self, op: Op, operands: tuple[Any, ...], attributes: dict[str, Any]) -> Any:
        return application.apply(op, operands, attributes)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return numpy_protocol.apply_ufunc(ufunc, method, inputs, options)

    def __array_function__(
        self, function: Any, types: Any, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        return numpy_protocol.apply_function(function, args, options)

    def __bool__(self) -> bool:
        if self.owner is not None and self.owner.kind in COMPARISONS:
            raise mistake(
                BadUse,
                "a comparison of symbolic variables has no truth value while the graph is built",
                got=describe(self),
                help="use switch, and_ or or_; write a < b < c as and_(a < b, b < c)",
            )
        return True

    def __int__(self) -> int:
        raise self._no_number("int", "cast(x, 'int64')")

    __index__ = __int__  # range(n) asks for it

    def __float__(self) -> float:
        raise self._no_number("float", "cast(x, 'float64')")

    def __complex__(self) -> complex:
        raise self._no_number("complex", "cast(x, 'complex128')")

    def _no_number(self, kind: str, cast: str) -> Exception:
        return mistake(
            BadUse,
            f"{self!r} is symbolic: it is no {kind} while the graph is built",
            got=describe(self),
            help=f"write the formula with symc.tensor's functions, such as {cast}; "
            "x.eval({...}) computes a value",
        )

    def __len__(self) -> int:
        raise mistake(
            BadUse, f"{self!r} has no length while the graph is built", help="use x.shape[0]"
        )

    def __iter__(self) -> Iterator[Any]:
        length = shaping.vector_length(self)
        if length is None:
            raise mistake(
                BadUse,
                f"{self!r} cannot be iterated over: its length is not known while building",
                got=describe(self),
                help="take its elements one by one: x[k]",
            )
        return iter([self[k] for k in range(length)])

    def __getitem__(self, key: Any) -> Any:
        return subtensor.take_items(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise mistake(
            BadUse,
            "a symbolic variable cannot be assigned to",
            help="use y = set_subtensor(x[...], value)",
        )

    def __pos__(self) -> Any:
        return self

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self

    def __lshift__(self, other: Any) -> Any:
        return application.call("shift_left", self, other)

    def __rshift__(self, other: Any) -> Any:
        return application.call("shift_right", self, other)

    def __contains__(self, item: Any) -> bool:
        raise mistake(
            BadUse,
            f"whether {self!r} contains a value is not known while the graph is built",
            help="use any(eq(x, value))",
        )

    # `==` stays identity: variables are keys of dicts and sets. It is answered here, since an array
    # that is asked next would make an expression, which is true.
    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = Variable.__hash__


class TensorConstant(TensorVariable):
    """A known array in the user's graph."""

    def __init__(self, type: TensorType, data: Any, name: str | None = None) -> None:
        super().__init__(type, name=name)
        array = np.array(data, dtype=type.dtype, order="C")
        array.setflags(write=False)
        self.data = array

    @property
    def value(self) -> np.ndarray[Any, Any]:
        """Return the array, which is read-only."""
        return self.data

    def clone(self) -> TensorConstant:
        """Return a new constant of the same array."""
        return TensorConstant(self.type, self.data, self.name)

    def copy_leaf(self, memo: dict[int, Any]) -> TensorConstant:
        """Return a copy for a copied graph."""
        return self.clone()

    def __str__(self) -> str:
        if self.name is not None:
            return self.name
        text = np.array2string(self.data, threshold=10, edgeitems=2).replace("\n", "")
        return f"TensorConstant{{{text}}}"


def make_variable(type: TensorType, owner: Apply) -> TensorVariable:
    """Make the output of an application."""
    return TensorVariable(type, owner=owner, index=0)
