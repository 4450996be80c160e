"""What an artefact is made from: modules under names, and the shared variables they use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from numpy.typing import NDArray

from symc.compiler.module import Module


class Shared(Struct, frozen=True, eq=False):
    """A shared variable: functions that name the same object share it.

    name    the user's name, '' for none
    value   its value when the artefact is made
    """

    name: str
    value: NDArray[Any]


class Source(Struct, frozen=True, eq=False):
    """One function: its module before any pass, and what the module does not know.

    name      the user's name
    module    its states are those of `states`, in order
    states    the shared variables
    outputs   the user's names of the outputs, '' for none
    """

    name: str
    module: Module
    states: tuple[Shared, ...] = ()
    outputs: tuple[str, ...] = ()


def written(sources: Iterable[Source]) -> tuple[Shared, ...]:
    """Return the shared variables that some function updates, in the order of first use."""
    sources = list(sources)
    updated = set()
    for source in sources:
        inputs = len(source.module.parameters) - len(source.states)
        updated |= {source.states[index - inputs] for index, _ in source.module.updates}
    used = dict.fromkeys(state for source in sources for state in source.states)
    return tuple(state for state in used if state in updated)
