"""Long work is shared by threads: same bits, same errors, whatever their number."""

import os
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.runtime import release_memory

THREADS = (1, 2, 5)


def made(threads, inputs, outputs, **options):
    with symc.config.change_flags(threads=threads):
        return symc.function(inputs, outputs, **options)


def layers():
    """Return kernels of all kinds: rows, columns, picked rows, products, updates in place."""
    x, w, i = T.fmatrix("x"), T.fmatrix("w"), T.lvector("i")
    state = symc.shared(np.zeros((3000, 96), "float32"), "state")
    mean = x.mean(axis=1, keepdims=True)
    outputs = [
        T.tanh(x) * x + x.sum(axis=0),
        T.nnet.softmax(x),
        (x - mean) / T.sqrt(T.sqr(x - mean).mean(axis=1, keepdims=True) + 1e-5),
        T.argmax(x, axis=1),
        w[i] + x,
        T.inc_subtensor(w[i], x),
        T.tanh(T.dot(x, w[:300].T) + T.arange(300).astype("float32")),
        T.dot(x.T, w),
    ]
    return [x, w, i], outputs, {state: state * 0.5 + T.exp(x)}, state


def test_bits_are_those_of_one_thread():
    random = np.random.default_rng(3)
    x, w = (random.normal(size=(3000, 96)).astype("float32") for _ in range(2))
    at = random.integers(-3000, 3000, size=3000)
    seen = []
    for threads in THREADS:
        inputs, outputs, updates, state = layers()
        f = made(threads, inputs, outputs, updates=updates)
        results = [*f(x, w, at), *f(x, w, at)]
        seen.append([*(a.tobytes() for a in results), state.get_value().tobytes()])
    assert seen[0] == seen[1] == seen[2]


def test_the_first_index_out_of_bounds_is_told():
    w, i = T.fmatrix("w"), T.lvector("i")
    table = np.zeros((50, 64), "float32")
    at = np.zeros(20_000, "int64")
    at[[7_000, 15_000, 19_999]] = 60, 70, -51
    for threads in THREADS:
        f = made(threads, [w, i], T.exp(w[i]))
        for _ in range(5):
            with pytest.raises(IndexError, match="index 60 is out of bounds"):
                f(table, at)


def test_scratch_is_for_as_many_parts_as_there_can_be():
    """A single row of many elements needs one scratch row, not one for each part."""
    x = T.fmatrix("x")
    f = made(2, [x], T.nnet.softmax(x))
    data = np.linspace(-1, 1, 3_000_000, dtype="float32")[None]
    release_memory()
    f(data)
    assert release_memory() < 3 * data.nbytes


def test_calls_of_many_threads_share_the_pool():
    x = T.dvector("x")
    f = made(3, [x], T.exp(x) / (1 + T.exp(x)))
    arrays = [np.linspace(-k, k, 200_000 + k) for k in range(16)]
    expected = [f(a) for a in arrays]
    with ThreadPoolExecutor(6) as pool:
        for got, wanted in zip(pool.map(f, arrays), expected, strict=True):
            assert np.array_equal(got, wanted)


def test_a_forked_child_has_threads_of_its_own():
    x = T.dvector("x")
    f = made(2, [x], T.tanh(x))
    data = np.linspace(-3, 3, 300_000)
    expected = f(data)
    child = os.fork()
    if child == 0:
        os._exit(0 if np.array_equal(f(data), expected) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_the_number_belongs_to_the_function():
    x = T.dvector("x")
    f = made(2, [x], x + 1)
    again = pickle.loads(pickle.dumps(f))
    assert again([1.0]).tolist() == [2.0]
    with pytest.raises(ValueError, match="threads takes a number from 0 to 1024"):
        symc.config.threads = "many"
