"""The types of variables: what a user's own type says, and the type of any Python object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symc.extension.compared import Compared

if TYPE_CHECKING:
    from symc.variable import Variable


class Type(Compared):
    """What the values of a variable are; calling a type makes a variable of it.

    A type of the user's own defines `filter`; its variables go into and come out of functions and
    of operations in Python. Types are equal as `__props__` says, or by identity.

    >>> class Text(Type):
    ...     __props__ = ()
    ...     def filter(self, value, strict=False, allow_downcast=None):
    ...         if not isinstance(value, str):
    ...             raise TypeError("a text is needed")
    ...         return value
    >>> Text()("title")
    title
    """

    __slots__ = ()

    def filter(self, value: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Return a value as one of this type; raise TypeError where it is none."""
        from symc.compiler.errors import NotSupported

        raise NotSupported(f"{self}: a type says which values it takes, in its method filter")

    def is_valid_value(self, value: Any) -> bool:
        """Tell whether a value is one of this type as it is."""
        try:
            self.filter(value, strict=True)
        except (TypeError, ValueError):
            return False
        return True

    def filter_variable(self, other: Any, allow_convert: bool = True) -> Any:
        """Return a variable of this type; raise TypeError where it is of another."""
        if not self.accepts(other.type):
            raise TypeError(f"{other!r} of type {other.type} is no {self}")
        return other

    def convert_variable(self, variable: Any) -> Any:
        """Return a variable as one of this type, or None where it is of another."""
        return variable if self.accepts(variable.type) else None

    def accepts(self, other: Type) -> bool:
        """Tell whether every value of another type is one of this type."""
        return self == other

    def values_eq(self, a: Any, b: Any) -> bool:
        """Tell whether two values are equal."""
        return bool(a == b)

    def values_eq_approx(self, a: Any, b: Any) -> bool:
        """Tell whether two values are equal up to rounding."""
        return self.values_eq(a, b)

    def may_share_memory(self, a: Any, b: Any) -> bool:
        """Tell whether two values may lie in the same memory."""
        return False

    def make_variable(self, name: str | None = None) -> Variable:
        """Make a variable of this type."""
        from symc.variable import Variable

        return Variable(self, name=name)

    def __call__(self, name: str | None = None) -> Any:
        """Make a variable of this type."""
        return self.make_variable(name)


class Generic(Type):
    """The type of any Python object."""

    __props__ = ()

    def filter(self, value: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Return the object."""
        return value


generic = Generic()
"""The one type of any Python object."""


def is_tensor(type: Any) -> bool:
    """Tell whether values of a type are arrays of the compiler."""
    from symc.type import TensorType

    return isinstance(type, TensorType)
