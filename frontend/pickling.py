"""Lets graphs travel through pickle as flat lists, so that depth costs no recursion."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary, ref

from msgspec import Struct

from symc.variable import Apply, Variable, ancestors


class Leaf(Struct, frozen=True):
    """A variable without an owner, by its class."""

    kind: type[Variable]


class Made(Struct, frozen=True):
    """An output of an application: the application, by its number, and which output."""

    application: int
    index: int


class Elsewhere(Struct, frozen=True):
    """A variable of another bundle, by its place there."""

    bundle: Bundle
    place: int


class Application(Struct, frozen=True):
    """An application, its operands by their places in the bundle."""

    op: Any
    operands: tuple[int, ...]
    attributes: dict[str, Any]
    location: Any
    outputs: tuple[type[Variable], ...]


Entry = Leaf | Made | Elsewhere


class Bundle:
    """All that one variable is made from, operands first.

    While a pickler holds a bundle, variables pickled later find their parts in it; so what is
    shared among the objects of one pickle stays shared. The attributes of variables travel as the
    bundle's state, since they may lead back to the bundle.
    """

    def __init__(self, variables: list[Any]) -> None:
        self.variables = variables
        self.places = {variable: place for place, variable in enumerate(variables)}

    def __reduce__(self) -> tuple[Any, ...]:
        applications: dict[Apply, int] = {}
        entries = [self._entry(x, applications) for x in self.variables]
        made = [self._application(a) for a in applications]
        states = [
            None if isinstance(entry, Elsewhere) else _attributes(x)
            for x, entry in zip(self.variables, entries, strict=True)
        ]
        return unpack, (entries, made), states

    def __setstate__(self, states: list[dict[str, Any] | None]) -> None:
        for variable, state in zip(self.variables, states, strict=True):
            variable.__dict__.update(state or {})

    def _entry(self, variable: Any, applications: dict[Apply, int]) -> Entry:
        other = _bundle_of(variable)
        if other is not None and other is not self:
            return Elsewhere(other, other.places[variable])
        owner = variable.owner
        if owner is None:
            return Leaf(type(variable))
        number = applications.setdefault(owner, len(applications))
        return Made(number, variable.index)

    def _application(self, owner: Apply) -> Application:
        operands = tuple(self.places[x] for x in owner.inputs)
        kinds = tuple(type(x) for x in owner.outputs)
        return Application(owner.op, operands, owner.attributes, owner.location, kinds)


_bundles: WeakKeyDictionary[Any, ref[Bundle]] = WeakKeyDictionary()


def _bundle_of(variable: Any) -> Bundle | None:
    found = _bundles.get(variable)
    return None if found is None else found()


def _attributes(variable: Any) -> dict[str, Any]:
    state = variable.__getstate__()
    return {key: value for key, value in state.items() if key not in ("_owner", "_index")}


def _blank(kind: type[Variable]) -> Any:
    """Return a variable that gets its attributes later."""
    variable = object.__new__(kind)
    variable.__dict__.update(_owner=None, _index=None)
    return variable


def unpack(entries: list[Entry], applications: list[Application]) -> Bundle:
    """Return the bundle of entries, whose variables get their attributes as its state."""
    variables: list[Any] = []
    owners: dict[int, Apply] = {}
    for entry in entries:
        match entry:
            case Elsewhere(other, place):
                variables.append(other.variables[place])
            case Leaf(kind):
                variables.append(_blank(kind))
            case Made(number, index):
                if number not in owners:
                    owners[number] = _applied(applications[number], variables)
                variables.append(owners[number].outputs[index])
    return Bundle(variables)


def _applied(made: Application, variables: list[Any]) -> Apply:
    inputs = [variables[place] for place in made.operands]
    outputs = [_blank(kind) for kind in made.outputs]
    return Apply(made.op, inputs, outputs, made.attributes, made.location)


def pick(bundle: Bundle, place: int) -> Any:
    """Return one variable of a bundle."""
    return bundle.variables[place]


def reduce_variable(variable: Any) -> tuple[Any, ...]:
    """Return what pickle needs of a variable: a bundle, and its place there."""
    bundle = _bundle_of(variable)
    if bundle is None:
        known = [x for x in ancestors([variable]) if _bundle_of(x) is not None]
        bundle = Bundle(list(ancestors([variable], blockers=known)))
        for x in bundle.variables:
            if _bundle_of(x) is None:
                _bundles[x] = ref(bundle)
    return pick, (bundle, bundle.places[variable])
