"""Joins are made part by part, along rows each row at once."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.printing import compiled_text

LEFT = np.arange(12.0).reshape(4, 3)
RIGHT = np.arange(20.0).reshape(4, 5) - 7


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_rows_are_joined_one_by_one(dtype):
    x, y = (T.TensorType(dtype, (False, False))(name) for name in "xy")
    parts, arrays = [x, y * 2, x[:, ::-1]], [a.astype(dtype) for a in (LEFT, RIGHT)]
    f = symc.function([x, y], T.concatenate(parts, axis=1))
    kernel = compiled_text(f).partition("kernel @k0")[2]
    assert kernel.count("outer") == 1
    assert kernel.count("stage") == 3
    assert "switch" not in kernel
    left, right = arrays
    np.testing.assert_array_equal(f(left, right), np.hstack([left, right * 2, left[:, ::-1]]))


def test_blocks_of_rows_are_joined_one_after_the_other():
    x, y = T.dmatrix("x"), T.dmatrix("y")
    f = symc.function([x, y], T.concatenate([x, y.T]))
    assert "outer" not in compiled_text(f).partition("kernel @k0")[2]
    np.testing.assert_array_equal(f(LEFT, LEFT.T), np.vstack([LEFT, LEFT]))
