"""Generated sorts against NumPy: dtypes, lengths, ties, printers, the bounds of memory."""

import ctypes

import numpy as np
import pytest
from native import build
from products import Guarded
from running import native

from symc.compiler.bfloat import convert, widened
from symc.compiler.codegen.order import quick
from symc.compiler.codegen.order.rows import DIGITS, SHORT
from symc.compiler.codegen.sorting import emit_sorting
from symc.compiler.kernel.sorting import (
    SORTED,
    Sorting,
    interpret,
    scratch,
    sorted_values,
)
from symc.compiler.ops.order import argsort, sort
from symc.compiler.types import FLOATS
from tests.passes.graphs import build as build_module

LENGTHS = (0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 128, 130, 256, 257, 300)
LONG = SHORT * 8 + 3
RESULTS = ("values", "positions")


def numbers(dtype: str, shape, seed: int = 0) -> np.ndarray:
    """Return numbers with ties, and for floats NaN of both signs, infinities and both zeros."""
    rng = np.random.default_rng([seed, *shape])
    if dtype not in FLOATS:
        spread = rng.standard_normal(shape) * 2.0 ** rng.uniform(0, 60, shape)
        with np.errstate(all="ignore"):
            return spread.astype("int64").astype(dtype)
    few = rng.integers(-4, 5, shape) / 2
    special = rng.choice([np.nan, -np.nan, np.inf, -np.inf, -0.0, 1e-7, -6e4], shape)
    x = np.where(rng.random(shape) < 0.3, special, few)
    return convert(np.where(rng.random(shape) < 0.5, x, rng.standard_normal(shape)), dtype)


def run(unit, sorting: Sorting, source: np.ndarray, *places: int) -> np.ndarray:
    """Sort rows in memory that ends at pages nobody may touch."""
    guarded = Guarded()
    rows, length = source.shape
    first, count = places or (0, length)
    out = guarded.empty((rows, count), sorting.out_dtype)
    fixed, element = scratch(sorting)
    work = guarded.empty((fixed + element * source.shape[1],), np.uint8, align=8)
    work.fill(0xFF)
    copy = guarded.copy(source) if source.size else source
    unit.call(sorting.result, copy, out, rows, length, first, count, work, ctypes.c_void_p())
    return out


def unit_of(dtype: str, printer: str):
    def emit(b) -> None:
        for result in RESULTS:
            emit_sorting(b, Sorting(dtype, result), result)

    return build(emit, printer=printer)


def check(unit, dtype: str, source: np.ndarray, *places: int) -> None:
    for result in RESULTS:
        sorting = Sorting(dtype, result)
        expected = widened(interpret(sorting, source, *places))
        got = widened(run(unit, sorting, source, *places))
        np.testing.assert_array_equal(got, expected)
        if dtype in FLOATS and result == "values":
            number = ~np.isnan(expected)
            np.testing.assert_array_equal(np.signbit(got[number]), np.signbit(expected[number]))


@pytest.mark.parametrize("dtype", sorted(SORTED))
def test_rows_of_every_length(dtype: str):
    unit = unit_of(dtype, "llvm")
    for length in LENGTHS:
        check(unit, dtype, numbers(dtype, (3, length)))
    check(unit, dtype, numbers(dtype, (2, LONG)))
    check(unit, dtype, numbers(dtype, (0, 5)))


@pytest.mark.parametrize("printer", ["mlir", "c"])
@pytest.mark.parametrize("dtype", ["bool", "int16", "float16", "bfloat16", "float32", "float64"])
def test_other_printers(dtype: str, printer: str):
    unit = unit_of(dtype, printer)
    for length in (1, 5, 70, LONG):
        check(unit, dtype, numbers(dtype, (2, length)))


@pytest.mark.parametrize("printer", ["llvm", "mlir", "c"])
@pytest.mark.parametrize("dtype", ["bool", "int16", "float32", "int64", "float64"])
def test_some_places(dtype: str, printer: str):
    unit = unit_of(dtype, printer)
    for length in (1, 5, 100, 256, 300, LONG):
        source = numbers(dtype, (2, length))
        for first, count in ((0, 1), (length - 1, 1), (length // 2, length // 3), (length, 0)):
            check(unit, dtype, source, first, count)


def test_long_rows_of_few_digits():
    length = DIGITS[2] + 3
    for dtype in ("uint16", "float16"):
        check(unit_of(dtype, "llvm"), dtype, numbers(dtype, (2, length)))


def test_what_parts_badly_is_sorted_by_digits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quick, "PATIENCE", 1)
    for dtype in ("float32", "int64"):
        check(unit_of(dtype, "llvm"), dtype, numbers(dtype, (2, 5000)))


@pytest.mark.parametrize(
    "row",
    [
        np.arange(300000),
        np.arange(300000)[::-1],
        np.arange(300000) % 7,
        np.zeros(300000),
        np.minimum(np.arange(300000), np.arange(300000)[::-1]),
    ],
)
def test_long_rows_in_some_order(row: np.ndarray):
    for dtype in ("float32", "int64"):
        check(unit_of(dtype, "llvm"), dtype, row.astype(dtype)[None])


SHARED = ((1, 200_000), (3, 70_000), (1000, 100), (5, 9000), (1, 65_536))


@pytest.mark.parametrize(
    ("dtype", "op"), [("uint8", sort), ("float32", sort), ("float64", argsort)]
)
def test_threads_give_the_same_bits(dtype: str, op):
    module = build_module(op, (dtype, 2))
    runs = [native(module, threads=threads)[0] for threads in (1, 3)]
    for shape in SHARED:
        source = numbers(dtype, shape)
        alone, shared = (run(source)[0] for run in runs)
        np.testing.assert_array_equal(alone, op.reference(source))
        assert alone.tobytes() == shared.tobytes()


def test_what_parts_badly_on_threads(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(quick, "PATIENCE", 1)
    source = numbers("float32", (1, 100_000))
    got = native(build_module(sort, ("float32", 2)), threads=2)[0](source)[0]
    np.testing.assert_array_equal(got, sorted_values(source))
