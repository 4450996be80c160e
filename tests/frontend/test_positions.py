"""Where a tensor is not zero: positions, elements and parts."""

import numpy as np
import pytest

import symc
import symc.tensor as T

M = np.array([[0.0, 2, 0], [-1, 0, 3]])
m = T.dmatrix("m")


def check(made, expected):
    f = symc.function([m], made)
    for array in (M, 0 * M, M[:, :0], np.ones((4, 5))):
        got, wanted = f(array), np.asarray(expected(array))
        assert got.dtype == wanted.dtype
        assert np.array_equal(got, wanted)


def test_positions_a_dimension():
    for axis, rows in enumerate(T.nonzero(m)):
        check(rows, lambda x, axis=axis: x.nonzero()[axis])
    check(m.nonzero(return_matrix=True), lambda x: np.array(x.nonzero()).reshape(2, -1))
    check(T.flatnonzero(m > 0), lambda x: np.flatnonzero(x > 0))


def test_elements():
    check(T.nonzero_values(m), lambda x: x[x != 0])
    check(m.nonzero_values(), lambda x: x[x != 0])


def test_parts():
    check(T.compress([0, 1], m, axis=0), lambda x: np.compress([0, 1], x, axis=0))
    check(T.compress(m.flatten(), m), lambda x: x[x != 0])
    check((m > 0).flatten().compress(m), lambda x: x[x > 0])


def test_scalars_have_no_positions():
    for name in ("nonzero", "flatnonzero"):
        with pytest.raises(ValueError, match=f"{name}: a scalar has no positions"):
            getattr(T, name)(T.dscalar())
