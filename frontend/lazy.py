"""Packages that import names when they are first asked for: what keeps `import symc` light."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from symc.absent import absent


class Package(ModuleType):
    """A package that imports some of its names from their homes when they are first asked for."""

    _homes: dict[str, str]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"{self.__name__} has no {name!r}")
        if name not in self._homes:
            raise absent(self.__name__, name, self.__all__)
        value = self.__dict__[name] = _fetch(self, name)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        """Keep `symc.function` the function when the module of that name is imported."""
        if isinstance(value, ModuleType) and self._homes.get(name) == value.__name__:
            value = getattr(value, name)
        super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*self.__dict__, *self._homes})


def _fetch(package: Package, name: str) -> Any:
    home = package._homes[name]
    if home == package.__name__:
        return import_module(f"{home}.{name}")
    return getattr(import_module(home), name)


def make_lazy(package: str, homes: Mapping[str, Iterable[str]]) -> None:
    """Let a package import names when they are first asked for.

    homes   module -> the names that are imported from it; for the package itself, its modules
    """
    module = sys.modules[package]
    module.__dict__["_homes"] = {name: home for home, names in homes.items() for name in names}
    module.__class__ = Package
