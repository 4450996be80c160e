"""Products of a matrix and a vector: all shapes and layouts, what follows them, equal bits."""

import numpy as np
import pytest

import symc
import symc.tensor as T

SHAPES = [(1, 1), (1, 70), (70, 1), (3, 5), (15, 33), (16, 16), (17, 100), (200, 12), (300, 50)]


def data(dtype, *shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(dtype)


def products(dtype):
    x, w = T.tensor(dtype, (False, False)), T.tensor(dtype, (False,))
    b = T.tensor(dtype, (False,))
    return [x, w, b], {
        "matrix, vector": T.dot(x, w) + b,
        "transposed": T.dot(x.T, b) * w,
        "vector, matrix": T.dot(b, x) - w,
        "what follows": T.nnet.sigmoid(T.dot(x, w) + b),
        "twice": T.stack([T.dot(x, w), T.sqr(x - w).sum(axis=1), T.dot(x, w[::-1])]),
    }


def expected(x, w, b):
    return {
        "matrix, vector": x @ w + b,
        "transposed": (x.T @ b) * w,
        "vector, matrix": b @ x - w,
        "what follows": 1 / (1 + np.exp(-(x @ w + b))),
        "twice": np.stack([x @ w, np.square(x - w).sum(1), x @ w[::-1]]),
    }


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_shapes_and_layouts(dtype):
    inputs, found = products(dtype)
    f = symc.function(inputs, list(found.values()))
    for m, k in SHAPES:
        plain, turned = data(dtype, m, k), np.asfortranarray(data(dtype, m, k))
        w, b = data(dtype, k), data(dtype, m)
        wide = np.asarray(plain, "float64")
        for x in (plain, turned, data(dtype, 2 * m, k)[::2] * 0 + plain):
            wanted = expected(wide, w.astype("float64"), b.astype("float64"))
            for name, got in zip(found, f(x, w, b), strict=True):
                tolerance = 1e-4 if dtype == "float32" else 1e-11
                np.testing.assert_allclose(
                    got, wanted[name], rtol=tolerance, atol=tolerance, err_msg=name
                )


def test_bits_depend_on_no_number_of_threads_and_on_no_printer():
    inputs, found = products("float32")
    x, w, b = data("float32", 40_003, 50), data("float32", 50), data("float32", 40_003)
    seen = []
    for threads in (1, 2, 3):
        for printer in ("mlir", "llvm"):
            with symc.config.change_flags(threads=threads):
                f = symc.function(inputs, list(found.values()), mode=symc.Mode(printer=printer))
            seen.append([r.tobytes() for r in f(x, w, b)])
    assert all(bits == seen[0] for bits in seen)


@pytest.mark.parametrize("k", [30, 50, 1000])
@pytest.mark.parametrize("reduce", [T.dot, lambda x, w: x.sum(axis=1), lambda x, w: x.var(axis=1)])
def test_a_row_has_the_same_bits_however_many_there_are(k, reduce):
    x, w = T.fmatrix(), T.fvector()
    f = symc.function([x, w], reduce(x, w), on_unused_input="ignore")
    rows, vector = data("float32", 37, k), data("float32", k)
    whole = f(rows, vector)
    for first, last in ((0, 1), (3, 10), (5, 36)):
        np.testing.assert_array_equal(f(rows[first:last], vector), whole[first:last])


def test_bits_of_many_columns_depend_on_no_number_of_threads():
    x, w = T.fmatrix(), T.fvector()
    rows, vector = data("float32", 203, 5001), data("float32", 203)
    seen = []
    for threads in (1, 2, 3):
        with symc.config.change_flags(threads=threads):
            f = symc.function([x, w], [T.dot(w, x), x.sum(axis=0)])
        seen.append([r.tobytes() for r in f(rows, vector)])
    assert all(bits == seen[0] for bits in seen)
    np.testing.assert_allclose(np.frombuffer(seen[0][0], "f"), vector @ rows, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("rows", [1, 7, 8, 9, 64, 100])
def test_steps_printed_in_full_and_those_that_are_left(rows):
    x, w = T.dmatrix(), T.dvector()
    sums = T.dot(w, x), T.sqr(x).sum(axis=0), T.dot(w * (1 - w), x)
    f = symc.function([x, w], [*sums, x.max(axis=0), x.prod(axis=0)])
    for columns in (1, 15, 16, 40, 70, 129):
        a, b = data("float64", rows, columns), data("float64", rows)
        wanted = (b @ a, np.square(a).sum(0), (b * (1 - b)) @ a, a.max(0), a.prod(0))
        for got, expected in zip(f(a, b), wanted, strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sums_of_squares_and_of_longer_products(dtype):
    x, y = (T.TensorType(dtype, (False, False))() for _ in "xy")
    w = T.TensorType(dtype, (False,))()
    sums = [T.sum(z, axis=a) for a in (0, 1, None) for z in (x * x, x * y * w, x * y * w * x)]
    f = symc.function([x, y, w], sums)
    for rows, columns in ((1, 1), (40, 7), (5, 100), (33, 40)):
        a, b, c = data(dtype, rows, columns), data(dtype, rows, columns), data(dtype, columns)
        wide = [z.astype("float64") for z in (a, b, c)]
        products = (wide[0] ** 2, wide[0] * wide[1] * wide[2], wide[0] ** 2 * wide[1] * wide[2])
        wanted = [z.sum(axis) for axis in (0, 1, None) for z in products]
        for got, expected in zip(f(a, b, c), wanted, strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4 * rows)
