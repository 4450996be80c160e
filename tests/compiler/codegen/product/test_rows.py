"""Products of few rows: the bits of the same rows among many."""

import numpy as np
import pytest
from native import host_level
from products import arguments, compiled

from symc.compiler.codegen.compile import PRINTERS
from symc.compiler.codegen.product.plan import ROWS
from symc.compiler.codegen.product.rows import FEW, WORTH_IT

LEVELS = ("x86-64", "x86-64-v3", "x86-64-v4")
HOST = host_level()
RUNNABLE = LEVELS[: LEVELS.index(HOST) + 1] if HOST in LEVELS else ()
targets = pytest.mark.parametrize("target", (*RUNNABLE, "scalar") if RUNNABLE else (HOST,))
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])

# (batch, m, n, k): columns left over, several pieces of columns, rows of the right operand too.
SHAPES = [(1, 2, 200, 90), (3, 3, 177, 101), (1, 3, 2900, 30), (1, 2, 1300, 1001)]
MANY = 20


def rows_of(name: str, left: np.ndarray, rows: slice) -> np.ndarray:
    return np.ascontiguousarray(left[:, :, rows] if name[-2:] == "10" else left[:, rows])


@targets
@dtypes
@pytest.mark.parametrize("name", ["plain00", "plain10", "tanh"])
def test_rows_have_the_bits_they_have_among_many(target: str, dtype: str, name: str):
    unit = compiled(dtype, target)
    for batch, m, n, k in SHAPES:
        left, *others = arguments(unit.contractions[name], (batch, MANY, n, k))
        whole = unit.run(name, left, *others)
        assert unit.field(name, "way") != ROWS
        for first in (0, 7, MANY - m):
            rows = slice(first, first + m)
            part = unit.run(name, rows_of(name, left, rows), *others)
            assert unit.field(name, "way") == ROWS
            np.testing.assert_array_equal(whole[:, rows], part)


@targets
@dtypes
def test_the_output_may_be_an_operand(target: str, dtype: str):
    unit = compiled(dtype, target)
    for shape in SHAPES:
        values = arguments(unit.contractions["descent"], shape)
        fresh = unit.run("descent", *values)
        assert unit.field("descent", "way") == ROWS
        np.testing.assert_array_equal(fresh, unit.run("descent", *values, out=0))


@dtypes
@pytest.mark.skipif("mlir" not in PRINTERS, reason="the MLIR printer is not installed")
def test_printers_give_equal_bits(dtype: str):
    one, other = (compiled(dtype, HOST, printer) for printer in ("llvm", "mlir"))
    for name in ("plain00", "plain10", "tanh", "descent"):
        values = arguments(one.contractions[name], (2, 3, 330, 50))
        np.testing.assert_array_equal(one.run(name, *values), other.run(name, *values))


def test_what_is_computed_otherwise():
    """One row, many rows, few columns; a right operand that is small, or stored by columns."""
    unit = compiled("float32", HOST)
    others = [(1, 200, 100), (FEW + 1, 200, 100), (2, 200, 201), (2, 150, WORTH_IT // 150)]
    for name, shape in [*(("plain00", shape) for shape in others), ("plain01", (2, 200, 100))]:
        unit.run(name, *arguments(unit.contractions[name], (1, *shape)))
        assert unit.field(name, "way") != ROWS
