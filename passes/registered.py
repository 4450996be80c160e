"""The rules and passes that users add: where each runs, and which of them a mode takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from symc.compiler.errors import InternalError
from symc.compiler.module import Module
from symc.passes.rewrite import Rewriting
from symc.passes.rule import Rule

Step = Callable[[Module], Module]


class Chosen(Protocol):
    """What is asked of a mode."""

    @property
    def include(self) -> frozenset[str]:
        """Return the names added."""

    @property
    def exclude(self) -> frozenset[str]:
        """Return the names left out."""


class Entry(Struct, frozen=True):
    """A rule or pass of the user's.

    name      by which it is included, excluded and shown
    step      the Rule, or a function Module -> Module
    place     the pass that a rule joins, or that a pass follows
    always    whether every mode takes it that does not exclude it; else those that include it
    version   what changes when its meaning does; '' keeps functions made with it out of the cache
    """

    name: str
    step: Rule | Step
    place: str
    always: bool
    version: str

    def taken(self, mode: Chosen) -> bool:
        """Tell whether a mode takes it."""
        return self.name not in mode.exclude and (self.always or self.name in mode.include)


_ENTRIES: dict[str, Entry] = {}


def add(entry: Entry) -> None:
    """Register an entry; one of the same name is replaced."""
    _ENTRIES[entry.name] = entry


def remove(name: str) -> None:
    """Forget an entry; raises KeyError where there is none of that name."""
    del _ENTRIES[name]


def entries() -> tuple[Entry, ...]:
    """Return all entries, in the order in which they were added."""
    return tuple(_ENTRIES.values())


def joined(step: Step, name: str, mode: Chosen) -> Iterator[Step]:
    """Yield a pass with the user's rules that join it, then the user's passes that follow it.

    The user's rules are offered a value before the pass's own.
    """
    here = [e for e in _ENTRIES.values() if e.place == name and e.taken(mode)]
    rules = tuple(e.step for e in here if isinstance(e.step, Rule))
    if rules and not isinstance(step, Rewriting):
        raise InternalError(f"pass {name!r} applies no rules, so none can join it")
    yield replace(step, rules=(*rules, *step.rules)) if isinstance(step, Rewriting) else step
    for entry in here:
        if not isinstance(entry.step, Rule):
            yield Rewritten(entry.name, entry.step)


class Rewritten(Struct, frozen=True):
    """A user's pass under the name it is registered by."""

    name: str
    step: Step

    def __call__(self, module: Module) -> Module:
        """Return what the pass makes of a module."""
        made = self.step(module)
        if not isinstance(made, Module):
            raise TypeError(f"it returns {type(made).__name__}, not a Module")
        return made


def versions(mode: Chosen) -> tuple[str, ...] | None:
    """Return what tells a mode's entries apart in a cache key; None where one has no version."""
    taken = [e for e in _ENTRIES.values() if e.taken(mode)]
    if not all(e.version for e in taken):
        return None
    return tuple(f"{e.name} {e.place} {e.version}" for e in taken)
