"""One-pass variance: the same numbers as two passes give, whatever is known of the sizes."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.module import walk_all
from symc.passes.moments import moments

COLUMNS = {
    "ordinary": lambda made: made.normal(size=(500, 3)),
    "far from zero": lambda made: made.normal(size=(500, 3)) + 1e4,
    "equal": lambda made: np.full((500, 3), 0.1),
    "first is far": lambda made: np.r_[np.full((1, 3), 1e3), made.normal(size=(499, 3))],
    "one row": lambda made: made.normal(size=(1, 3)),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_variance_of_columns_is_right(name):
    x = T.fmatrix("x")
    data = COLUMNS[name](np.random.default_rng(3)).astype("float32")
    found = symc.function([x], T.var(x, axis=0))(data)
    np.testing.assert_allclose(found, np.var(data.astype("float64"), axis=0), rtol=1e-5, atol=1e-9)


def test_what_is_not_finite_spoils_its_column_alone():
    x = T.fmatrix("x")
    data = np.ones((4, 4), "float32")
    data[0, 0], data[2, 1], data[3, 2] = np.inf, np.nan, -np.inf
    found = symc.function([x], T.var(x, axis=0))(data)
    np.testing.assert_array_equal(found, [np.nan, np.nan, np.nan, 0])


def rewritten(shape):
    """Return the operations of the variance of columns of a shape, after the pass."""
    x = T.TensorType("float32", (False, False))("x")
    whole = T.reshape(x, shape, ndim=2)
    module = symc.function([x], T.var(whole, axis=0), mode="INTERPRET").definition.built.module
    return [value.op.name for value in walk_all(moments(module))]


def test_sizes_that_are_numbers_are_counts_too():
    assert "isfinite" in rewritten((7, 3))  # of the first element, about which squares are summed
