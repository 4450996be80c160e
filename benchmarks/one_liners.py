"""One operation at a time beside NumPy, for all dtypes: NumPy's time over symc's, on one core.

NumPy writes into an array that is there, but for `where`, which cannot. Sizes are arguments.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from measure import interleaved, table
from msgspec import Struct

import symc
import symc.tensor as T

SIZES = (10_000, 100_000, 1_000_000)
WHOLE = ("int8", "uint8", "int16", "uint16", "int32", "int64")
FLOATS = ("float16", "float32", "float64")
NUMBERS = (*WHOLE, *FLOATS)
DTYPES = ("bool", *NUMBERS)
EVEN = 0.95
"""Ratios from here on are not marked: they differ by as much from run to run."""


class Case(Struct, frozen=True):
    """An operation of x, y (of which none is 0) and a condition c: symc's, NumPy's, its dtypes."""

    ours: Callable[..., Any]
    numpy: Callable[..., Any]
    dtypes: tuple[str, ...]


def of_two(ours: Callable[..., Any], numpy: Any, dtypes: tuple[str, ...]) -> Case:
    """Return the case of an operation of x and y."""
    return Case(lambda x, y, c: ours(x, y), lambda o, x, y, c: numpy(x, y, out=o), dtypes)


def of_one(ours: Callable[..., Any], numpy: Any, dtypes: tuple[str, ...]) -> Case:
    """Return the case of an operation of x alone."""
    return Case(lambda x, y, c: ours(x), lambda o, x, y, c: numpy(x, out=o), dtypes)


def by_seven(ours: Callable[..., Any], numpy: Any, dtypes: tuple[str, ...]) -> Case:
    """Return the case of an operation of x and the number 7."""
    return Case(
        lambda x, y, c: ours(x, np.dtype(x.dtype).type(7)),
        lambda o, x, y, c: numpy(x, x.dtype.type(7), out=o),
        dtypes,
    )


def operations() -> dict[str, Case]:
    """Return the cases that keep to one dtype, by their names."""
    return {
        "x + y": of_two(T.add, np.add, NUMBERS),
        "x * y": of_two(T.mul, np.multiply, NUMBERS),
        "x // y": of_two(T.floor_div, np.floor_divide, NUMBERS),
        "x // 7": by_seven(T.floor_div, np.floor_divide, NUMBERS),
        "x % y": of_two(T.mod, np.remainder, NUMBERS),
        "x % 7": by_seven(T.mod, np.remainder, NUMBERS),
        "x < y": of_two(T.lt, np.less, DTYPES),
        "x == y": of_two(T.eq, np.equal, DTYPES),
        "x == 7": by_seven(T.eq, np.equal, NUMBERS),
        "x << y": of_two(lambda x, y: x << y, np.left_shift, WHOLE),
        "x >> y": of_two(lambda x, y: x >> y, np.right_shift, WHOLE),
        "x >> 7": by_seven(lambda x, y: x >> y, np.right_shift, WHOLE),
        "x & y": of_two(lambda x, y: x & y, np.bitwise_and, ("bool", *WHOLE)),
        "x | y": of_two(lambda x, y: x | y, np.bitwise_or, ("bool", *WHOLE)),
        "x ^ y": of_two(lambda x, y: x ^ y, np.bitwise_xor, ("bool", *WHOLE)),
        "~x": of_one(lambda x: ~x, np.invert, ("bool", *WHOLE)),
        "-x": of_one(lambda x: -x, np.negative, NUMBERS),
        "abs(x)": of_one(abs, np.abs, NUMBERS),
        "sign(x)": of_one(T.sgn, np.sign, NUMBERS),
        "minimum": of_two(T.minimum, np.minimum, DTYPES),
        "maximum": of_two(T.maximum, np.maximum, DTYPES),
        "clip": Case(
            lambda x, y, c: T.clip(x, *(np.dtype(x.dtype).type(k) for k in (5, 50))),
            lambda o, x, y, c: np.clip(x, x.dtype.type(5), x.dtype.type(50), out=o),
            NUMBERS,
        ),
        "where": Case(
            lambda x, y, c: T.switch(c, x, y),
            lambda o, x, y, c: np.where(c, x, y),
            DTYPES,
        ),
    }


def casts() -> dict[str, Case]:
    """Return the conversions to each dtype from all others."""
    return {
        f"to {to}": Case(
            lambda x, y, c, to=to: T.cast(x, to),
            lambda o, x, y, c: np.copyto(o, x, casting="unsafe"),
            tuple(dtype for dtype in DTYPES if dtype != to),
        )
        for to in DTYPES
    }


def ratio(case: Case, dtype: str, size: int) -> float:
    """Return NumPy's time over symc's."""
    random = np.random.default_rng(0)
    x, y = (random.integers(1, 8 + 92 * k, size).astype(dtype) for k in (1, 0))
    values = {"x": x, "y": y, "c": random.integers(0, 2, size).astype("bool")}
    variables = [T.vector(name, dtype=value.dtype.name) for name, value in values.items()]
    f = symc.function(variables, case.ours(*variables), on_unused_input="ignore")
    arguments = tuple(values.values())
    out = f(*arguments)
    times = interleaved(
        {"symc": lambda: f(*arguments), "NumPy": lambda: case.numpy(out, *arguments)}, 11, 0.004
    )
    return times["NumPy"].least / times["symc"].least


def show(title: str, cases: Mapping[str, Case], size: int) -> None:
    """Print a row for each operation and a column for each dtype."""
    rows = [["", *DTYPES]]
    for name, case in cases.items():
        cells = {dtype: ratio(case, dtype, size) for dtype in case.dtypes}
        rows.append([name, *(cell(cells.get(dtype)) for dtype in DTYPES)])
    table(f"{title} of {size} numbers: NumPy / symc, * where NumPy is ahead", rows)


def cell(value: float | None) -> str:
    """Return a ratio as text, marked where NumPy is ahead."""
    if value is None:
        return ""
    return f"{value:.2f}" + ("*" if value < EVEN else " ")


def main() -> None:
    """Measure and print."""
    for size in [int(argument) for argument in sys.argv[1:]] or SIZES:
        show("operations", operations(), size)
        show("casts", casts(), size)


if __name__ == "__main__":
    main()
