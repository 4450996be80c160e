"""Reductions of short rows, which run side by side in lanes: all lengths, dtypes and edges."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.kernel.short import BUSY, TURNED
from symc.printing import explain

FLOATS, WIDE = 16, 8
"""Lanes of float32 and of float64 with AVX-512; those of other targets have shorter limits."""

THREADS = (1, 2, 3, 5)
LIMITS = [lanes * vectors for lanes in (WIDE, FLOATS) for vectors in (TURNED, BUSY)]
LENGTHS = (1, 2, 3, 4, 10, 16, 17, *sorted({n + k for n in LIMITS for k in (-1, 0)}))
ROWS = (1, 3, 4, 15, 16, 33, 1000)


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


@pytest.mark.parametrize("m", [3, 10, FLOATS * TURNED - 1, FLOATS * TURNED])
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


# --- rows that are computed from their own sums


def logsumexp(a):
    return np.log(np.exp(a).sum(1, keepdims=True))


def programs(dtype):
    """Return the input, and outputs with what NumPy makes of a float64 array."""
    x = T.matrix("x", dtype=dtype)
    spread = x - x.mean(axis=1, keepdims=True)
    scaled = spread / T.sqrt(T.sqr(spread).mean(axis=1, keepdims=True) + 1)
    return x, {
        "softmax": (T.nnet.softmax(x), lambda a: np.exp(a - logsumexp(a))),
        "log softmax": (T.nnet.logsoftmax(x), lambda a: a - logsumexp(a)),
        "log sum": (T.log(T.exp(x).sum(axis=1)), lambda a: logsumexp(a)[:, 0]),
        "variance": (x.var(axis=1), lambda a: a.var(1)),
        "layer norm": (
            scaled,
            lambda a: (a - a.mean(1, keepdims=True)) / np.sqrt(a.var(1, keepdims=True) + 1),
        ),
    }


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_programs_of_all_lengths(dtype):
    x, found = programs(dtype)
    f = symc.function([x], [output for output, _ in found.values()])
    close = 2e-5 if dtype == "float32" else 1e-12
    for n in ROWS:
        for m in LENGTHS:
            a = data(dtype, n, m)
            for got, (_, expected) in zip(f(a), found.values(), strict=True):
                np.testing.assert_allclose(got, expected(a.astype("f8")), close, close)


@pytest.mark.parametrize("m", [10, FLOATS * TURNED])
def test_bits_of_programs_depend_on_no_number_of_threads_and_on_no_printer(m):
    x, found = programs("float32")
    a = data("float32", 60_001, m)
    seen = []
    for threads in (1, 2, 5):
        for printer in ("mlir", "llvm"):
            with symc.config.change_flags(threads=threads):
                outputs = [output for output, _ in found.values()]
                f = symc.function([x], outputs, mode=symc.Mode(printer=printer))
            seen.append([r.tobytes() for r in f(a)])
    assert all(bits == seen[0] for bits in seen)


def test_the_gradient_of_a_classifier_and_a_state_in_place():
    x, y = T.dmatrix("x"), T.lvector("y")
    w = symc.shared(data("float64", 40, 7), "w")
    p = T.nnet.softmax(x + w)
    loss = T.nnet.categorical_crossentropy(p, y).mean()
    f = symc.function([x, y], loss, updates=[(w, T.nnet.softmax(w))])
    g = symc.function([x, y], T.grad(loss, x))
    a, labels, old = data("float64", 40, 7), np.arange(40) % 7, w.get_value()
    expected = np.exp(a + old - logsumexp(a + old))
    one = np.eye(7)[labels]
    np.testing.assert_allclose(g(a, labels), (expected - one) / 40, 1e-12, 1e-15)
    np.testing.assert_allclose(f(a, labels), -np.log((expected * one).sum(1)).mean(), 1e-12)
    np.testing.assert_allclose(w.get_value(), np.exp(old - logsumexp(old)), 1e-12)


@pytest.mark.parametrize("m", [3, 10, 20])
def test_bits_of_a_row_depend_on_no_number_of_rows(m):
    x, found = programs("float32")
    f = symc.function([x], [output for output, _ in found.values()])
    a = data("float32", 100, m)
    whole = f(a)
    for n in (1, 3, 17):
        for all_, some in zip(whole, f(a[:n].copy()), strict=True):
            assert all_[:n].tobytes() == some.tobytes()


INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64")


@pytest.mark.parametrize("dtype", [*INTEGERS, "float16", "float32", "float64", "bool"])
def test_rows_of_all_dtypes_are_turned(dtype):
    x = T.matrix("x", dtype=dtype)
    if dtype == "bool":
        output, expected = T.eq(x, x.all(axis=1, keepdims=True)), lambda a: a == a.all(1)[:, None]
    else:
        output, expected = x - x.min(axis=1, keepdims=True), lambda a: a - a.min(1)[:, None]
    f = symc.function([x], output)
    (entry,) = explain(f).entries
    assert dict(entry.shape)["short"].endswith("turned in registers")
    for n in (1, 15, 17, 40):
        for m in (1, 3, 5, 9, 16, 17, 33):
            a = np.random.default_rng(m).integers(0, 5, (n, m)).astype(dtype)
            np.testing.assert_array_equal(f(a), expected(a))


def test_parts_of_rows_and_rows_of_rows():
    """A slice of each row, a transposed matrix, a stack of matrices: with other steps of rows."""
    x, z = T.dmatrix("x"), T.dtensor3("z")
    outputs = [T.nnet.softmax(x[:, 1:6]), T.nnet.softmax(x.T), z - z.max(axis=2, keepdims=True)]
    f = symc.function([x, z], outputs)
    a, c = data("float64", 20, 9), np.random.default_rng(3).normal(size=(3, 21, 7))
    part, turned, stacked = f(a, c)
    np.testing.assert_allclose(part, np.exp(a[:, 1:6] - logsumexp(a[:, 1:6])), 1e-12)
    np.testing.assert_allclose(turned, np.exp(a.T - logsumexp(a.T)), 1e-12)
    np.testing.assert_array_equal(stacked, c - c.max(2, keepdims=True))


def test_columns_of_the_result_stay_as_they_were_beside_the_rows():
    """Rows that are written into a part of a larger matrix, the rest of which is kept."""
    w, x = symc.shared(np.full((30, 9), 7.0), "w"), T.dmatrix("x")
    f = symc.function([x], [], updates=[(w, T.set_subtensor(w[:, 2:7], T.nnet.softmax(x)))])
    a = data("float64", 30, 5)
    f(a)
    expected = np.full((30, 9), 7.0)
    expected[:, 2:7] = np.exp(a - logsumexp(a))
    np.testing.assert_allclose(w.get_value(), expected, 1e-12)
