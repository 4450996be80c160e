"""Makes variables: one constructor for every dtype letter and rank."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from symc.config import config
from symc.type import TensorType

LETTERS = {
    "b": "int8",
    "w": "int16",
    "i": "int32",
    "l": "int64",
    "f": "float32",
    "d": "float64",
    "c": "complex64",
    "z": "complex128",
    "ub": "uint8",
    "uw": "uint16",
    "ui": "uint32",
    "ul": "uint64",
}
"""The prefixes of constructors, and the dtypes they stand for."""

PATTERNS = {
    "scalar": (),
    "vector": (False,),
    "row": (True, False),
    "col": (False, True),
    "matrix": (False, False),
    **{f"tensor{n}": (False,) * n for n in range(3, 8)},
}
"""The ranks that have a name, and their broadcastable flags."""

PLURALS = {
    "scalar": "scalars",
    "vector": "vectors",
    "row": "rows",
    "col": "cols",
    "matrix": "matrices",
    **{f"tensor{n}": f"tensor{n}s" for n in range(3, 8)},
}

Constructor = Callable[..., Any]


def _constructor(kind: str) -> Constructor:
    pattern = PATTERNS[kind]

    def make(name: str | None = None, dtype: Any = None) -> Any:
        return TensorType(config.floatX if dtype is None else dtype, pattern)(name)

    make.__name__ = make.__qualname__ = kind
    make.__doc__ = f"Make a {kind} variable; the dtype is floatX if not given."
    return make


def _several(make_one: Callable[[str | None, Any], Any], kind: str) -> Constructor:
    def make(*names: Any, **options: Any) -> Any:
        if len(names) == 1 and isinstance(names[0], int):
            return [make_one(None, options.get("dtype")) for _ in range(names[0])]
        if len(names) == 1:
            names = tuple(names[0])  # the letters of a string are names too
        made = [make_one(name, options.get("dtype")) for name in names]
        return made[0] if len(made) == 1 else made

    make.__name__ = make.__qualname__ = kind
    make.__doc__ = "Make several variables, by their names, the letters of a string, or a number."
    return make


def _of(type: TensorType) -> Callable[[str | None, Any], Any]:
    return lambda name, dtype: type(name) if dtype is None else type.clone(dtype=dtype)(name)


scalar = _constructor("scalar")
vector = _constructor("vector")
row = _constructor("row")
col = _constructor("col")
matrix = _constructor("matrix")

scalars = _several(scalar, "scalars")
vectors = _several(vector, "vectors")
rows = _several(row, "rows")
cols = _several(col, "cols")
matrices = _several(matrix, "matrices")

RANKED: dict[str, Constructor] = {f"tensor{k}": _constructor(f"tensor{k}") for k in range(3, 8)}
"""tensor3 to tensor7."""

RANKED_PLURALS: dict[str, Constructor] = {
    f"{name}s": _several(make, f"{name}s") for name, make in RANKED.items()
}
"""tensor3s to tensor7s: make several variables."""

TYPED: dict[str, Any] = {
    letter + kind: TensorType(dtype, pattern, letter + kind)
    for letter, dtype in LETTERS.items()
    for kind, pattern in PATTERNS.items()
}
"""fvector, imatrix, ...: types, which make a variable when called."""

TYPED_PLURALS: dict[str, Constructor] = {
    letter + plural: _several(_of(TYPED[letter + kind]), letter + plural)
    for letter in LETTERS
    for kind, plural in PLURALS.items()
}
"""fvectors, imatrices, ...: make several variables."""


def tensor(dtype: Any = None, broadcastable: Sequence[bool] = (), name: str | None = None) -> Any:
    """Make a variable of a dtype and a pattern of broadcastable dimensions."""
    return TensorType(config.floatX if dtype is None else dtype, broadcastable)(name)
