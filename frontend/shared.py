"""Shared variables: state that lives between calls, behind a variable of the graph."""

from __future__ import annotations

import copyreg
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from symc.arguments import fit
from symc.compiler.errors import NotSupported
from symc.exceptions import BadArgument
from symc.report import describe, mistake
from symc.runtime import Container
from symc.tensor.variable import TensorVariable
from symc.type import TensorType


class SharedVariable(TensorVariable):
    """A variable whose value is kept in a container, which functions read and update.

    container        the storage; variables with one container are one state
    default_update   the update that every function reaching the variable makes, or None
    """

    def __init__(
        self,
        type: TensorType,
        value: Any,
        name: str | None = None,
        *,
        strict: bool = False,
        allow_downcast: bool | None = None,
        container: Container | None = None,
    ) -> None:
        super().__init__(type, name=name)
        self.strict = strict
        self.allow_downcast = allow_downcast
        self.default_update: Any = None
        if container is None:
            container = Container(self._fitted(value, borrow=False))
        self.container = container

    def _fitted(self, value: Any, *, borrow: bool) -> np.ndarray[Any, Any]:
        """Return an array of this type in C order; the caller's own only where it may be kept."""
        array = fit(self.type, value, self.name, self.strict, self.allow_downcast)
        keep = borrow and array.flags.c_contiguous and array.flags.writeable and array.flags.aligned
        return array if keep else np.array(array, order="C")

    def get_value(
        self, borrow: bool = False, return_internal_type: bool = False
    ) -> np.ndarray[Any, Any]:
        """Return a copy of the value; with borrow the storage itself, if it may be looked into."""
        return self.container.get() if borrow else self.container.copy()

    def set_value(self, new_value: Any, borrow: bool = False) -> None:
        """Replace the value by one of the same dtype and rank; its sizes are free.

        With borrow the array given may become the storage, which functions then write into.
        """
        self.container.set(self._fitted(new_value, borrow=borrow))

    def zero(self, borrow: bool = False) -> None:
        """Set all elements to 0."""
        self.container.set(np.zeros_like(self.container.get()))

    def clone(self) -> SharedVariable:
        """Return a new variable of the same container."""
        copy = type(self)(
            self.type,
            None,
            self.name,
            strict=self.strict,
            allow_downcast=self.allow_downcast,
            container=self.container,
        )
        copy.default_update = self.default_update
        return copy

    def copy_leaf(self, memo: dict[int, Any]) -> SharedVariable:
        """Return a copy for a copied graph: with a container of its own, shared as before."""
        key = id(self.container)
        if key not in memo:
            memo[key] = Container(self.container.copy())
        copy = self.clone()
        copy.container = memo[key]
        return copy


class TensorSharedVariable(SharedVariable):
    """A shared tensor."""


def _rebuild_container(array: np.ndarray[Any, Any]) -> Container:
    return Container(array)


# What is pickled or copied together keeps sharing one container.
copyreg.pickle(Container, lambda container: (_rebuild_container, (container.copy(),)))


def shared(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    borrow: bool = False,
    broadcastable: Sequence[bool] | None = None,
    **options: Any,
) -> TensorSharedVariable:
    """Make a shared variable; its value fixes dtype and rank, not sizes.

    strict           refuse values that are not arrays of just this dtype
    allow_downcast   True lets set_value lose precision, None lets only Python floats do
    borrow           the array given may become the storage
    broadcastable    the dimensions that always have size 1; none if not given

    >>> w = shared(3.0, name="w")
    >>> w.get_value()
    array(3.)
    """
    if options.pop("target", "cpu") not in ("cpu", None) or options:
        raise mistake(NotSupported, f"shared: {', '.join(options) or 'a target other than cpu'}")
    _require_value(value)
    # NumPy loads its random numbers, for 10 ms, when they are first named.
    if "numpy.random" in sys.modules and isinstance(value, np.random.RandomState):
        from symc.tensor.random_state import shared_state

        return shared_state(value, name)
    array = np.asarray(value) if not isinstance(value, (int, float)) else _number(value)
    pattern = (False,) * array.ndim if broadcastable is None else tuple(broadcastable)
    type = TensorType(str(array.dtype), pattern)
    made = TensorSharedVariable(type, array, name, strict=strict, allow_downcast=allow_downcast)
    if borrow and isinstance(value, np.ndarray):
        made.set_value(value, borrow=True)
    return made


def _require_value(value: Any) -> None:
    if isinstance(value, TensorVariable):
        raise mistake(
            BadArgument,
            f"a shared variable holds a value; {describe(value)} is symbolic",
            help="compute its value first: shared(x.eval(...))",
        )
    if isinstance(value, str) or value is None:
        raise mistake(
            BadArgument,
            f"a shared variable takes an array or a number, not {value!r}",
        )
    if isinstance(value, (list, tuple)):
        raise mistake(
            BadArgument,
            "a shared variable takes an array or a number, not a list",
            help="make an array: numpy.asarray(value)",
        )


def _number(value: Any) -> np.ndarray[Any, Any]:
    """Take Python's numbers as NumPy does, floats as float64: a state is no constant."""
    return np.asarray(value) if isinstance(value, (bool, float)) else np.asarray(value, "int64")
