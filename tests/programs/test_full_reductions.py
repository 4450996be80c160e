"""Reductions of everything: same bits on any number of threads, of any size around their blocks."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.build import build_module
from symc.compiler.codegen.cutting import memory_words
from symc.compiler.kernel.cut import BLOCKS, POINTS
from symc.passes.fuse.emission import fuse
from symc.passes.plan import plan

THREADS = (1, 2, 3, 5)
SIZES = (1, 17, POINTS - 1, POINTS, POINTS + 1, 3 * POINTS + 5, 9 * POINTS)


def made(threads, inputs, outputs, printer=""):
    with symc.config.change_flags(threads=threads):
        return symc.function(inputs, outputs, mode=symc.Mode(printer=printer))


def reductions(dtype):
    """Return what reduces a vector of a dtype, and the same in NumPy."""
    v = T.vector("v", dtype=dtype)
    total = v.sum()
    found = {
        "sum": (total, lambda a: a.sum(dtype="float64" if a.dtype.kind == "f" else "int64")),
        "max": (v.max(), np.max),
        "min": (v.min(), np.min),
        "argmax": (v.argmax(), np.argmax),
        "argmin": (v.argmin(), np.argmin),
        "any": (T.any(T.gt(v, 2)), lambda a: (a > 2).any()),
        "all": (T.all(T.lt(v, 2)), lambda a: (a < 2).all()),
        "first": (T.argmax(T.gt(v, 9)), lambda a: (a > 9).argmax()),
        "last": (T.argmin(T.lt(v[::-1], 9)), lambda a: (a[::-1] < 9).argmin()),
        "shares": (v - T.cast(total / v.size, dtype), None),
    }
    return v, found


def numbers(dtype, n):
    return np.random.default_rng(n).normal(scale=3, size=n).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "int64"])
def test_all_sizes_on_any_number_of_threads(dtype):
    v, found = reductions(dtype)
    outputs = [variable for variable, _ in found.values()]
    functions = [made(threads, [v], outputs) for threads in THREADS]
    for n in SIZES:
        x = numbers(dtype, n)
        seen = [[r.tobytes() for r in f(x)] for f in functions]
        assert all(bits == seen[0] for bits in seen)
        for got, (_, expected) in zip(functions[0](x), found.values(), strict=True):
            if expected is not None:
                np.testing.assert_allclose(got, expected(x), rtol=1e-6, atol=1e-5)


def test_both_printers_give_equal_bits():
    v, found = reductions("float32")
    outputs = [variable for variable, _ in found.values()]
    x = numbers("float32", 5 * POINTS + 3)
    printed = [made(2, [v], outputs, printer=printer)(x) for printer in ("mlir", "llvm")]
    for left, right in zip(*printed, strict=True):
        assert left.tobytes() == right.tobytes()


def test_the_first_of_equal_extremes_and_the_first_nan_win_across_blocks():
    v = T.fvector("v")
    f = made(2, [v], [v.argmax(), v.argmin(), v.max()])
    x = np.zeros(20 * POINTS, "float32")
    x[[POINTS + 7, 5 * POINTS, 9 * POINTS]] = 4
    x[[2 * POINTS, 15 * POINTS]] = -4
    assert [int(r) for r in f(x)] == [POINTS + 7, 2 * POINTS, 4]
    x[[3 * POINTS, 17 * POINTS + 1]] = np.nan
    top, low, greatest = f(x)
    assert (top, low) == (3 * POINTS, 3 * POINTS)
    assert np.isnan(greatest)


def test_blocks_keep_a_float32_sum_of_many_accurate():
    """One after the other, a tenth added ten million times is off by a hundredth."""
    v = T.fvector("v")
    x = np.full(10_000_000, 0.1, "float32")
    f = made(2, [v], T.dot(v, v))
    exact = (x.astype("float64") ** 2).sum()
    assert abs(f(x) - exact) < 1e-6 * exact
    assert len(x) > BLOCKS * POINTS / 2


def test_rows_that_cannot_be_one_axis_are_shared():
    x, w = T.fmatrix("x"), T.fvector("w")
    error = T.sqr(x - w)
    functions = [made(threads, [x, w], [error.mean(), error.max()]) for threads in THREADS]
    for shape in ((0, 5), (1, 3 * POINTS), (700, 300), (5 * POINTS, 3)):
        a, b = numbers("float32", shape[0] * shape[1]).reshape(shape), numbers("float32", shape[1])
        if not shape[0]:
            continue
        seen = [[r.tobytes() for r in f(a, b)] for f in functions]
        assert all(bits == seen[0] for bits in seen)
        np.testing.assert_allclose(functions[0](a, b)[0], np.square(a - b).mean(), rtol=1e-5)


def test_nothing_has_a_sum_and_no_maximum():
    v = T.fvector("v")
    empty = np.zeros(0, "float32")
    assert made(2, [v], v.sum())(empty) == 0
    assert made(2, [v], v.prod())(empty) == 1
    with pytest.raises(ValueError, match="no element to choose from"):
        made(2, [v], v.max())(empty)


def test_the_first_index_out_of_bounds_is_told():
    w, i = T.fvector("w"), T.lvector("i")
    at = np.zeros(10 * POINTS, "int64")
    at[[4 * POINTS, 9 * POINTS]] = 50, 60
    for threads in THREADS:
        f = made(threads, [w, i], T.exp(w[i]).sum())
        with pytest.raises(IndexError, match="index 50 is out of bounds"):
            f(np.zeros(50, "float32"), at)


def test_a_state_that_is_divided_by_its_sum():
    for threads in THREADS:
        state = symc.shared(np.arange(4 * POINTS, dtype="float64"), "state")
        with symc.config.change_flags(threads=threads):
            f = symc.function([], [], updates={state: state / state.sum()})
        f()
        assert abs(state.get_value().sum() - 1) < 1e-9
        assert state.get_value()[0] == 0


def test_many_reductions_share_what_their_blocks_hand_on():
    """A block of memory for each would take as much of the stack as there are reductions."""
    vectors = [T.dvector(f"v{k}") for k in range(3)]
    made = plan(
        fuse(build_module(vectors, [T.sqr(v - k).sum() for k, v in enumerate(vectors)])), int
    )
    assert len(made.functions) == 3
    assert memory_words(made) == BLOCKS


@pytest.mark.parametrize("threads", THREADS)
def test_what_ends_early_finds_it_anywhere(threads):
    v = T.fvector("v")
    any_, all_ = made(threads, [v], T.any(T.gt(v, 0))), made(threads, [v], T.all(T.le(v, 0)))
    for n in SIZES:
        x = np.zeros(n, "float32")
        assert not any_(x)
        assert all_(x)
        for place in {0, n // 2, n - 1, min(n - 1, POINTS), min(n - 1, 3 * POINTS)}:
            x[place] = 1
            assert any_(x)
            assert not all_(x)
            x[place] = 0
