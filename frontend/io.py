"""What a user says about one input or output of a function."""

from __future__ import annotations

from copy import copy
from typing import Any

from symc.exceptions import BadUse, BadValue
from symc.report import mistake
from symc.tensor.conversion import as_variable
from symc.variable import Variable


class In:
    """One input of a function.

    variable         the variable, which may be an intermediate one
    name             its keyword in calls; the variable's name if not given
    value            its value when a call gives none
    update           its next default value, computed by each call
    strict, allow_downcast   what values it takes; the function's own rule if not given
    borrow, mutable  allow symc to keep or change the argument's memory; it does neither
    """

    def __init__(
        self,
        variable: Any,
        name: str | None = None,
        value: Any = None,
        update: Any = None,
        mutable: bool | None = None,
        strict: bool = False,
        allow_downcast: bool | None = None,
        autoname: bool = True,
        implicit: bool | None = None,
        borrow: bool | None = None,
        shared: bool = False,
    ) -> None:
        if not isinstance(variable, Variable):
            raise mistake(BadUse, f"an input is a variable, not {variable!r}")
        if update is not None and value is None:
            raise mistake(BadValue, f"the input {variable!r} has an update but no first value")
        self.variable: Any = variable
        self.name = name if name is not None or not autoname else variable.name
        self.value = value
        self.update = None if update is None else as_variable(update)
        self.strict = strict
        self.allow_downcast = allow_downcast
        self.borrow = borrow
        self.mutable = mutable

    def without_update(self) -> In:
        """Return this input with a default that calls do not change."""
        other = copy(self)
        other.update = None
        return other

    def __repr__(self) -> str:
        return f"In({self.variable!r})"


Param = In


class Out:
    """One output of a function; borrow allows it to share memory with symc, which it never does."""

    def __init__(self, variable: Any, borrow: bool = False) -> None:
        self.variable = as_variable(variable)
        self.borrow = borrow

    def __repr__(self) -> str:
        return f"Out({self.variable!r}, {self.borrow})"
