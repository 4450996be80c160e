"""Derivatives that are none: those that are not defined, and those of what nothing depends on."""

from __future__ import annotations

from typing import Any

from symc.exceptions import BadUse
from symc.extension.type import Type
from symc.report import mistake


class NullType(Type):
    """The type of a derivative that is not there; `why_null` says why.

    >>> NullType("the count has no derivative")().type.why_null
    'the count has no derivative'
    """

    __props__ = ("why_null",)

    def __init__(self, why_null: str = "(no reason is given)") -> None:
        self.why_null = why_null

    def filter(self, value: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Refuse any value."""
        raise mistake(BadUse, f"a derivative that is null has no value: {self.why_null}")

    def __str__(self) -> str:
        return "NullType"


class DisconnectedType(Type):
    """The type of a derivative to what the cost does not depend on."""

    __props__ = ()

    def filter(self, value: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Refuse any value."""
        raise mistake(BadUse, "a derivative that is disconnected has no value")


null_type = NullType
disconnected_type = DisconnectedType()


def grad_undefined(op: Any, x_pos: int, x: Any, comment: str = "") -> Any:
    """Return what an operation's `grad` gives for an operand to which it has no derivative.

    Asking for that derivative raises NullTypeGradError with these words.
    """
    return _null(op, x_pos, x, "is not defined", comment)


def grad_not_implemented(op: Any, x_pos: int, x: Any, comment: str = "") -> Any:
    """Return what an operation's `grad` gives for an operand whose derivative nobody wrote yet."""
    return _null(op, x_pos, x, "is not implemented", comment)


def _null(op: Any, x_pos: int, x: Any, why: str, comment: str) -> Any:
    words = f"the derivative of {op} to its operand {x_pos}, {x}, {why}"
    return NullType(f"{words}: {comment}" if comment else words)()


def is_null(x: Any) -> bool:
    """Tell whether a variable is a derivative that is not there."""
    return isinstance(x.type, NullType)


def is_disconnected(x: Any) -> bool:
    """Tell whether a variable is the derivative to what nothing depends on."""
    return isinstance(x.type, DisconnectedType)
