"""theano.misc.pkl_utils: pickles in a zip file, where each shared variable is an array by name."""

from __future__ import annotations

import pickle
import zipfile
from io import BytesIO
from typing import IO, Any

import numpy as np

from symc.pickling import Bundle
from symc.runtime import Container
from symc.shared import SharedVariable

__all__ = ["StripPickler", "dump", "load"]

MAIN = "pkl"
"""The member of the zip file that holds the pickle, as in Theano's files."""


class StripPickler(pickle._Pickler):
    """Pickles as ever: what Theano's strips, the places where variables were made, is a line here.

    extra_tag_to_remove   for programs that pass it
    """

    def __init__(self, file: IO[bytes], protocol: int = 0, extra_tag_to_remove: Any = None) -> None:
        super().__init__(file, protocol)


class _Writer(pickle._Pickler):
    """Puts the values of shared variables beside the pickle."""

    def __init__(self, file: IO[bytes], protocol: int, arrays: zipfile.ZipFile) -> None:
        super().__init__(file, protocol)
        self.arrays = arrays
        self.names: dict[Container, str] = {}
        self.members: dict[Container, str] = {}

    def persistent_id(self, obj: Any) -> str | None:
        """Return the member that holds a container's value; note the names of what is to come."""
        for variable in obj.variables if isinstance(obj, Bundle) else (obj,):
            if isinstance(variable, SharedVariable) and variable.name:
                self.names.setdefault(variable.container, variable.name)
        if not isinstance(obj, Container) or type(obj.get()) is not np.ndarray:
            return None
        if obj not in self.members:
            self.members[obj] = self._free(self.names.get(obj, "array"))
            with self.arrays.open(self.members[obj], "w") as member:
                np.save(member, obj.get(), allow_pickle=False)
        return self.members[obj]

    def _free(self, name: str) -> str:
        taken = {MAIN, *self.members.values()}
        numbered = (f"{name}_{k}" for k in range(1, len(taken) + 1))
        return name if name not in taken else next(n for n in numbered if n not in taken)


class _Reader(pickle._Unpickler):
    """Finds the values of shared variables beside the pickle."""

    def __init__(self, file: IO[bytes], arrays: zipfile.ZipFile) -> None:
        super().__init__(file)
        self.arrays = arrays
        self.found: dict[str, Container] = {}

    def persistent_load(self, pid: str) -> Container:
        """Return the container of a member's value, the same one each time."""
        if pid not in self.found:
            with self.arrays.open(pid) as member:
                self.found[pid] = Container(np.load(member, allow_pickle=False))
        return self.found[pid]


def dump(
    obj: Any,
    file_handler: IO[bytes],
    protocol: int = pickle.DEFAULT_PROTOCOL,
    persistent_id: Any = None,
) -> None:
    """Pickle an object to a zip file, in which numpy.load finds shared variables by their names.

    persistent_id   for programs that pass one of Theano's
    """
    with zipfile.ZipFile(file_handler, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as arrays:
        text = BytesIO()
        _Writer(text, protocol, arrays).dump(obj)
        arrays.writestr(MAIN, text.getvalue())


def load(f: IO[bytes], persistent_load: Any = None) -> Any:
    """Return what `dump` wrote to a zip file.

    persistent_load   for programs that pass one of Theano's
    """
    with zipfile.ZipFile(f, "r") as arrays, arrays.open(MAIN) as text:
        return _Reader(text, arrays).load()
