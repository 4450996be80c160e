"""What programs test their own operations with: theano.tests.unittest_tools."""

import unittest

import numpy as np
import pytest
from tutorial import Doubled

import symc
import symc.tensor as T
from symc.compat import testing


class TestDoubled(testing.InferShapeTester):
    """As manuals have it."""

    def test_infer_shape(self):
        x = T.dmatrix()
        self._compile_and_check([x], [Doubled()(x)], [np.random.rand(5, 6)], Doubled)


class Lying(Doubled):
    def infer_shape(self, node, i0_shapes):
        return [(i0_shapes[0][0], i0_shapes[0][0])]


class Silent(Doubled):
    def infer_shape(self, node, i0_shapes):
        return [None]


@pytest.mark.parametrize(
    ("op", "error"), [(Lying(), (AssertionError, symc.Error)), (Silent(), AssertionError)]
)
def test_what_infer_shape_does_wrong_is_found(op, error):
    class Case(testing.InferShapeTester):
        def runTest(self):
            x = T.dmatrix()
            self._compile_and_check([x], [op(x)], [np.ones((5, 6))], type(op))

    result = unittest.TestResult()
    Case().run(result)
    assert len(result.failures) + len(result.errors) == 1


def test_gradients():
    testing.verify_grad(Doubled(), [np.ones((2, 3))])

    class Wrong(Doubled):
        def grad(self, inputs, output_grads):
            return [output_grads[0] * 3]

    with pytest.raises(symc.gradient.GradientError):
        testing.verify_grad(Wrong(), [np.ones((2, 3))])


def test_arrays_and_seeds():
    testing.assert_allclose(np.ones(2), np.ones(2) + 1e-9)
    with pytest.raises(testing.WrongValue, match=r"largest difference 1\.0"):
        testing.assert_allclose(np.ones(2), np.zeros(2))
    assert testing.fetch_seed(5) == 5
    assert testing.seed_rng() == 666
    first = np.random.rand()
    testing.seed_rng()
    assert np.random.rand() == first
