"""What a user says about one input or output of a function."""

from __future__ import annotations

from copy import copy
from typing import Any

from symc.exceptions import BadUpdate, BadUse, BadValue
from symc.report import describe, mistake
from symc.tensor.conversion import as_variable
from symc.variable import Variable


class In:
    """One input of a function.

    variable         the variable, which may be an intermediate one
    name             its keyword in calls; the variable's name if not given
    value            its value when a call gives none; or a container (`f.container[x]`, or that of
                     a shared variable), which then keeps the value for several functions
    update           its next default value, computed by each call
    strict           take only arrays of just its dtype
    allow_downcast   what values it takes; the function's own rule if not given
    mutable          allow calls to write into the argument's memory; an output may be that memory
    implicit         refuse a value from a call: the default alone serves
    borrow           has no effect: calls keep no argument, so there is nothing to copy
    shared           has no effect

    Raises BadUse, BadUpdate where the update has another type, BadValue where an input is mutable
    and not borrowed.
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
        if mutable and borrow is False:
            raise mistake(
                BadValue,
                f"the input {variable!r} is mutable and not borrowed",
                help="leave borrow out: what may be written into need not be copied",
            )
        self.variable: Any = variable
        self.name = name if name is not None or not autoname else variable.name
        self.value = value
        self.update = None if update is None else _fitting(variable, update)
        self.strict = strict
        self.allow_downcast = allow_downcast
        self.borrow = True if mutable else borrow
        self.mutable = bool(mutable)
        self.implicit = bool(implicit)
        self.shared = shared

    def without_update(self) -> In:
        """Return this input with a default that calls do not change."""
        other = copy(self)
        other.update = None
        return other

    def __repr__(self) -> str:
        if self.update is None:
            return f"In({self.variable!r})"
        return f"In({self.variable!r} -> {self.update!r})"


def _fitting(variable: Any, update: Any) -> Any:
    """Return the new default of an input as a variable of its type."""
    new = as_variable(update)
    if not variable.type.accepts(new.type):
        raise mistake(
            BadUpdate,
            f"the update of the input {describe(variable)} has another type",
            expected=str(variable.type),
            got=str(new.type),
        )
    return new


class Param(In):
    """An input, by the older name and order of arguments: the default comes before the name."""

    def __init__(
        self,
        variable: Any,
        default: Any = None,
        name: str | None = None,
        mutable: bool = False,
        strict: bool = False,
        allow_downcast: bool | None = None,
        implicit: bool | None = None,
        borrow: bool | None = None,
    ) -> None:
        super().__init__(
            variable,
            name,
            default,
            mutable=mutable,
            strict=strict,
            allow_downcast=allow_downcast,
            implicit=implicit,
            borrow=borrow,
        )

    @property
    def default(self) -> Any:
        """Return the value when a call gives none."""
        return self.value


class Out:
    """One output of a function.

    borrow has no effect: each call makes a new array, which is the caller's alone.
    """

    def __init__(self, variable: Any, borrow: bool = False) -> None:
        self.variable = as_variable(variable)
        self.borrow = borrow

    def __repr__(self) -> str:
        return f"Out({self.variable!r},{self.borrow})"
