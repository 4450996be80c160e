"""NanGuardMode: NaN, infinity and huge values are errors, at the line that makes the first one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symc.build import Built
from symc.checking import Probe, written
from symc.compiler.errors import Error
from symc.compiler.module import Module
from symc.compiler.types import holds_floats
from symc.compiler.value import Value
from symc.failure import in_step
from symc.interpreted import Failed, LocatedRun
from symc.location import NOWHERE, Capture
from symc.mode import Mode
from symc.report import complaint, mistake

__all__ = ["BIG", "InvalidValue", "NanGuardMode", "contains_inf", "contains_nan"]

BIG = 1e10
"""What a value may be at most, as in Theano."""

Array = np.ndarray[Any, Any]


class InvalidValue(Error, AssertionError):
    """Report an input, intermediate or result that is NaN, infinite or huge."""

    code = "E175"


class NanGuardMode(Mode):
    """A mode in which NaN, infinity and values beyond 1e10 end the call with an error.

    nan_is_error, inf_is_error, big_is_error   which of them do
    optimizer    the pipeline; linker is taken for programs that pass it

    Inputs, states, and all that is written to memory are looked at, of loops what they hand on or
    keep; what a kernel keeps in registers, or a step for itself, is not. Then NumPy finds the
    operation that made the first such value. State is left unchanged.
    """

    __slots__ = ("big_is_error", "inf_is_error", "nan_is_error")

    def __init__(
        self,
        nan_is_error: bool = True,
        inf_is_error: bool = True,
        big_is_error: bool = True,
        optimizer: str | None = "default",
        linker: str | None = None,
    ) -> None:
        Mode.__init__(self, "guard", optimizer)
        self.nan_is_error = nan_is_error
        self.inf_is_error = inf_is_error
        self.big_is_error = big_is_error
        if not (nan_is_error or inf_is_error or big_is_error):
            raise mistake(InvalidValue, "NanGuardMode: nothing is an error")

    def found(self, array: Array) -> str:
        """Return which errors an array holds, in words; '' for none."""
        if not holds_floats(array):
            return ""
        with np.errstate(all="ignore"):
            size = np.abs(array)
            checks = (
                (self.nan_is_error, "NaN", np.isnan(size)),
                (self.inf_is_error, "infinity", np.isinf(size)),
                (self.big_is_error, f"values beyond {BIG:g}", (size > BIG) & np.isfinite(size)),
            )
        return " and ".join(name for wanted, name, where in checks if wanted and where.any())


def contains_nan(array: Any) -> bool:
    """Tell whether an array holds NaN."""
    return bool(np.isnan(array).any())


def contains_inf(array: Any) -> bool:
    """Tell whether an array holds an infinity."""
    return bool(np.isinf(array).any())


class Guard:
    """One function of NanGuardMode; the probe computes what is looked at."""

    def __init__(self, built: Built, mode: NanGuardMode, probe: Probe) -> None:
        self.built = built
        self.mode = mode
        self.probe = probe

    def check(self, arrays: Sequence[Array]) -> None:
        """Raise InvalidValue if a call with these arguments meets a bad value."""
        states = [variable.container.get() for variable in self.built.states]
        for parameter, array in zip(self.built.module.parameters, (*arrays, *states), strict=True):
            bad = self.mode.found(array)
            if bad:
                kind = "state" if parameter.kind == "state" else "input"
                raise complaint(InvalidValue, f"{kind} {parameter.name} holds {bad}", NOWHERE)
        for value, array in zip(self.probe.results, self.probe.run(*arrays), strict=False):
            bad = self.mode.found(array)
            if bad:
                raise self._located(value, bad, (*arrays, *states))

    def _located(self, made: Value, bad: str, arrays: Sequence[Array]) -> Error:
        """Return the error for the first value that is bad while its operands are not."""
        try:
            LookingRun(self.built.module, arrays, self.mode).compute(self.built.module.roots())
        except Bad as first:
            error = complaint(
                InvalidValue,
                f"{first.value.op.name} makes {first.found}",
                self._line(first.value),
                help="NanGuardMode(nan_is_error=False) lets NaN pass, and so on",
            )
            return in_step(error, first.steps) if first.steps else error
        except Failed:
            pass
        return complaint(InvalidValue, f"a kernel makes {bad}", self._line(made))

    def _line(self, value: Value) -> Capture:
        known = 0 <= value.site < len(self.built.captures)
        return self.built.captures[value.site] if known else NOWHERE


class Bad(Exception):  # never seen by the user
    """Carry the first value that an error is found in, and the steps of loops that it stands in."""

    def __init__(self, value: Value, found: str, steps: tuple[int, ...]) -> None:
        super().__init__(value, found)
        self.value = value
        self.found = found
        self.steps = steps


class LookingRun(LocatedRun):
    """A run that looks at each value, those of steps and arms too, and raises Bad."""

    def __init__(self, module: Module, arrays: Sequence[Array], mode: NanGuardMode) -> None:
        super().__init__(module, arrays)
        self.mode = mode

    def _compute(self, value: Value) -> Any:
        made = super()._compute(value)
        if value.op.family != "leaf":
            for array in made:
                found = self.mode.found(array)
                if found:
                    raise Bad(value, found, self.steps)
        return made


def interpreting(built: Built) -> Probe:
    """Return what computes in NumPy all that loops and branches make, and the roots."""
    module = built.module
    roots = (*module.outputs, *(new for _, new in module.updates))
    results = tuple(dict.fromkeys((*written(module), *roots)))

    def run(*arrays: Array) -> list[Array]:
        states = [variable.container.get() for variable in built.states]
        call = LocatedRun(module, (*arrays, *states))
        try:
            return [call.value(value) for value in results]
        except Failed:
            return []  # the function itself says what is wrong

    return Probe("", results, run)


def guarded(
    built: Built,
    mode: Any,
    convert: Callable[[int, Any], Array],
    run: Callable[..., Any],
    probe: Probe,
) -> Callable[..., Any]:
    """Return what a call does: look at all values, then run the function itself."""
    guard = Guard(built, mode, probe)

    def call(*values: Any) -> Any:
        arrays = [convert(index, value) for index, value in enumerate(values)]
        guard.check(arrays)
        return run(*arrays)

    return call
