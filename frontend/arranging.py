"""Puts what a call gives, by place and by name, and the defaults into the order of the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symc.defaults import Defaults
from symc.exceptions import BadArgument
from symc.io import In
from symc.report import describe, mistake


class Arranger:
    """Arranges the arguments of one function, and says what is wrong with them.

    title      how errors name the function
    defaults   the values that inputs have when a call gives none
    """

    def __init__(self, inputs: Sequence[In], defaults: Defaults, name: str | None) -> None:
        self.inputs = inputs
        self.defaults = defaults
        self.title = f"function {name!r}" if name else "the function"
        self.implicit = [k for k, entry in enumerate(inputs) if entry.implicit]
        self._places = _places(inputs)

    def arranged(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """Return the values of all inputs. Raises BadArgument."""
        count = len(self.inputs)
        if len(args) > count:
            raise mistake(
                BadArgument,
                f"{self.title} takes {_counted(count, 'argument')}, not {len(args)}",
                expected=self._wanted(),
            )
        values = dict(enumerate(args))
        for key, value in named.items():
            place = self._place(key)
            if place in values:
                raise mistake(
                    BadArgument,
                    f"{self.title} got two values for {key!r}",
                    expected=self._wanted(),
                )
            values[place] = value
        self._refuse_implicit(values)
        return tuple(values[k] if k in values else self._default(k, values) for k in range(count))

    def _refuse_implicit(self, values: dict[int, Any]) -> None:
        for place in self.implicit:
            if place in values:
                variable = describe(self.inputs[place].variable)
                raise mistake(BadArgument, f"{self.title} got a value for {variable}, implicit")

    def _default(self, place: int, values: dict[int, Any]) -> Any:
        default = self.defaults.all[place]
        if default.given:
            kept = default.value
            return np.array(kept) if type(kept) is np.ndarray else kept
        missing = [
            describe(x.entry.variable)
            for k, x in enumerate(self.defaults)
            if k not in values and not x.given
        ]
        raise mistake(
            BadArgument,
            f"{self.title} misses {_counted(len(missing), 'input')}: {'; '.join(missing)}",
            expected=self._wanted(),
        )

    def _place(self, key: str) -> int:
        places = self._places.get(key, [])
        if len(places) == 1:
            return places[0]
        if places:
            raise mistake(
                BadArgument,
                f"{self.title} has several inputs named {key!r}",
                expected=self._wanted(),
                help="give them by place",
            )
        raise mistake(
            BadArgument, f"{self.title} has no input named {key!r}", expected=self._wanted()
        )

    def takes(self, key: str) -> bool:
        """Tell whether an input has a name."""
        return key in self._places

    def _wanted(self) -> str:
        return ", ".join(describe(entry.variable) for entry in self.inputs) or "no arguments"


def _places(inputs: Sequence[In]) -> dict[str, list[int]]:
    """Return the places of the inputs of each name."""
    places: dict[str, list[int]] = {}
    for place, entry in enumerate(inputs):
        if entry.name is not None:
            places.setdefault(entry.name, []).append(place)
    return places


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
