"""Reductions of short rows, which run side by side in lanes: all lengths, dtypes and edges."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.kernel.short import CHOSEN, SUMMED

THREADS = (1, 2, 3, 5)
LENGTHS = (1, 2, 3, 4, 10, 16, 17, SUMMED - 1, SUMMED, CHOSEN - 1, CHOSEN)
ROWS = (1, 15, 16, 33, 1000)


def reductions(dtype):
    x = T.matrix("x", dtype=dtype)
    return [x], {
        "sum": (
            x.sum(axis=1),
            lambda a: a.astype("int64" if a.dtype.kind in "iu" else "f8").sum(1),
        ),
        "max": (x.max(axis=1), lambda a: a.max(1)),
        "argmax": (x.argmax(axis=1), lambda a: a.argmax(1)),
        "argmin": (x.argmin(axis=1), lambda a: a.argmin(1)),
        "any": (T.any(T.gt(x, 3), axis=1), lambda a: (a > 3).any(1)),
        "squares": (T.sqr(x).sum(axis=1, keepdims=True), lambda a: np.square(a).sum(1)[:, None]),
    }


def data(dtype, *shape):
    return np.random.default_rng(shape[-1]).normal(scale=3, size=shape).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int8"])
def test_all_lengths(dtype):
    inputs, found = reductions(dtype)
    for name, (output, expected) in found.items():
        if name == "squares" and dtype == "int8":
            continue  # NumPy's squares of bytes are bytes
        f = symc.function(inputs, output)
        for n in ROWS:
            for m in LENGTHS:
                x = data(dtype, n, m)
                np.testing.assert_allclose(f(x), expected(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("m", [3, SUMMED - 1, SUMMED])
def test_bits_depend_on_no_number_of_threads_and_on_no_printer(m):
    inputs, found = reductions("float32")
    outputs = [output for output, _ in found.values()]
    x = data("float32", 60_001, m)
    seen = []
    for threads in THREADS:
        for printer in ("mlir", "llvm"):
            with symc.config.change_flags(threads=threads):
                f = symc.function(inputs, outputs, mode=symc.Mode(printer=printer))
            seen.append([r.tobytes() for r in f(x)])
    assert all(bits == seen[0] for bits in seen)


def test_the_first_of_equal_elements_and_the_first_nan():
    inputs, found = reductions("float32")
    f = symc.function(inputs, [found["argmax"][0], found["argmin"][0], found["max"][0]])
    x = np.zeros((40, 5), "float32")
    x[3, [1, 4]] = 2
    x[5, [2, 3]] = np.nan
    x[6, [2, 3]] = np.inf, -np.inf
    top, low, greatest = f(x)
    np.testing.assert_array_equal(top, x.argmax(1))
    np.testing.assert_array_equal(low, x.argmin(1))
    np.testing.assert_array_equal(greatest, x.max(1))


def test_nothing_in_rows_and_no_rows():
    x = T.fmatrix("x")
    f = symc.function([x], x.sum(axis=1))
    assert f(np.zeros((40, 0), "float32")).tolist() == [0] * 40
    assert f(np.zeros((0, 3), "float32")).shape == (0,)


def test_strided_arguments_and_rows_of_a_broadcast():
    x, y = T.fmatrix("x"), T.fmatrix("y")
    f = symc.function([x, y], T.sqr(x[:, None] - y[None]).sum(axis=2))
    a, b = data("float32", 100, 6)[:, ::2], data("float32", 3, 70).T
    np.testing.assert_allclose(f(a, b), np.square(a[:, None] - b[None]).sum(2), rtol=1e-5)
