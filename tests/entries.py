"""Entry points written in C and bound by hand."""

import ctypes
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from layout import ROOT

from symc.runtime import RETURNED, Code, Container, bind

HEADERS = ROOT / "runtime" / "include"
SOURCE = ROOT / "tests" / "runtime" / "entries.c"
float64 = np.dtype("float64").num
int64 = np.dtype("int64").num


class Refused(Exception):
    """What the `fail` callback makes of a failed call."""


def convert(index: int, value: Any) -> np.ndarray:
    raise TypeError(f"argument {index} is {value!r}")


def fail(*description: Any) -> Refused:
    return Refused(*description)


class Library:
    """The C functions of entries.c."""

    def __init__(self, folder: Path):
        path = folder / "entries.so"
        command = ["cc", "-O1", "-std=c99", "-fPIC", "-shared", "-I", HEADERS, SOURCE, "-o", path]
        subprocess.run(command, check=True)
        self.library = ctypes.CDLL(str(path))

    def code(self, name: str) -> Code:
        function = getattr(self.library, name)
        return Code.from_address(ctypes.cast(function, ctypes.c_void_p).value, self.library)

    def bind(self, entry: str, **changes: Any) -> Callable[..., Any]:
        """Bind an entry point; by default it takes nothing and returns nothing."""
        signature = {
            "name": entry,
            "inputs": [],
            "containers": [],
            "written": [],
            "outputs": [],
            "result": "none",
            "convert": convert,
            "fail": fail,
        }
        return bind(self.code(entry), 0, signature | changes)

    def pointwise(self, entry: str, rank: int = 1, number: int = float64, **changes: Any):
        """Bind an entry point with one input and one output of the same type."""
        return self.bind(
            entry,
            inputs=[(number, rank, 0)],
            outputs=[(number, rank, RETURNED)],
            result="single",
            **changes,
        )


def descent(library: Library, w: Container) -> Callable[..., Any]:
    """Bind the step that returns w and subtracts its argument from it."""
    return library.bind(
        "descend",
        inputs=[(float64, 1, 0)],
        containers=[w],
        written=[0],
        outputs=[(float64, 1, RETURNED)],
        result="single",
    )
