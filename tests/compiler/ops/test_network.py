"""Softmax and its relatives at values that overflow, and with infinities."""

import numpy as np
import pytest
from calling import call, run

from symc.compiler.errors import TypeMismatch
from symc.compiler.op import find

LARGE = np.array([[1000.0, 1001.0], [-1000.0, -1001.0]])
inf = np.inf


def lowered(name, array, **attributes):
    def build(context, x):
        return find(name).lower(x, **attributes)

    return call(build, array)


@pytest.mark.parametrize("how", [run, lowered])
def test_nothing_overflows(how):
    small = np.exp([-1.0, -1.0])
    expected = np.array([[small[0], 1.0], [1.0, small[1]]]) / (1 + small[0])
    np.testing.assert_allclose(how("softmax", LARGE, axis=1), expected, rtol=1e-15)
    np.testing.assert_allclose(how("log_softmax", LARGE, axis=1), np.log(expected), rtol=1e-15)
    total = np.array([1001.0, -1000.0]) + np.log1p(small)
    np.testing.assert_allclose(how("logsumexp", LARGE, axes=(1,)), total, rtol=1e-15)


@pytest.mark.parametrize("how", [run, lowered])
def test_infinities(how):
    x = np.array([[-inf, 0.0], [-inf, -inf], [inf, 0.0]])
    np.testing.assert_array_equal(how("logsumexp", x, axes=(1,)), [0.0, -inf, inf])
    np.testing.assert_array_equal(how("softmax", x, axis=1)[0], [0.0, 1.0])


@pytest.mark.parametrize("how", [run, lowered])
def test_nothing_at_all(how):
    for name in ("softmax", "log_softmax"):
        assert how(name, np.zeros((2, 0)), axis=1).shape == (2, 0)
    np.testing.assert_array_equal(how("logsumexp", np.zeros((2, 0)), axes=(1,)), [-inf, -inf])


def test_narrow_floats_are_summed_in_wider_ones():
    x = np.zeros((1, 3000), "float16")
    assert run("logsumexp", x, axes=(1,)).dtype == "float16"
    np.testing.assert_array_equal(
        lowered("logsumexp", x, axes=(1,)), np.log([3000.0]).astype("float16")
    )


@pytest.mark.parametrize(("x", "axis"), [(np.zeros((2, 2)), 2), (np.zeros(2, "int64"), 0)])
def test_what_is_refused(x, axis):
    for name in ("softmax", "log_softmax"):
        with pytest.raises(TypeMismatch, match="needs floats"):
            run(name, x, axis=axis)
