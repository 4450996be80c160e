"""The description of a compiled function that `bind` takes."""

from collections.abc import Callable
from typing import Any, Literal, NotRequired, TypedDict

import numpy as np

from symc.runtime._native import Container

__all__ = [
    "RETURNED",
    "Callee",
    "Convert",
    "Fail",
    "InputSpec",
    "OutputSpec",
    "Shapes",
    "Signature",
]

type_number = int
Shapes = tuple[tuple[int, ...], ...]

InputSpec = tuple[type_number, int, int]
"""NumPy's type number, the rank, and a bit for every dimension that must have size 1."""

OutputSpec = tuple[type_number, int, int]
"""NumPy's type number, the rank, and `RETURNED` or the container the output is swapped into."""

RETURNED = -1

Convert = Callable[[int, Any], "np.ndarray[Any, Any]"]
"""Turn the value of argument `index` into an array that fits its InputSpec, or raise.

Called as convert(index, value) for values that are not, as they stand, an exact `ndarray` with the
right dtype, rank and broadcast dimensions, in C order, aligned and of native byte order (nor, for
inputs of rank 0, a Python float, int or bool of the input's kind).
"""

Fail = Callable[[int, int, int, int, int, int, Shapes, Shapes], BaseException]
"""Build the exception for a call that returned an error.

Called as fail(code, arg, dim, expected, got, site, input_shapes, container_shapes), the first six
from `symc_error`. MemoryError and KeyboardInterrupt are raised without it.
"""


Callee = Callable[[list["np.ndarray[Any, Any]"]], list["np.ndarray[Any, Any]"]]
"""Take read-only arrays and return arrays in C order; what it raises comes out of the call."""


class Signature(TypedDict):
    """What a function takes and gives, and who answers for what the fast path does not know."""

    name: str
    inputs: list[InputSpec]
    containers: list[Container]
    written: list[int]
    """Indices into `containers` of those the function changes."""
    outputs: list[OutputSpec]
    result: Literal["none", "single", "list"]
    convert: Convert
    fail: Fail
    doc: NotRequired[str]
    threads: NotRequired[int]
    """How many threads may share the work of a call, its own included; 1 unless given."""
    callees: NotRequired[list[Callee]]
    """What the code calls, by the numbers that it was compiled with."""
