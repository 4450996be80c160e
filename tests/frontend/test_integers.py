"""Quotients of integers, and numbers as tensors of rank 0."""

import pytest

import symc
import symc.tensor as T

i, j = T.lscalars("i", "j")


@pytest.mark.parametrize("mode", ["INTERPRET", "FAST_RUN"])
def test_quotients(mode):
    f = symc.function([i, j], [T.ceil_intdiv(i, j), *divmod(i, j), *T.divmod(i, j)], mode=mode)
    for a in (-7, -6, 0, 6, 7):
        for b in (-3, -2, 1, 2, 3):
            assert f(a, b) == [-(-a // b), a // b, a % b, a // b, a % b]


def test_dtypes():
    assert T.ceil_intdiv(T.bscalar(), 2).dtype == "int8"
    assert T.ceil_intdiv(T.dscalar(), 2.0).dtype == "float64"


def test_numbers_are_tensors():
    assert T.scalar_from_tensor(i) is i
    assert T.tensor_from_scalar(i) is i
    with pytest.raises(TypeError, match="scalar_from_tensor: v: float64 vector is no number"):
        T.scalar_from_tensor(T.dvector("v"))
