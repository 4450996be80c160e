"""The values that inputs have when a call gives none: kept, read and set from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from symc.arguments import fit
from symc.exceptions import BadUse
from symc.extension.type import is_tensor
from symc.io import In
from symc.report import label, mistake
from symc.runtime import Container
from symc.shared import SharedVariable


class Cell:
    """Holds a value of any kind, as a container holds an array."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def get(self) -> Any:
        """Return the value."""
        return self._value

    def set(self, value: Any) -> None:
        """Replace the value."""
        self._value = value


class Default:
    """The value of one input when a call gives none.

    entry   the input
    cell    what holds the value; several functions may use one

    `value` and `data` are the value, None where there is none yet.
    """

    def __init__(self, entry: In, cell: Cell | Container) -> None:
        self.entry = entry
        self.cell = cell

    @classmethod
    def of(cls, entry: In) -> Default:
        """Return the default that an input names: a value, or what holds one already."""
        given = entry.value
        if isinstance(given, Default):
            return cls(entry, given.cell)
        if isinstance(given, SharedVariable):
            return cls(entry, given.container)
        if isinstance(given, Container):
            return cls(entry, given)
        made = cls(entry, Cell(None))
        made.value = given
        return made

    @property
    def given(self) -> bool:
        """Tell whether a call may leave the input out."""
        return self.entry.value is not None

    @property
    def value(self) -> Any:
        """Return the value."""
        return self.cell.get()

    @value.setter
    def value(self, new: Any) -> None:
        """Replace the value by one that fits the input. Raises BadArgument."""
        entry = self.entry
        if new is not None and is_tensor(entry.variable.type):
            name = entry.name or label(entry.variable)
            new = fit(entry.variable.type, new, name, entry.strict, entry.allow_downcast)
        self.cell.set(new)

    data = value

    @property
    def type(self) -> Any:
        """Return the type of the input."""
        return self.entry.variable.type

    @property
    def name(self) -> str | None:
        """Return the name of the input."""
        return self.entry.name

    def copy(self) -> Default:
        """Return a default that changes by itself, unless its value lives in a container."""
        shares = isinstance(self.cell, Container)
        return Default(self.entry, self.cell if shares else Cell(self.cell.get()))

    def __repr__(self) -> str:
        return f"<container of {self.name or label(self.entry.variable)}: {self.value!r}>"


class Defaults:
    """The defaults of a function's inputs, found by place, by name and by variable."""

    def __init__(self, defaults: Sequence[Default]) -> None:
        self.all = list(defaults)
        self._places: dict[Any, list[int]] = {}
        for place, default in enumerate(self.all):
            for key in dict.fromkeys((place, default.entry.variable, default.name)):
                if key is not None:
                    self._places.setdefault(key, []).append(place)

    def find(self, key: Any) -> Default:
        """Return the default of one input.

        Raises BadUse where there is none, or several have the name.
        """
        places = self._places.get(key, [])
        if len(places) == 1:
            return self.all[places[0]]
        said = repr(key) if isinstance(key, str) else str(key)
        several = f"several inputs are named {said}; use the variable or the place"
        raise mistake(BadUse, several if places else f"there is no input {said}")

    def __contains__(self, key: Any) -> bool:
        return len(self._places.get(key, [])) == 1

    def __iter__(self) -> Iterator[Default]:
        return iter(self.all)


class View:
    """What `f.value` and `f.container` are: the defaults, read and set under one key."""

    def __init__(
        self,
        defaults: Defaults,
        read: Callable[[Default], Any],
        write: Callable[[Default, Any], None],
    ) -> None:
        self._defaults = defaults
        self._read = read
        self._write = write

    def __getitem__(self, key: Any) -> Any:
        return self._read(self._defaults.find(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        self._write(self._defaults.find(key), value)

    def __contains__(self, key: Any) -> bool:
        return key in self._defaults

    def __len__(self) -> int:
        return len(self._defaults.all)


def read_value(default: Default) -> Any:
    """Return the value of a default."""
    return default.value


def write_value(default: Default, value: Any) -> None:
    """Set the value of a default."""
    default.value = value


def read_container(default: Default) -> Default:
    """Return what holds a default, which `In(value=...)` takes."""
    return default


def write_container(default: Default, value: Any) -> None:
    """Refuse to replace what holds a default."""
    raise mistake(
        BadUse,
        "the containers of a function stay; their values may change",
        help="f.container[x].value = ..., or f[x] = ...",
    )
