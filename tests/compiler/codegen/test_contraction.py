"""Generated matrix products against NumPy: shapes, storage, epilogues, targets, printers."""

import os
from itertools import pairwise, product

import numpy as np
import pytest
from native import host_level
from products import (
    ALL,
    Compiled,
    arguments,
    compiled,
    descent,
    exact_product,
    records,
    sum_bound,
)

from symc.compiler.codegen.compile import PRINTERS
from symc.compiler.codegen.product.tile import tile_for
from symc.compiler.kernel.contraction import interpret

LEVELS = ("x86-64", "x86-64-v3", "x86-64-v4")
DTYPES = ("float32", "float64")
SWEEP = int(os.environ.get("SYMC_TEST_PRODUCTS", "40"))  # random shapes a target and dtype

# Those of x86-64's levels that this machine can run.
HOST = host_level()
RUNNABLE = LEVELS[: LEVELS.index(HOST) + 1] if HOST in LEVELS else ()
targets = pytest.mark.parametrize("target", (*RUNNABLE, "scalar") if RUNNABLE else (HOST,))
dtypes = pytest.mark.parametrize("dtype", DTYPES)


def check_plain(unit: Compiled, name: str, shape, seed: int = 0) -> None:
    contraction = unit.contractions[name]
    left, right = arguments(contraction, shape, seed)
    error = np.abs(unit.run(name, left, right) - exact_product(contraction, left, right))
    # float64's own reference is as uncertain as what is tested
    bound = sum_bound(contraction, left, right) * (2 if contraction.dtype == "float64" else 1.01)
    assert (error <= bound).all(), (name, shape, error.max())


STORAGE = ("plain00", "plain01", "plain10", "plain11")
EDGES = (1, 2, 3, 4, 5, 7, 8, 11, 12, 13, 16, 17, 24, 25, 31, 32, 33, 63, 64, 65)
BLOCKED = [
    (1, 5, 3, 1100),
    (1, 100, 40, 1030),
    (1, 600, 33, 520),
    (1, 30, 1100, 20),
    (1, 500, 530, 540),
    (1, 14, 2110, 180),
    (3, 97, 65, 33),
    (2, 1, 1100, 30),
    (2, 200, 5, 40),
    (1, 530, 16, 1100),
    (2, 1100, 1, 30),
    (1, 1, 1, 2000),
]


@targets
@dtypes
def test_every_edge_of_a_tile(target: str, dtype: str):
    unit = compiled(dtype, target)
    for number, (m, n) in enumerate(product(EDGES, EDGES)):
        check_plain(unit, STORAGE[number % 4], (1, m, n, 1 + number % 19))


SMALL = (1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33)


