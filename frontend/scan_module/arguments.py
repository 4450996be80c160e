"""The arguments of scan: sequences and outputs with their taps, and what stands for them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from msgspec import Struct

from symc.config import config
from symc.exceptions import BadValue
from symc.report import mistake
from symc.tensor.conversion import as_variable
from symc.type import TensorType


class Sequence(Struct, frozen=True):
    """A sequence and which of its rows a step is given, counted from its own."""

    variable: Any
    taps: tuple[int, ...]

    def cut(self, tap: int) -> Any:
        """Return the rows that a tap reads, that of the first step first.

        Tap 0 counts as read even if it is not, so that steps fit their sequence.
        """
        first, last = min(*self.taps, 0), max(*self.taps, 0)
        start, end = tap - first, last - tap
        rows = self.variable[start:-end] if end else self.variable[start:]
        if self.variable.name:
            rows.name = f"{self.variable.name}[{start}:{f'-{end}' if end else ''}]"
        return rows


class Output(Struct, frozen=True):
    """An output and what a step is given of those before it.

    initial   its value before the first step; rows of them where taps reach further back than one
              step; None for an output that no step is given
    taps      how many steps back each is, as negative numbers
    """

    initial: Any | None
    taps: tuple[int, ...]

    @property
    def depth(self) -> int:
        """Return how many steps back the taps reach."""
        return -min(self.taps, default=0)

    def starts(self) -> list[Any]:
        """Return the values of the steps before the first, the earliest first."""
        if self.initial is None:
            return []
        if self.taps == (-1,):
            return [self.initial]
        return [self.initial[k] for k in range(self.depth)]


def wrapped(given: Any) -> list[Any]:
    """Return a list of what is given: nothing, one thing, or several."""
    if given is None:
        return []
    return list(given) if isinstance(given, (list, tuple)) else [given]


def sequences(given: Any) -> list[Sequence]:
    """Return the sequences of scan, each with its taps."""
    return [_sequence(x, k) for k, x in enumerate(wrapped(given))]


def _sequence(given: Any, place: int) -> Sequence:
    taps: Any = None
    if isinstance(given, Mapping):
        if "input" not in given:
            raise mistake(BadValue, f"scan: sequence {place} has no 'input'", got=repr(given))
        given, taps = given["input"], given.get("taps")
    variable = as_variable(given)
    if variable.ndim == 0:
        raise mistake(
            BadValue,
            f"scan: sequence {place} has no rows to run over",
            expected="at least one dimension",
            got=str(variable.type),
            help="give what is the same in all steps as one of non_sequences",
        )
    return Sequence(variable, tuple(int(t) for t in wrapped(taps)) or (0,))


def outputs(given: Any) -> list[Output]:
    """Return what is known of the outputs of scan."""
    return [_output(x, k) for k, x in enumerate(wrapped(given))]


def _output(given: Any, place: int) -> Output:
    if given is None:
        return Output(None, ())
    if not isinstance(given, Mapping):
        return Output(as_variable(given), (-1,))
    initial, taps = given.get("initial"), given.get("taps")
    if given.get("return_steps") is not None:
        raise mistake(BadValue, "scan: return_steps is gone", help="index the result instead")
    if initial is None:
        if taps is not None:
            raise mistake(
                BadValue,
                f"scan: output {place} has taps but no initial value",
                help="give it as 'initial', with a row for each step that the taps reach back",
            )
        return Output(None, ())
    made = Output(as_variable(initial), _taps(taps, place))
    if made.depth > 1 and as_variable(initial).ndim == 0:
        raise mistake(
            BadValue,
            f"scan: the taps of output {place} reach back {made.depth} steps",
            expected="an initial value with a row for each of these steps",
            got=str(as_variable(initial).type),
            help="stack the values of the steps before the first, the earliest first",
        )
    return made


def _taps(given: Any, place: int) -> tuple[int, ...]:
    taps = tuple(int(t) for t in wrapped(given)) or (-1,)
    if len(set(taps)) != len(taps) or max(taps) >= 0:
        raise mistake(
            BadValue,
            f"scan: the taps of output {place} are steps back, each once",
            expected="different negative numbers",
            got=str(list(taps)),
        )
    return taps


def stand_in(variable: Any, name: str | None = None) -> Any:
    """Return a variable that stands for values like this one inside of a loop."""
    made = TensorType(variable.dtype, variable.broadcastable)()
    made.name = name
    if config.compute_test_value != "off":
        from symc.testvalue import get_test_value

        with suppress(AttributeError):  # said where the step computes with it
            made.tag.test_value = get_test_value(variable)
    return made


def step_name(variable: Any, tap: int) -> str | None:
    """Return the name of a row of a variable: `x[t-1]`."""
    return f"{variable.name}[t{tap:+d}]".replace("+0", "") if variable.name else None
