"""Serves Theano's modules to `import`, from the table."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from symc.absent import PLANNED as TO_COME
from symc.absent import NotThere
from symc.compat.table import MODULES, PLANNED, Names
from symc.compiler.errors import NotSupported


class NotImportable(NotSupported, ImportError):
    """Report a module or name of Theano that is imported and that symc does not have."""

    code = "E105"


def reason(path: str) -> str:
    """Say of a dotted name of Theano what symc has in its place."""
    parts = path.split(".")
    prefixes = (".".join(parts[:k]) for k in range(len(parts), 0, -1))
    plan = next((PLANNED[prefix] for prefix in prefixes if prefix in PLANNED), None)
    if plan is not None:
        return f"{path} is not in symc yet; it comes with {plan}"
    return f"{path} is not in symc" + (" yet" if parts[-1] in TO_COME else "")


def find(path: str) -> Any:
    """Return what a name of the table, 'module:attribute' or 'module', stands for."""
    module, _, attribute = path.partition(":")
    found = import_module(module)
    return getattr(found, attribute) if attribute else found


class Served(ModuleType):
    """A module of Theano whose names are those of symc."""

    def __getattr__(self, name: str) -> Any:
        path = f"{self.__name__}.{name}"
        if name.startswith("__") and name != "__version__":
            raise AttributeError(path)
        if path in MODULES and name not in self._names().own:
            return import_module(path)
        found, value = self._look_up(name)
        if not found:
            raise NotThere(reason(path))
        setattr(self, name, value)
        return value

    def _names(self) -> Names:
        return MODULES[self.__name__]

    def _look_up(self, name: str) -> tuple[bool, Any]:
        names = self._names()
        if name in names.own:
            return True, find(names.own[name])
        for source in names.sources:
            try:
                return True, getattr(import_module(source), name)
            except AttributeError:
                continue
        return False, None

    def __dir__(self) -> list[str]:
        names = self._names()
        public = [n for s in names.sources for n in getattr(import_module(s), "__all__", ())]
        return sorted({*names.own, *public})


class Serving(Loader):
    """Makes the modules of the table."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return a module without names of its own."""
        return Served(spec.name, f"Theano's {spec.name}, as symc has it.")

    def exec_module(self, module: ModuleType) -> None:
        """Tell `from module import *` what there is; the names are looked up when asked for."""
        module.__dict__["__all__"] = [n for n in dir(module) if not n.startswith("_")]


class Finder(MetaPathFinder):
    """Finds every module under `theano`; what is not in the table is refused by name."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how a module of Theano is made.

        All are packages, so that `from module import name` asks here for a name it does not find,
        and the refusal can say why. Raises NotImportable.
        """
        if name.split(".")[0] != "theano":
            return None
        if name not in MODULES:
            raise NotImportable(reason(name))
        return ModuleSpec(name, Serving(), is_package=True)


def install_as_theano() -> None:
    """Let `import theano`, and the import of its modules, mean symc from now on.

    Raises NotSupported where another Theano is imported already.
    """
    known = sys.modules.get("theano")
    if known is not None and not isinstance(known, Served):
        raise NotSupported("install_as_theano: another theano is imported already")
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())
