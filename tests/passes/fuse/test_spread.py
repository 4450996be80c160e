"""What is slow and used at several points of a kernel is computed once, before."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.printing import explain

RNG = np.random.default_rng(5)
X, ROW, COLUMN = RNG.uniform(0.5, 2, (6, 4)), RNG.uniform(0.5, 2, 4), RNG.uniform(0.5, 2, 6)

x, row, column, number = T.dmatrix("x"), T.dvector("row"), T.dvector("column"), T.dscalar("number")


def kept(f):
    """Return why each temporary is in memory, those that are slow and spread alone."""
    return [name for name, why in explain(f).kept if "several points use" in why]


def made(outputs, inputs=(x, row, column), **options):
    return symc.function(list(inputs), outputs, on_unused_input="ignore", **options)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (T.exp(row) * x, np.exp(ROW) * X),
        (T.exp(column)[:, None] * x, np.exp(COLUMN)[:, None] * X),
        (x / T.sqrt(row + 1), X / np.sqrt(ROW + 1)),
        (x * (1 / (1 + row)), X * (1 / (1 + ROW))),
        ((x * T.log(row)).sum(1), (X * np.log(ROW)).sum(1)),
        ((x * T.log(column)[:, None]).sum(0), (X * np.log(COLUMN)[:, None]).sum(0)),
        (T.maximum(x, -T.tanh(row)[::-1]), np.maximum(X, -np.tanh(ROW)[::-1])),
        (T.dot(x, x.T) * T.exp(column), X @ X.T * np.exp(COLUMN)),
    ],
)
def test_one_array_is_kept(output, expected):
    f = made(output)
    assert len(kept(f)) == 1
    np.testing.assert_allclose(f(X, ROW, COLUMN), expected, rtol=1e-14)


@pytest.mark.parametrize(
    "output",
    [
        T.exp(x) * row,
        T.exp(number) * x,
        T.nnet.logsoftmax(x),
        x / x.sum(1, keepdims=True),
        (T.exp(row) * row).sum(),
        x[T.cast(T.sqrt(column), "int64")],
    ],
    ids=["all axes", "a number", "after a sum", "not slow", "same axes", "an index"],
)
def test_nothing_is_kept(output):
    assert kept(made(output, [x, row, column, number])) == []


def test_of_one_in_another_the_inner_is_kept():
    cube = T.dtensor3("cube")
    f = made(cube * (x * T.exp(row)), [cube, x, row])
    assert len(kept(f)) == 1
    (first, _) = explain(f, (2, 6, 4), X, ROW).entries
    assert list(first.written.values()) == [(((), ROW.nbytes),)]


def test_a_new_state():
    scale = symc.shared(X)
    f = symc.function([row], [], updates=[(scale, scale * T.exp(-row))])
    assert len(kept(f)) == 1
    f(ROW)
    np.testing.assert_allclose(scale.get_value(), X * np.exp(-ROW), rtol=1e-14)


def test_in_each_step_of_a_loop():
    state = T.dmatrix("state")
    states, _ = symc.scan(lambda v, s: s * T.exp(v), sequences=x, outputs_info=state)
    f = symc.function([x, state], states[-1])
    start = RNG.uniform(size=(3, 4))
    np.testing.assert_allclose(f(X, start), start * np.exp(X.sum(0)), rtol=1e-13)
