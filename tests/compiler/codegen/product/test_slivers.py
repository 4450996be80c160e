"""Left operands packed in slivers: the bits of products of a few of their rows, which are not."""

import numpy as np
import pytest
from products import compiled

from symc.compiler.codegen.compile import PRINTERS
from symc.compiler.codegen.product.tile import tile_for
from symc.compiler.target.isa import TARGETS, host_target

HOST = host_target().name
LEVELS = [name for name in ("x86-64-v3", "x86-64-v4") if name <= HOST]
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])

# (m, n, k), with right operands too large to be used where they lie: rows left over, several blocks
# of columns, a ragged panel, odd k; several blocks of k; several spans of rows.
SHAPES = [(117, 1500, 251), (75, 370, 1030), (1300, 1201, 301)]
FEW = 40  # rows of a product whose left operand is used where it lies


def operands(name: str, shape, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    m, n, k = shape
    rng = np.random.default_rng(shape)
    left, right = rng.standard_normal((m, k)), rng.standard_normal((k, n))
    stored = left.T if name[-2] == "1" else left, right.T if name[-1] == "1" else right
    return tuple(np.ascontiguousarray(x, dtype)[None] for x in stored)


@pytest.mark.parametrize("target", LEVELS)
@dtypes
@pytest.mark.parametrize("name", ["plain00", "plain01", "plain10", "plain11"])
def test_rows_have_the_bits_they_have_among_few(target: str, dtype: str, name: str):
    unit = compiled(dtype, target)
    for shape in SHAPES:
        left, right = operands(name, shape, dtype)
        whole = unit.run(name, left, right)
        assert unit.field(name, "slivers") == 1
        for first in range(0, shape[0], FEW):
            rows = slice(first, first + FEW)
            some = left[:, :, rows] if name[-2] == "1" else left[:, rows]
            part = unit.run(name, np.ascontiguousarray(some), right)
            assert unit.field(name, "slivers") == 0
            np.testing.assert_array_equal(whole[:, rows], part)


@dtypes
@pytest.mark.skipif("mlir" not in PRINTERS, reason="the MLIR printer is not installed")
@pytest.mark.skipif(not LEVELS, reason="needs AVX")
def test_printers_give_equal_bits(dtype: str):
    one, other = (compiled(dtype, HOST, printer) for printer in ("llvm", "mlir"))
    for shape in SHAPES:
        for name in ("plain00", "plain10"):
            values = operands(name, shape, dtype)
            np.testing.assert_array_equal(one.run(name, *values), other.run(name, *values))


@pytest.mark.parametrize("target", ["x86-64-v3", "x86-64-v4"])
@dtypes
def test_a_sliver_is_as_high_as_a_tile(target: str, dtype: str):
    """What is left over divides: each height is used once at most, so slivers and strips agree."""
    tallest, *others = tile_for(dtype, TARGETS[target]).rows
    for rows in range(tallest):
        left = rows
        for height in others:
            left -= height if height <= left else 0
        assert left == 0
