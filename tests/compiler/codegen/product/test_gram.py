"""Products of a matrix with its own transpose: half the work, and every bit of the whole."""

import numpy as np
import pytest
from native import host_level
from products import ALL, Compiled, arguments, compiled, exact_product, sum_bound

from symc.compiler.codegen.compile import PRINTERS
from symc.compiler.codegen.product.gram import FEW
from symc.compiler.codegen.product.tile import tile_for

LEVELS = ("x86-64", "x86-64-v3", "x86-64-v4")
HOST = host_level()
RUNNABLE = LEVELS[: LEVELS.index(HOST) + 1] if HOST in LEVELS else ()
targets = pytest.mark.parametrize("target", (*RUNNABLE, "scalar") if RUNNABLE else (HOST,))
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])

# (batch, n, k): a single block, pieces, blocks, several blocks of k, several spans of rows.
SHAPES = [(1, 70, 9), (3, 97, 33), (1, 130, 1), (1, 250, 40), (2, 330, 70), (1, 100, 1030)]
LARGE = [(1, 600, 1050), (1, 1300, 300)]

# The storage of products of a matrix with its transpose, whose left operand is stored
# by rows, by columns; with operands of every kind; with one that the output overwrites.
BY_ROWS, BY_COLUMNS = ("plain01", "mixed"), ("plain10", "descent")


def values(unit: Compiled, name: str, shape) -> list[np.ndarray]:
    batch, n, k = shape
    return arguments(unit.contractions[name], (batch, n, n, k))


def check(unit: Compiled, name: str, shape, out=None) -> None:
    """Compare with the product of the matrix and a copy, which nobody recognises."""
    matrix, _, *others = values(unit, name, shape)
    one = unit.run(name, matrix, matrix, *others, out=out)
    assert unit.field(name, "gram") == 1
    two = unit.run(name, matrix, matrix.copy(), *others, out=out)
    assert unit.field(name, "gram") == 0
    np.testing.assert_array_equal(one, two)


@targets
@dtypes
@pytest.mark.parametrize("name", BY_ROWS + BY_COLUMNS)
def test_bits_are_those_of_the_whole_product(target: str, dtype: str, name: str):
    for shape in SHAPES:
        check(compiled(dtype, target), name, shape)


@dtypes
@pytest.mark.parametrize("name", BY_ROWS + BY_COLUMNS)
@pytest.mark.parametrize("shape", LARGE)
def test_spans_and_blocks_of_k(dtype: str, name: str, shape):
    check(compiled(dtype, HOST), name, shape)


@dtypes
def test_the_output_may_be_an_operand(dtype: str):
    """Every element of the output is read before it is written, above the diagonal too."""
    for shape in SHAPES:
        check(compiled(dtype, HOST), "descent", shape, out=0)


@targets
@dtypes
@pytest.mark.parametrize("name", ["plain01", "plain10"])
def test_it_is_symmetric_and_right(target: str, dtype: str, name: str):
    unit = compiled(dtype, target)
    for shape in SHAPES:
        matrix = values(unit, name, shape)[0]
        result = unit.run(name, matrix, matrix)
        np.testing.assert_array_equal(result, result.swapaxes(1, 2))
        error = np.abs(result - exact_product(unit.contractions[name], matrix, matrix))
        assert (error <= 2 * sum_bound(unit.contractions[name], matrix, matrix)).all()


@dtypes
@pytest.mark.skipif("mlir" not in PRINTERS, reason="the MLIR printer is not installed")
@pytest.mark.parametrize("name", BY_ROWS + BY_COLUMNS)
def test_printers_give_equal_bits(dtype: str, name: str):
    one, other = (compiled(dtype, HOST, printer) for printer in ("llvm", "mlir"))
    for shape in SHAPES:
        matrix, _, *others = values(one, name, shape)
        results = (unit.run(name, matrix, matrix, *others) for unit in (one, other))
        np.testing.assert_array_equal(*results)


def test_what_is_no_product_with_the_transpose():
    """A square matrix times itself; few columns, whose mirror image is not worth it."""
    unit = compiled("float32", HOST)
    square = arguments(unit.contractions["plain00"], (1, 130, 130, 130))[0]
    unit.run("plain00", square, square)
    assert unit.field("plain00", "gram") == 0
    few = FEW * tile_for("float32", ALL[HOST]).width
    for n, expected in ((few, 0), (few + 1, 1)):
        matrix = values(unit, "plain10", (1, n, 50))[0]
        unit.run("plain10", matrix, matrix)
        assert unit.field("plain10", "gram") == expected
