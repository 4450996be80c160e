"""Products of few columns: each column has the bits of the product with it alone."""

import numpy as np
import pytest
from native import host_level
from products import ALL, arguments, compiled, exact_product, sum_bound

from symc.compiler.codegen.compile import PRINTERS
from symc.compiler.codegen.product.columns import FEW, LEAST, MOST
from symc.compiler.codegen.product.plan import COLUMNS
from symc.compiler.codegen.product.scratch import panel_elements
from symc.compiler.codegen.product.tile import tile_for

LEVELS = ("x86-64", "x86-64-v3", "x86-64-v4")
HOST = host_level()
RUNNABLE = LEVELS[: LEVELS.index(HOST) + 1] if HOST in LEVELS else ()
targets = pytest.mark.parametrize("target", (*RUNNABLE, "scalar") if RUNNABLE else (HOST,))
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])

# (batch, m, n, k): rows left over, several parts, rows longer than what stays near.
SHAPES = [(1, 2, 2, 64), (3, 13, 3, 77), (2, 70, 2, 700), (1, 9, 3, 9001), (1, 5000, 2, 65)]


def column_alone(name: str, right: np.ndarray, j: int) -> np.ndarray:
    part = right[:, j : j + 1] if name[-1] == "1" else right[:, :, j : j + 1]
    return np.ascontiguousarray(part)


@targets
@dtypes
@pytest.mark.parametrize("name", ["plain00", "plain01"])
def test_columns_are_products_with_a_vector(target: str, dtype: str, name: str):
    unit = compiled(dtype, target)
    for shape in SHAPES:
        left, right = arguments(unit.contractions[name], shape)
        whole = unit.run(name, left, right)
        assert unit.field(name, "way") == COLUMNS
        for j in range(shape[2]):
            alone = unit.run(name, left, column_alone(name, right, j))
            np.testing.assert_array_equal(whole[:, :, j : j + 1], alone)
        contraction = unit.contractions[name]
        error = np.abs(whole - exact_product(contraction, left, right))
        assert (error <= 2 * sum_bound(contraction, left, right)).all()


@dtypes
def test_rows_do_not_depend_on_their_number(dtype: str):
    unit = compiled(dtype, HOST)
    left, right = arguments(unit.contractions["plain00"], (1, 50, 3, 500))
    whole = unit.run("plain00", left, right)
    for first, last in ((0, 2), (2, 9), (9, 50)):
        part = unit.run("plain00", np.ascontiguousarray(left[:, first:last]), right)
        np.testing.assert_array_equal(part, whole[:, first:last])


@targets
@dtypes
@pytest.mark.parametrize("shape", SHAPES)
def test_what_follows(target: str, dtype: str, shape):
    unit = compiled(dtype, target)
    left, right, row = arguments(unit.contractions["tanh"], shape)
    result = unit.run("tanh", left, right, row)
    assert unit.field("tanh", "way") == COLUMNS
    expected = np.tanh(unit.run("plain00", left, right).astype("float64") + row)
    np.testing.assert_allclose(result, expected, rtol=0, atol=8 * np.finfo(dtype).eps)


@dtypes
@pytest.mark.skipif("mlir" not in PRINTERS, reason="the MLIR printer is not installed")
def test_printers_give_equal_bits(dtype: str):
    one, other = (compiled(dtype, HOST, printer) for printer in ("llvm", "mlir"))
    for name in ("plain00", "plain01", "tanh", "mixed"):
        values = arguments(one.contractions[name], (2, 70, 3, 700))
        np.testing.assert_array_equal(one.run(name, *values), other.run(name, *values))


def test_what_is_computed_otherwise():
    """One row, many columns, short sums and those too long to be copied, a left operand turned."""
    unit = compiled("float32", HOST)
    others = [(1, 3, 100), (9, FEW + 1, 100), (9, 3, LEAST - 1), (2, 2, MOST + 1)]
    for name, shape in [*(("plain00", shape) for shape in others), ("plain10", (9, 3, 100))]:
        unit.run(name, *arguments(unit.contractions[name], (1, *shape)))
        assert unit.field(name, "way") != COLUMNS


@pytest.mark.parametrize("target", sorted(ALL))
@dtypes
def test_the_copied_columns_fit(target: str, dtype: str):
    assert panel_elements(tile_for(dtype, ALL[target])) >= FEW * MOST
