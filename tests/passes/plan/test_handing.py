"""What is changed into an output lies in its place from the start, if nothing reads it later."""

import numpy as np

import symc
import symc.tensor as T
from symc.build import build_module
from symc.compiler.program.record import Copy
from symc.passes.fuse.emission import fuse
from symc.passes.plan import plan

x, i = T.dmatrix("x"), T.lvector("i")


def copies(*outputs):
    made = plan(fuse(build_module([x, i], list(outputs))), lambda _: 64)
    return sum(isinstance(s, Copy) for s in made.whole_body)


def changed(table):
    return T.inc_subtensor(table[i], 1.0)


def test_a_temporary_that_is_changed_into_an_output_is_not_copied():
    table = T.exp(x)
    assert copies(changed(table)) == 0
    assert copies(changed(changed(T.exp(x)))) == 0
    data, at = np.arange(12.0).reshape(4, 3), np.array([1, 1, 3])
    expected = np.exp(data)
    np.add.at(expected, at, 1.0)
    np.testing.assert_allclose(symc.function([x, i], changed(table))(data, at), expected)


def test_what_others_read_too_is_copied():
    table = T.exp(x)
    assert copies(changed(table), table) == 1
    assert copies(changed(table), changed(table * 2), T.sort(table, axis=1)) >= 1
    data, at = np.arange(12.0).reshape(4, 3), np.array([1, 1, 3])
    after, before = symc.function([x, i], [changed(table), table])(data, at)
    np.testing.assert_allclose(before, np.exp(data))
    np.testing.assert_allclose(after[1], before[1] + 2)


def test_an_argument_that_is_changed_is_copied():
    assert copies(changed(x)) == 1


def test_rows_of_exponentials_are_computed_once_for_a_loss_and_its_gradient():
    """Their kernel writes the gradient, which the labels' elements are then changed in."""
    scores, labels = T.fmatrix("scores"), T.ivector("labels")
    loss = T.nnet.categorical_crossentropy(T.nnet.softmax(scores), labels).mean()
    f = symc.function([scores, labels], [loss, T.grad(loss, scores)])
    data = np.random.default_rng(3).standard_normal((50, 7)).astype("float32")
    at = np.arange(50, dtype="int32") % 7
    wide = np.exp(data.astype("float64"))
    shares = wide / wide.sum(1, keepdims=True)
    value, slope = f(data, at)
    np.testing.assert_allclose(value, -np.log(shares[np.arange(50), at]).mean(), rtol=1e-5)
    shares[np.arange(50), at] -= 1
    np.testing.assert_allclose(slope, shares / 50, rtol=1e-4, atol=1e-7)