@targets
@dtypes
@pytest.mark.parametrize("name", STORAGE)
def test_batches_of_small_products(target: str, dtype: str, name: str):
    """Each matrix of a batch has the bits that it has alone."""
    unit = compiled(dtype, target)
    for number, (m, n) in enumerate(product(SMALL, SMALL)):
        shape = (3, m, n, SMALL[number % len(SMALL) - number // 5 % 5])
        check_plain(unit, name, shape)
        left, right = arguments(unit.contractions[name], shape)
        whole = unit.run(name, left, right)
        alone = [unit.run(name, left[i : i + 1], right[i : i + 1]) for i in range(3)]
        np.testing.assert_array_equal(whole, np.concatenate(alone))


@targets
@dtypes
@pytest.mark.parametrize("name", STORAGE)
def test_blocked_sizes(target: str, dtype: str, name: str):
    unit = compiled(dtype, target)
    for shape in BLOCKED:
        check_plain(unit, name, shape)


@targets
@dtypes
def test_random_sizes(target: str, dtype: str):
    unit = compiled(dtype, target)
    rng = np.random.default_rng(7)
    for seed in range(SWEEP):
        shape = tuple(int(2 ** rng.uniform(0, top)) for top in (1.5, 7, 7, 7))
        check_plain(unit, STORAGE[seed % 4], shape, seed)


@targets
@pytest.mark.parametrize(
    "shape", [(0, 3, 4, 5), (1, 0, 4, 5), (1, 3, 0, 5), (2, 3, 4, 0), (1, 1, 4, 0), (1, 4, 1, 0)]
)
def test_empty_sizes(target: str, shape):
    unit = compiled("float32", target)
    for name in STORAGE:
        left, right = arguments(unit.contractions[name], shape)
        np.testing.assert_array_equal(unit.run(name, left, right), np.zeros(shape[:3], "float32"))
    left, right, row = arguments(unit.contractions["tanh"], shape)
    result = unit.run("tanh", left, right, row)
    if shape[3] == 0:
        np.testing.assert_allclose(result, np.broadcast_to(np.tanh(row), shape[:3]), rtol=1e-6)


EPILOGUE_SHAPES = [
    (2, 150, 7, 40),
    (3, 4, 4, 4),
    (2, 9, 17, 33),
    (1, 5, 40, 7),
    (2, 13, 33, 8),
    (1, 1, 50, 9),
    (1, 50, 1, 9),
    (1, 300, 70, 1200),
    (1, 490, 20, 12),
    (1, 14, 2110, 180),
]


@targets
@dtypes
@pytest.mark.parametrize("shape", EPILOGUE_SHAPES)
def test_bias_and_tanh(target: str, dtype: str, shape):
    unit = compiled(dtype, target)
    contraction = unit.contractions["tanh"]
    left, right, row = arguments(contraction, shape)
    result = unit.run("tanh", left, right, row)
    expected = np.tanh(exact_product(contraction, left, right) + row.astype("float64"))
    # tanh does not stretch; the sum with the bias and tanh itself round: 2 ulp of at most 1 each
    eps = np.finfo(dtype).eps
    bound = 2 * sum_bound(contraction, left, right) + eps * (np.abs(row) + 4)
    assert (np.abs(result - expected) <= bound).all()


@targets
@dtypes
@pytest.mark.parametrize("shape", EPILOGUE_SHAPES)
def test_update_in_place(target: str, dtype: str, shape):
    unit = compiled(dtype, target)
    contraction = unit.contractions["descent"]
    left, right, weights, rate = arguments(contraction, shape)
    fresh = unit.run("descent", left, right, weights, rate)
    in_place = unit.run("descent", left, right, weights, rate, out=0)
    np.testing.assert_array_equal(fresh, in_place)
    step = float(rate) * exact_product(contraction, left, right)
    eps = np.finfo(dtype).eps
    bound = abs(float(rate)) * 2 * sum_bound(contraction, left, right)
    bound += eps * (np.abs(weights) + 2 * np.abs(step))
    assert (np.abs(fresh - (weights.astype("float64") - step)) <= bound).all()


@targets
@dtypes
@pytest.mark.parametrize("shape", EPILOGUE_SHAPES)
def test_operands_of_every_kind(target: str, dtype: str, shape):
    unit = compiled(dtype, target)
    contraction = unit.contractions["mixed"]
    left, right, column, full, row = arguments(contraction, shape)
    result = unit.run("mixed", left, right, column, full, row)
    expected = np.where(
        column[:, None], (exact_product(contraction, left, right) + row) * 0.25, full
    )
    bound = 0.5 * sum_bound(contraction, left, right) + 1e-15 * (np.abs(expected) + 9)
    assert result.dtype == np.float64
    assert (np.abs(result - expected) <= bound).all()


@targets
@dtypes
def test_a_narrow_output(target: str, dtype: str):
    unit = compiled(dtype, target)
    values = arguments(unit.contractions["half"], (2, 13, 33, 8))
    product = unit.run("plain00", *values)
    np.testing.assert_array_equal(unit.run("half", *values), product.astype("float16"))


@dtypes
def test_the_record_means_the_same(dtype: str):
    """The interpreter, which rounds in NumPy's order, stays within the same bounds."""
    contraction = descent(dtype)
    values = arguments(contraction, (2, 13, 33, 8))
    result = interpret(contraction, *values)
    native = compiled(dtype, HOST).run("descent", *values)
    rate = abs(float(values[3]))
    bound = 4 * rate * sum_bound(contraction, *values[:2])
    assert (np.abs(result - native) <= bound + 8 * np.finfo(dtype).eps * np.abs(native)).all()


@dtypes
@pytest.mark.skipif("x86-64-v4" not in RUNNABLE, reason="needs AVX-512")
def test_bits_depend_on_no_tile(dtype: str):
    """A sum is one chain in the order of k, so any tile and any block of k give the same bits."""
    wide, narrow = (compiled(dtype, target) for target in ("x86-64-v4", "x86-64-v3"))
    for name, shape in product(
        ("plain00", "plain01", "descent"), [(1, 30, 45, 70), (1, 100, 40, 1030), (1, 3, 2110, 180)]
    ):
        values = arguments(wide.contractions[name], shape)
        np.testing.assert_array_equal(wide.run(name, *values), narrow.run(name, *values))


def test_rows_do_not_depend_on_their_number():
    unit = compiled("float32", HOST)
    left, right = arguments(unit.contractions["plain00"], (1, 60, 45, 700))
    whole = unit.run("plain00", left, right)
    for first, last in ((0, 13), (13, 15), (15, 60)):
        part = unit.run("plain00", left[:, first:last], right)
        np.testing.assert_array_equal(part, whole[:, first:last])


@targets
@dtypes
@pytest.mark.skipif("mlir" not in PRINTERS, reason="the MLIR printer is not installed")
def test_printers_give_equal_bits(target: str, dtype: str):
    one, other = (compiled(dtype, target, printer) for printer in ("llvm", "mlir"))
    shapes = [(2, 13, 33, 8), (1, 1, 50, 9), (1, 50, 1, 9), (1, 100, 70, 1200)]
    for name, shape in product(records(dtype), shapes):
        values = arguments(one.contractions[name], shape)
        np.testing.assert_array_equal(one.run(name, *values), other.run(name, *values))


@dtypes
@pytest.mark.parametrize("target", ["aarch64"])
def test_other_processors_compile(target: str, dtype: str):
    assert Compiled(records(dtype), target, "llvm").blob.exports["tanh"] >= 0


@pytest.mark.parametrize("target", sorted(ALL))
@dtypes
def test_tiles_fit_their_blocks(target: str, dtype: str):
    tile = tile_for(dtype, ALL[target])
    assert tile.rows[-1] == 1
    assert all(tall <= 2 * low for tall, low in pairwise(tile.rows))
    assert tile.block_n % tile.width == 0
    assert tile.span % tile.block_m == 0
    assert all(tile.block_m % rows == 0 for rows in tile.rows)
