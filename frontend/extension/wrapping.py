"""as_op: an operation of a Python function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pickle import PicklingError
from typing import Any

from symc.exceptions import BadUse, BadValue
from symc.extension.op import Op
from symc.extension.type import Type
from symc.report import mistake
from symc.variable import Apply


class FromFunctionOp(Op):
    """An operation that a function of arrays computes; it has no gradient.

    Two of one function are equal. It travels through pickle by the name of its function's module
    and of itself.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        itypes: Sequence[Type],
        otypes: Sequence[Type],
        infer_shape: Callable[..., Any] | None,
    ) -> None:
        self.fn = fn
        self.itypes = list(itypes)
        self.otypes = list(otypes)
        if infer_shape is not None:
            self.infer_shape = infer_shape

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and bool(self.fn == other.fn)

    def __hash__(self) -> int:
        return hash((type(self), self.fn))

    def __str__(self) -> str:
        return f"FromFunctionOp{{{self.fn.__name__}}}"

    def perform(self, node: Apply, inputs: list[Any], output_storage: list[list[Any]]) -> None:
        """Call the function, which returns one result or a tuple or list of several."""
        made = self.fn(*inputs)
        results = made if isinstance(made, (tuple, list)) else (made,)
        if len(results) != len(output_storage):
            raise mistake(
                BadValue,
                f"{self}: the function returned another number of results than otypes says",
                expected=str(len(output_storage)),
                got=str(len(results)),
            )
        for cell, result in zip(output_storage, results, strict=True):
            cell[0] = result

    def __reduce__(self) -> tuple[Any, ...]:
        module, name = self.fn.__module__, self.fn.__name__
        if found(module, name) is not self:
            raise PicklingError(f"{self} is not what {module}.{name} is, so it cannot be pickled")
        return found, (module, name)


def found(module: str, name: str) -> Any:
    """Return what a module has under a name, None for nothing."""
    return getattr(import_module(module), name, None)


def as_op(
    itypes: Any, otypes: Any, infer_shape: Callable[..., Any] | None = None
) -> Callable[[Callable[..., Any]], FromFunctionOp]:
    """Return a decorator that makes an operation of a function of arrays.

    itypes, otypes   a type, or a list of types, of operands and results
    infer_shape      takes the application and the shapes of its operands, as tuples of variables,
                     and returns those of the results

    >>> import numpy as np
    >>> from symc.tensor import dmatrix, dvector
    >>> @as_op(itypes=[dmatrix], otypes=[dvector])
    ... def diagonal(x):
    ...     return np.diag(x).copy()
    >>> x = dmatrix("x")
    >>> diagonal(x).eval({x: [[1.0, 2.0], [3.0, 4.0]]})
    array([1., 4.])
    """
    takes, gives = _types("itypes", itypes), _types("otypes", otypes)
    if infer_shape is not None and not callable(infer_shape):
        raise mistake(BadUse, f"as_op: infer_shape is a function, not {infer_shape!r}")
    return lambda fn: FromFunctionOp(fn, takes, gives, infer_shape)


def _types(what: str, given: Any) -> list[Type]:
    listed = list(given) if isinstance(given, (list, tuple)) else [given]
    for type in listed:
        if not isinstance(type, Type):
            raise mistake(
                BadUse,
                f"as_op: {what} is a list of types",
                expected="types such as symc.tensor.dvector",
                got=repr(type),
            )
    return listed
