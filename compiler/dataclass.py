"""Dataclasses with slots that cost little to define: a drop-in for the standard library's.

The standard library prints and compiles the text of six functions for each class, which takes half
a millisecond; two hundred classes are made before a first function is compiled, and forty before
one is read from the cache. Here one constructor is compiled for each number of fields, and a class
gets a copy of it whose parameters are called as its fields are. The other methods are the same code
for all classes.

Such a class behaves as the standard library's do, and its `fields`, `replace` and `asdict` take it.
What symc has no use for (fields by keyword alone, orders, classes without slots) is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from itertools import chain
from operator import attrgetter
from reprlib import recursive_repr
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

__all__ = ["dataclass", "field", "replace"]

Record = TypeVar("Record")

NONE: Any = type("None_", (), {"__repr__": lambda self: "no default"})()
"""The default of a field that has none, and of an argument that a factory makes anew."""


class Field(NamedTuple):
    """A field: its default or what makes it, and whether it is shown and compared."""

    default: Any = NONE
    default_factory: Callable[[], Any] | None = None
    repr: bool = True
    compare: bool = True


Fields = dict[str, Field]


def _field(**facts: Any) -> Any:
    """Return what says more of a field than its type; the arguments are those of `Field`."""
    return Field(**facts)


def _dataclass(
    *,
    slots: bool,
    frozen: bool = False,
    eq: bool = True,
    init: bool = True,
    weakref_slot: bool = False,
) -> Callable[[type[Record]], type[Record]]:
    """Return the decorator of a class whose annotations are its fields."""
    if not slots:
        raise TypeError("dataclasses of symc have slots")

    def decorated(plain: Any) -> Any:
        own = _own_fields(plain)
        fields = {**_inherited(plain), **own}
        made = _with_slots(plain, [*own, "__weakref__"] if weakref_slot else list(own))
        members: dict[str, Any] = {**SHARED, "__match_args__": tuple(fields)}
        members |= _comparison(fields, frozen) if eq else {}
        members |= FROZEN if frozen else {}
        if init:
            members["__init__"] = _constructor(made, fields)
        made.__symc_fields__ = fields
        _add(made, members)
        return made

    return decorated


def _own_fields(plain: type) -> Fields:
    """Return the fields that a class adds."""
    fields = {}
    for name, annotation in plain.__annotations__.items():
        if str(annotation).partition("[")[0] in ("ClassVar", "typing.ClassVar"):
            continue
        given = plain.__dict__.get(name, NONE)
        fields[name] = given if isinstance(given, Field) else Field(given)
        if type(fields[name].default).__hash__ is None:
            raise ValueError(f"{plain.__name__}.{name}: all objects would share this default")
    return fields


def _inherited(plain: type) -> Fields:
    found: Fields | None = getattr(plain, "__symc_fields__", None)
    if found is None and hasattr(plain, "__dataclass_fields__"):
        raise TypeError(f"{plain.__name__}: its base is a dataclass of the standard library")
    return found or {}


def _with_slots(plain: Any, slots: Iterable[str]) -> Any:
    """Return the class made again, with slots: how objects lie in memory cannot be changed."""
    known = set(chain.from_iterable(base.__dict__.get("__slots__", ()) for base in plain.__mro__))
    left_out = {*slots, "__dict__", "__weakref__"}
    members = {name: x for name, x in plain.__dict__.items() if name not in left_out}
    members["__slots__"] = tuple(name for name in slots if name not in known)
    made = type(plain)(plain.__name__, plain.__bases__, members)
    made.__qualname__ = plain.__qualname__
    return made


def _add(made: type, members: dict[str, Any]) -> None:
    """Give a class the members that it has not defined itself."""
    own = dict(made.__dict__)
    for name, member in members.items():
        # Python gives a class with an equality of its own the hash None.
        if name not in own or (name == "__hash__" and own[name] is None):
            setattr(made, name, member)


# Constructors ------------------------------------------------------------------------------------


def _constructor(made: type, fields: Fields) -> FunctionType:
    """Return the function that sets the fields, and makes the values of those not given."""
    anew = tuple(k for k, x in enumerate(fields.values()) if x.default_factory)
    code = _template(len(fields), anew, hasattr(made, "__post_init__")).replace(
        co_varnames=("self", *fields), co_qualname=f"{made.__qualname__}.__init__"
    )
    known: dict[str, Any] = {"NONE": NONE}
    for k, (name, one) in enumerate(fields.items()):
        known[f"set{k}"] = getattr(made, name).__set__
        known[f"make{k}"] = one.default_factory
    return FunctionType(code, known, "__init__", _defaults(made, list(fields.values())))


def _defaults(made: type, fields: list[Field]) -> tuple[Any, ...]:
    """Return the defaults of the last parameters."""
    needed = [x.default is NONE and x.default_factory is None for x in fields]
    count = sum(needed)
    if not all(needed[:count]):
        raise TypeError(f"{made.__name__}: a field without a default follows one with a default")
    return tuple(x.default for x in fields[count:])


@cache
def _template(count: int, anew: tuple[int, ...], after: bool) -> CodeType:
    """Return the code of a constructor of so many fields, called a0, a1, ...

    anew    places of those that a factory makes; after whether __post_init__ is called
    """
    names = "".join(f", a{k}" for k in range(count))
    lines = [f"def __init__(self{names}):"]
    for k in range(count):
        value = f"make{k}() if a{k} is NONE else a{k}" if k in anew else f"a{k}"
        lines.append(f"    set{k}(self, {value})")
    lines.append("    self.__post_init__()" if after else "    return")
    module = compile("\n".join(lines), "<dataclass>", "exec")
    return next(x for x in module.co_consts if isinstance(x, CodeType))


# Other methods -----------------------------------------------------------------------------------


def _comparison(fields: Fields, frozen: bool) -> dict[str, Any]:
    """Return equality by the values of fields, and the hash that goes with it."""
    values = _values_of([name for name, x in fields.items() if x.compare])

    def equal(self: Any, other: Any) -> Any:
        return (
            values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented
        )

    return {"__eq__": equal, "__hash__": (lambda self: hash(values(self))) if frozen else None}


def _values_of(names: list[str]) -> Callable[[Any], Any]:
    """Return what gives the tuple of an object's values."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


