"""Products of operands as they come: strided, reversed, overlapping, with NaN, without elements."""

import numpy as np
import pytest

import symc
import symc.tensor as T

# (m, n, k): few columns, few rows, a vector, a single block, pieces, blocks, no sums.
SHAPES = [(40, 3, 90), (3, 300, 70), (1, 50, 40), (33, 20, 50), (130, 90, 100), (120, 200, 0)]
LAYOUTS = {
    "by rows": lambda x: x,
    "by columns": np.asfortranarray,
    "reversed": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "every second": lambda x: np.repeat(np.repeat(x, 2, 0), 2, 1)[::2, ::2],
    "part of another": lambda x: np.pad(x, 3)[3 : 3 + x.shape[0], 3 : 3 + x.shape[1]],
}
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


def matrices(dtype: str, *names: str):
    return [T.TensorType(dtype, (False, False))(name) for name in names]


def numbers(dtype: str, *shape: int) -> np.ndarray:
    return np.random.default_rng(shape).standard_normal(shape).astype(dtype)


@dtypes
@pytest.mark.parametrize("layout", LAYOUTS)
def test_bits_depend_on_no_layout(dtype: str, layout: str):
    x, y, z = matrices(dtype, "x", "y", "z")
    f = symc.function([x, y, z], [T.dot(x, y), 2 * T.dot(x, y) - z, T.dot(x.T, z)])
    for m, n, k in SHAPES:
        values = numbers(dtype, m, k), numbers(dtype, k, n), numbers(dtype, m, n)
        stored = [LAYOUTS[layout](value) for value in values]
        for one, other in zip(f(*stored), f(*values), strict=True):
            np.testing.assert_array_equal(one, other)
        wide = [value.astype("float64") for value in values]
        expected = wide[0] @ wide[1], 2 * (wide[0] @ wide[1]) - wide[2], wide[0].T @ wide[2]
        for one, other in zip(f(*stored), expected, strict=True):
            np.testing.assert_allclose(
                one, other, rtol=1e-3, atol=(k + m) * np.finfo(dtype).eps * 20
            )


@dtypes
def test_views_of_one_matrix(dtype: str):
    """Operands that overlap without being one the transpose of the other."""
    (x,) = matrices(dtype, "x")
    f = symc.function([x], [T.dot(x[1:], x[:-1].T), T.dot(x[:, 1:].T, x[:, :-1]), T.dot(x, x)])
    for n in (2, 40, 131):
        value = numbers(dtype, n, n)
        wide = value.astype("float64")
        expected = wide[1:] @ wide[:-1].T, wide[:, 1:].T @ wide[:, :-1], wide @ wide
        for one, other in zip(f(value), expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=n * np.finfo(dtype).eps * 20)


@dtypes
@pytest.mark.parametrize("special", [np.nan, np.inf])
def test_a_special_value_reaches_its_row_and_no_other(dtype: str, special: float):
    """What tiles and masks leave out multiplies nothing, not even by zero."""
    x, y = matrices(dtype, "x", "y")
    f = symc.function([x, y], T.dot(x, y))
    for m, n, k in SHAPES[:-1]:
        left, right = numbers(dtype, m, k), numbers(dtype, k, n)
        left[-1, -1] = special
        assert np.isfinite(f(left, right)[:-1]).all()
        assert not np.isfinite(f(left, right)[-1]).any()
        left[-1, -1], right[-1, -1] = 1, special
        assert np.isfinite(f(left, right)[:, :-1]).all()
        assert not np.isfinite(f(left, right)[:, -1]).any()


@dtypes
@pytest.mark.parametrize("n", [30, 131])
def test_a_new_state_that_the_product_reads(dtype: str, n: int):
    """The state is no place for the result until the last of the product has been read."""
    for make in (lambda w: w @ w, lambda w: w.T @ w - w, lambda w: w.T + w @ w.T):
        w = symc.shared(numbers(dtype, n, n))
        expected = make(w.get_value().astype("float64"))
        symc.function([], [], updates={w: make(w)})()
        tolerance = n * np.finfo(dtype).eps * 20
        np.testing.assert_allclose(w.get_value(), expected, rtol=1e-3, atol=tolerance)
