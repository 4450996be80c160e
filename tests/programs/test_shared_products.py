"""Matrix products on several threads: the same bits, however a product or a batch is shared."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc import runtime

THREADS = (1, 2, 5)

# (m, n, k) of products that threads share: block by block, by pieces of columns and of rows, with
# k in several blocks, with the right operand far, with a vector.
SHAPES = {
    "blocks": (200, 700, 900),
    "pieces of a square": (330, 300, 400),
    "several blocks of k": (280, 150, 1100),
    "hardly worth it": (100, 150, 160),
    "pieces of columns": (60, 500, 784),
    "pieces of rows": (4100, 40, 65),
    "few rows and deep": (100, 100, 2000),
    "narrow": (3000, 12, 500),
    "few columns": (5000, 3, 500),
    "few rows": (3, 1500, 900),
    "thin": (17, 1500, 900),
    "a row": (1, 1500, 900),
    "a column": (1500, 1, 900),
}


def made(threads: int, *arguments, **options):
    with symc.config.change_flags(threads=threads):
        return symc.function(*arguments, **options)


def values(shape, transposed: bool, seed: int, dtype: str):
    shape = (*shape[:-2], shape[-1], shape[-2]) if transposed else shape
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@pytest.mark.parametrize("name", SHAPES)
def test_one_product(name: str):
    m, n, k = SHAPES[name]
    x, y, v = T.fmatrix("x"), T.fmatrix("y"), T.fvector("v")
    for number, (left, right) in enumerate(((False, False), (True, True), (False, True))):
        dot = T.dot(x.T if left else x, y.T if right else y)
        inputs = values((m, k), left, number, "float32"), values((k, n), right, 9, "float32")
        row = np.linspace(-1, 1, n, dtype="float32")
        seen = []
        for threads in THREADS:
            f = made(threads, [x, y, v], [dot, T.tanh(dot + v)])
            plain, finished = f(*inputs, row)
            seen.append((plain.tobytes(), finished.tobytes()))
        assert seen[0] == seen[1] == seen[2]
        wide = [z.astype("float64") for z in inputs]
        exact = (wide[0].T if left else wide[0]) @ (wide[1].T if right else wide[1])
        np.testing.assert_allclose(plain, exact, rtol=1e-3, atol=1e-3)


GRAMS = {"blocks": (700, 400), "several blocks of k": (300, 1100), "pieces": (420, 90)}


@pytest.mark.parametrize("name", GRAMS)
def test_a_matrix_with_its_transpose(name: str):
    """One triangle is computed: its parts differ in length, and each writes elsewhere too."""
    n, k = GRAMS[name]
    x, y, v = T.fmatrix("x"), T.fmatrix("y"), T.fvector("v")
    matrix = values((n, k), False, 1, "float32")
    row = np.linspace(-1, 1, n, dtype="float32")
    for stored in (matrix, np.ascontiguousarray(matrix.T)):
        left, right = (x, y.T) if stored is matrix else (x.T, y)
        whole = T.dot(left, right)
        expected = made(1, [x, y, v], [whole, T.tanh(whole + v)])(stored, stored.copy(), row)
        half = T.dot(left, x.T if stored is matrix else x)
        for threads in THREADS:
            f = made(threads, [x, v], [half, T.tanh(half + v)])
            f(0 * stored, row)  # nothing of what is expected lies in memory already
            found = f(stored, row)
            assert [a.tobytes() for a in found] == [a.tobytes() for a in expected]


BATCHES = {
    "tiny": (20_000, 3, 3, 3),
    "narrow": (4000, 8, 8, 8),
    "small": (700, 20, 40, 30),
    "few and large": (3, 150, 200, 300),
    "many and large": (25, 130, 150, 220),
    "vectors": (300, 1, 130, 120),
}


@pytest.mark.parametrize("name", BATCHES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_batch(name: str, dtype: str):
    batch, m, n, k = BATCHES[name]
    x, y = (T.TensorType(dtype, (False,) * 3)(letter) for letter in "xy")
    inputs = values((batch, m, k), False, 1, dtype), values((batch, k, n), False, 2, dtype)
    seen = [made(threads, [x, y], T.batched_dot(x, y))(*inputs) for threads in THREADS]
    assert seen[0].tobytes() == seen[1].tobytes() == seen[2].tobytes()
    exact = np.matmul(*(z.astype("float64") for z in inputs))
    np.testing.assert_allclose(seen[0], exact, rtol=1e-3, atol=1e-3)


def test_an_update_in_place():
    """The rows of W are written by whoever finishes them, and read by nobody else."""
    x, g = T.fmatrix("x"), T.fmatrix("g")
    inputs = values((300, 400), False, 3, "float32"), values((300, 500), False, 4, "float32")
    seen = []
    for threads in THREADS:
        w = symc.shared(np.ones((400, 500), "float32"))
        step = made(threads, [x, g], [], updates={w: w - np.float32(0.01) * T.dot(x.T, g)})
        step(*inputs)
        step(*inputs)
        seen.append(w.get_value().tobytes())
    assert seen[0] == seen[1] == seen[2]


def test_a_long_batch_of_small_products_can_be_cancelled():
    x, y = T.ftensor3("x"), T.ftensor3("y")
    f = made(1, [x, y], T.batched_dot(x, y))
    inputs = [values((100_000, 2, 2), False, seed, "float32") for seed in (5, 6)]
    expected = f(*inputs)
    runtime.inject_fault(0)
    try:
        f(*inputs)
        sites = runtime.fault_sites_seen()
        assert sites > 50  # it asks again and again
        runtime.inject_fault(sites - 20)
        with pytest.raises(KeyboardInterrupt):
            f(*inputs)
    finally:
        runtime.inject_fault(None)
    assert f(*inputs).tobytes() == expected.tobytes()
