"""Serves Theano's modules to `import`, from the table."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from symc.absent import PLANNED as TO_COME
from symc.absent import NotThere
from symc.compat.flags import take_flags
from symc.compat.table import INSTEAD, MODULES, PLANNED, Names
from symc.compiler.errors import NotSupported
from symc.config import config


class NotImportable(NotSupported, ImportError):
    """Report a module or name of Theano that is imported and that symc does not have."""

    code = "E105"


def reason(path: str) -> str:
    """Say of a dotted name of Theano what symc has in its place."""
    if path in INSTEAD:
        return f"{path} is not in symc: {INSTEAD[path]}"
    parts = path.split(".")
    prefixes = (".".join(parts[:k]) for k in range(len(parts), 0, -1))
    plan = next((PLANNED[prefix] for prefix in prefixes if prefix in PLANNED), None)
    if plan is not None:
        return f"{path} is not in symc yet; it comes with {plan}"
    if parts[-1] in TO_COME:
        return f"{path} is not in symc yet"
    parent = sys.modules.get(".".join(parts[:-1]))
    near = get_close_matches(parts[-1], dir(parent), n=1) if parent else []
    return f"{path} is not in symc" + (f"; did you mean {near[0]!r}?" if near else "")


def _public(module: ModuleType) -> Sequence[str]:
    return getattr(module, "__all__", ())


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
        found, value = self._look_up(name)
        if path in MODULES and (not found or self._is_module(name, value)):
            return import_module(path)
        if not found:
            raise NotThere(reason(path))
        self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        """Keep `theano.tensor.var` the function when the module of that name is imported."""
        if isinstance(value, ModuleType):
            found, own = self._look_up(name)
            if found and not self._is_module(name, own):
                return
        super().__setattr__(name, value)

    def _is_module(self, name: str, value: Any) -> bool:
        return isinstance(value, ModuleType) and name not in self._names().own

    def _names(self) -> Names:
        return MODULES[self.__name__]

    def _look_up(self, name: str) -> tuple[bool, Any]:
        names = self._names()
        if name in names.own:
            return True, find(names.own[name])
        for source in names.sources:
            module = import_module(source)
            try:
                value = getattr(module, name)
            except AttributeError:
                continue
            if not isinstance(value, ModuleType) or name in _public(module):  # symc's own files
                return True, value
        return False, None

    def __dir__(self) -> list[str]:
        names = self._names()
        public = [n for s in names.sources for n in _public(import_module(s))]
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

    Flags are taken from THEANO_FLAGS and ~/.theanorc, but for those that symc's own have set.
    Raises NotSupported where another Theano is imported already.
    """
    known = sys.modules.get("theano")
    if known is not None and not isinstance(known, Served):
        raise NotSupported("install_as_theano: another theano is imported already")
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())
        take_flags(config)