@recursive_repr()
def _repr(self: Any) -> str:
    names = [name for name, x in self.__symc_fields__.items() if x.repr]
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
    return f"{type(self).__qualname__}({shown})"


def _state(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self.__symc_fields__]


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__symc_fields__, state, strict=True):
        object.__setattr__(self, name, value)


def _refuse_setting(self: Any, name: str, value: Any) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(self: Any, name: str) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _replace(record: Record, /, **changes: Any) -> Record:
    """Return a record with other values of some fields."""
    names: tuple[str, ...] = record.__match_args__  # type: ignore[attr-defined]
    for name in names:
        if name not in changes:
            changes[name] = getattr(record, name)
    return type(record)(**changes)


# The standard library's view ---------------------------------------------------------------------


class _Standard:
    """An attribute by which the standard library knows a dataclass, made when it asks."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, _: Any, owner: type) -> Any:
        return getattr(_stand_in(owner), self.name)


@cache
def _stand_in(made: Any) -> type:
    """Return a dataclass of the standard library with the same fields."""
    import dataclasses

    types: dict[str, Any] = {}
    for base in reversed(made.__mro__[:-1]):
        types |= base.__annotations__
    members: dict[str, Any] = {}
    for name, one in made.__symc_fields__.items():
        facts = {key: x for key, x in one._asdict().items() if x is not NONE and x is not None}
        members[name] = dataclasses.field(**facts)
    members["__annotations__"] = {name: types[name] for name in members}
    frozen = "__setattr__" in made.__dict__
    make = dataclasses.dataclass(init=False, repr=False, eq=False, frozen=frozen)
    return make(type(made.__name__, (), members))


SHARED: dict[str, Any] = {
    "__repr__": _repr,
    "__getstate__": _state,
    "__setstate__": _set_state,
    "__replace__": _replace,
    "__dataclass_fields__": _Standard("__dataclass_fields__"),
    "__dataclass_params__": _Standard("__dataclass_params__"),
}
FROZEN: dict[str, Any] = {"__setattr__": _refuse_setting, "__delattr__": _refuse_deleting}


if TYPE_CHECKING:  # type checkers know what the standard library's do
    from dataclasses import dataclass, field, replace
else:
    dataclass, field, replace = _dataclass, _field, _replace
