"""Givens as numbers and arrays, and givens of another type."""

import numpy as np
import pytest

import symc
import symc.tensor as T

x, y = T.dscalars("x", "y")
v = T.dvector("v")


def test_givens_of_numbers_and_arrays():
    assert symc.function([x], x + y, givens={y: 3})(2.0) == 5
    assert symc.function([], v * 2, givens={v: np.ones(2)})().tolist() == [2, 2]
    with pytest.raises(symc.BadArgument, match="a value does not fit v"):
        symc.function([], v * 2, givens={v: 3.0})


def test_givens_of_another_type():
    single, wide, w = T.fvector("single"), T.dmatrix("wide"), symc.shared(np.zeros(2), "w")
    f = symc.function([v], single * 2, givens={single: v}, rebuild_strict=False)
    assert f(np.full(2, 0.1)).tolist() == [0.2, 0.2]
    g = symc.function(
        [wide], v.sum(), None, [(w, v * 2)], givens={v: wide[0]}, rebuild_strict=False
    )
    assert (g(np.ones((1, 2))), w.get_value().tolist()) == (2, [2, 2])
    with pytest.raises(symc.BadReplacement, match="single: float32 vector cannot be replaced"):
        symc.function([v], single * 2, givens={single: v})
