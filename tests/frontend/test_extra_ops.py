"""Functions of `extra_ops` against NumPy: values, types, derivatives, refusals."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.errors import NotSupported, TypeMismatch
from symc.exceptions import BadValue
from symc.tensor import extra_ops

rng = np.random.default_rng(3)


@pytest.mark.parametrize("axis", [0, 1, -1, None])
@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_running(name, axis):
    x = T.fmatrix()
    function = getattr(T, name)
    results = [function(x, axis), getattr(x, name)(axis), T.tanh(function(T.exp(x), axis))]
    f = symc.function([x], [*results, function(x, axis).sum()])
    value = rng.standard_normal((5, 4)).astype("float32")
    for given in (value, value[::-1, ::2], value[:0], value.T):
        expected = getattr(np, name)(given, axis)
        plain, method, fused, total = f(given)
        np.testing.assert_array_equal(plain, expected)
        np.testing.assert_array_equal(method, expected)
        running = getattr(np, name)(np.exp(given.astype("float64")), axis)
        np.testing.assert_allclose(fused, np.tanh(running), rtol=1e-5)
        np.testing.assert_allclose(total, expected.sum(dtype="float64"), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", ["int8", "uint16", "float16", "float64"])
def test_running_keeps_the_dtype(dtype):
    x = T.TensorType(dtype, (False,))()
    value = np.array([0, 100, 100, 3, 0, 1]).astype(dtype)
    for name in ("cumsum", "cumprod"):
        got = getattr(T, name)(x).eval({x: value})
        expected = getattr(np, name)(value, dtype=dtype)
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(got, expected)
    assert (
        np.signbit(T.cumsum(x).eval({x: -value})[0]) == np.signbit((-value)[0])
        if (dtype.startswith("float"))
        else True
    )


def test_a_running_sum_of_a_state_is_in_place_and_long():
    value = rng.integers(-9, 9, 200_001)
    s = symc.shared(value)
    f = symc.function([], s.cumsum()[-1], updates=[(s, T.cumsum(s)[::-1])])
    assert f() == value.sum()
    np.testing.assert_array_equal(s.get_value(), value.cumsum()[::-1])


ZEROS = np.array([[1.5, 0.0, 2.0, -1.0], [0.0, 3.0, 0.0, 2.0], [2.0, 1.0, -0.5, 0.0]])


@pytest.mark.parametrize("axis", [0, 1, None])
def test_derivatives_of_running_products_are_right_at_zeros(axis):
    symc.gradient.verify_grad(lambda x: T.cumprod(x, axis), [ZEROS], rng=rng)
    symc.gradient.verify_grad(lambda x: T.cumsum(x, axis), [ZEROS], rng=rng)

    def slope(x):
        return symc.grad((T.cumprod(x, axis) ** 2).sum(), x)

    symc.gradient.verify_grad(slope, [ZEROS], rng=rng)


def test_pushed_forward():
    x, v = T.dmatrices("x", "v")
    push = symc.function([x, v], symc.Rop(T.cumprod(x, 1), x, v))
    direction, small = rng.standard_normal((3, 4)), 1e-6
    high, low = (np.cumprod(ZEROS + s * direction, 1) for s in (small, -small))
    np.testing.assert_allclose(push(ZEROS, direction), (high - low) / (2 * small), atol=1e-7)


@pytest.mark.parametrize("n", [0, 1, 2, 6])
@pytest.mark.parametrize("axis", [0, -1])
def test_diff(n, axis):
    x = T.dmatrix()
    np.testing.assert_allclose(extra_ops.diff(x, n, axis).eval({x: ZEROS}), np.diff(ZEROS, n, axis))
    symc.gradient.verify_grad(lambda x: extra_ops.diff(x, n, axis).sum(), [ZEROS], rng=rng)
    b = T.TensorType("bool", (False, False))()
    np.testing.assert_array_equal(T.diff(b).eval({b: ZEROS > 0}), np.diff(ZEROS > 0))


@pytest.mark.parametrize("side", ["left", "right"])
def test_searchsorted(side):
    x, v, order = T.dvector(), T.fmatrix(), T.lvector()
    f = symc.function([x, v], x.searchsorted(v + 0, side))
    g = symc.function([x, v, order], T.searchsorted(x, v, side, order))
    value = rng.integers(-5, 5, 1025) / 2
    sought = rng.integers(-12, 12, (3, 40)).astype("float32") / 4
    for n in (0, 1, 2, 3, 511, 512, 1025):
        part = value[:n]
        expected = np.searchsorted(np.sort(part), sought, side)
        np.testing.assert_array_equal(f(np.sort(part), sought), expected)
        np.testing.assert_array_equal(g(part, sought, np.argsort(part)), expected)


def test_repeat_each():
    x = T.dmatrix()
    for axis, times in ((0, [0, 2, 1]), (1, [1, 0, 3, 1])):
        repeated = T.repeat(x, times, axis)
        np.testing.assert_array_equal(repeated.eval({x: ZEROS}), np.repeat(ZEROS, times, axis))
    np.testing.assert_array_equal(x.repeat([2], 0).eval({x: ZEROS}), np.repeat(ZEROS, 2, 0))
    with pytest.raises(ValueError, match="number of elements differs"):
        T.repeat(x, [1, 2], 0).eval({x: ZEROS})
    with pytest.raises(BadValue, match="negative"):
        T.repeat(x, [1, -2, 1], 0)


def test_repeats_that_a_call_brings():
    x, times = T.dmatrix(), T.lvector()
    f = symc.function([x, times], x.repeat(times, 1))
    for given in ([1, 0, 3, 2], [0, 0, 0, 0]):
        np.testing.assert_array_equal(f(ZEROS, given), np.repeat(ZEROS, given, 1))
    with pytest.raises(IndexError):
        f(ZEROS, [1, -1, 2, 2])
    with pytest.raises(ValueError, match="differs"):
        f(ZEROS, [1, 2])


@pytest.mark.parametrize("dtype", ["int32", "float64"])
def test_unique(dtype):
    x = T.TensorType(dtype, (False, False))()
    f = symc.function([x], extra_ops.Unique(True, True, True)(x))
    g = symc.function([x], extra_ops.Unique()(x))
    for shape in ((3, 5), (1, 1), (0, 2), (40, 30)):
        value = rng.integers(-4, 4, shape).astype(dtype)
        if dtype == "float64" and value.size > 4:
            value[0, :2] = np.nan
        expected = np.unique(value, True, True, True)
        for got, wanted in zip(f(value), expected, strict=True):
            np.testing.assert_array_equal(got, wanted.ravel())
        np.testing.assert_array_equal(g(value), expected[0])


@pytest.mark.parametrize("axis", [0, 1, None])
def test_compress(axis):
    x = T.dmatrix()
    condition = np.array([1, 0, 1])
    got = T.compress(condition, x, axis).eval({x: ZEROS})
    np.testing.assert_array_equal(got, np.compress(condition, ZEROS, axis))


@pytest.mark.parametrize("shape", [(5, 2), (2, 5), (3, 3, 3), (0, 4)])
def test_fill_diagonal(shape):
    a = T.TensorType("float64", (False,) * len(shape))()
    value = rng.standard_normal(shape)
    on = np.all([i == np.indices(shape)[0] for i in np.indices(shape)], axis=0)
    np.testing.assert_array_equal(T.fill_diagonal(a, 7).eval({a: value}), np.where(on, 7, value))
    g, h = symc.grad(T.fill_diagonal(a, v := T.dscalar()).sum(), [a, v])
    np.testing.assert_array_equal(symc.function([a, v], g, on_unused_input="ignore")(value, 1), ~on)
    np.testing.assert_array_equal(
        symc.function([a, v], h, on_unused_input="ignore")(value, 1), on.sum()
    )


@pytest.mark.parametrize("offset", [-1, 0, 2, 9])
def test_fill_diagonal_offset(offset):
    a, k = T.dmatrix(), T.lscalar()
    value = rng.standard_normal((5, 4))
    i, j = np.indices(value.shape)
    expected = np.where(i + offset == j, 7, value)
    got = symc.function([a, k], T.fill_diagonal_offset(a, 7, k))(value, offset)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("n", [0, 1, 2, 5, 8])
def test_bartlett(n):
    m = T.lscalar()
    np.testing.assert_allclose(T.bartlett(m).eval({m: n}), np.bartlett(n))


@pytest.mark.parametrize("order", ["C", "F"])
def test_flat_indices(order):
    i, d = T.lmatrix(), T.lvector()
    dims, flat = np.array([3, 4, 5]), rng.integers(0, 60, (2, 6))
    f = symc.function([i, d], T.unravel_index(i, d, order, ndim=3))
    expected = np.unravel_index(flat, dims, order)
    np.testing.assert_array_equal(f(flat, dims), expected)
    back = T.ravel_multi_index([i, i * 2, i + 1], (3, 4, 5), ("clip", "wrap", "clip"), order)
    parts = (flat, flat * 2, flat + 1)
    wanted = np.ravel_multi_index(parts, dims, ("clip", "wrap", "clip"), order)
    np.testing.assert_array_equal(back.eval({i: flat}), wanted)
    for bad in (60, -1):
        with pytest.raises(IndexError):
            f(np.full((2, 6), bad), dims)


def test_to_one_hot():
    y = T.ivector()
    f = symc.function([y], T.to_one_hot(y, 4, "int8"))
    np.testing.assert_array_equal(f(np.array([3, 0], "int32")), np.eye(4)[[3, 0]])
    with pytest.raises(IndexError):
        f(np.array([4], "int32"))
    assert T.to_one_hot(y, 3).dtype == symc.config.floatX


@pytest.mark.parametrize("linker", ["cvm", "py"])
def test_bincount(linker):
    x, w = T.bvector(), T.dvector()
    mode = symc.Mode(linker=linker)
    given = np.array([1, 3, 1, 0], "int8")
    f = symc.function([x], T.bincount(x, minlength=6), mode=mode)
    np.testing.assert_array_equal(f(given), np.bincount(given, minlength=6))
    g = symc.function([x, w], T.bincount(x, w, assert_nonneg=True), mode=mode)
    np.testing.assert_array_equal(g(given, np.arange(4.0)), np.bincount(given, np.arange(4.0)))
    with pytest.raises(IndexError):
        g(np.array([1, -1], "int8"), np.ones(2))


def test_what_is_refused():
    x, i = T.dmatrix(), T.lvector()
    for call, error, text in (
        (lambda: T.cumsum(x, 2), ValueError, "axis"),
        (lambda: T.diff(x, -1), BadValue, "negative"),
        (lambda: T.searchsorted(x, x), TypeMismatch, "no vector"),
        (lambda: T.searchsorted(i, x, "middle"), BadValue, "'middle'"),
        (lambda: T.searchsorted(i, x, sorter=T.dvector()), TypeMismatch, "integers"),
        (lambda: T.bincount(x), TypeMismatch, "integers"),
        (lambda: T.bincount(T.lmatrix()), TypeMismatch, "no vector"),
        (lambda: T.fill_diagonal(T.dvector(), 1), TypeMismatch, "two dimensions"),
        (lambda: T.fill_diagonal(T.imatrix(), 1.5), TypeMismatch, "does not hold"),
        (lambda: T.fill_diagonal(x, i), TypeMismatch, "a scalar"),
        (lambda: T.fill_diagonal_offset(T.dtensor3(), 1, 1), TypeMismatch, "no matrix"),
        (lambda: T.fill_diagonal_offset(x, 1, 1.5), TypeMismatch, "offset"),
        (lambda: T.bartlett(T.fscalar()), TypeMismatch, "integer"),
        (lambda: T.unravel_index(i, (2, 3), "A"), BadValue, "'A'"),
        (lambda: T.ravel_multi_index((i, i), (2, 3), "drop"), BadValue, "'drop'"),
        (lambda: T.ravel_multi_index(i, (2, 3)), TypeMismatch, "a tuple"),
        (lambda: T.to_one_hot(T.dvector(), 3), TypeMismatch, "integers"),
        (lambda: extra_ops.Unique(axis=0), NotSupported, "along an axis"),
    ):
        with pytest.raises(error, match=text):
            call()
    with pytest.raises(ValueError, match="differ"):
        T.fill_diagonal(a := T.dtensor3(), 1).eval({a: np.zeros((2, 2, 3))})
