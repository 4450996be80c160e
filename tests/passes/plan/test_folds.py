"""Readers that fold all rows of a product: block by block, the same bits on all threads."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compiler.program.record import Launch
from symc.passes.plan import planner
from tests.passes.plan.products import M, arguments, fused, loops_of, variables
from tests.running import native_fused


def folds(x, w, b, c, r):
    z = T.dot(x, w)
    return {
        "everything": [T.sum(T.sqr(z))],
        "the mean": [T.mean(T.sqr(z - r)) - 1],
        "the largest": [z.max()],
        "columns": [T.tanh(z + r).sum(axis=0) * b],
        "the least of columns": [z.min(axis=0)],
        "with what is summed": [T.sqr(z - r).sum(), T.tanh(z - r)],
        "seeking": [T.any(z > 3)],
        "no fold": [T.tanh(z), T.exp(z)],
    }


@pytest.mark.parametrize("name", list(folds(*variables("float64"))))
def test_bits_are_the_same_on_all_threads(name, monkeypatch):
    inputs = variables("float64")
    module = fused(inputs, *folds(*inputs)[name])
    (loop,) = loops_of(inputs, *folds(*inputs)[name])
    assert isinstance(loop.body[-1], Launch)
    one, two, three = (
        native_fused(module, printer=printer, threads=threads)[0]
        for printer, threads in (("llvm", 1), ("mlir", 2), ("llvm", 3))
    )
    monkeypatch.setattr(planner, "find_turns", lambda *_: {})
    whole = native_fused(module)[0]
    for m in (1, 300, M):
        given = arguments("float64", m)
        for results in zip(one(*given), two(*given), three(*given), whole(*given), strict=True):
            assert len({result.tobytes() for result in results[:3]}) == 1
            np.testing.assert_allclose(results[0], results[3], rtol=1e-11)


def test_a_fold_of_no_rows_is_one_of_nothing():
    x, w = T.dmatrix(), T.dmatrix()
    z = T.dot(x, w)
    total, columns = symc.function([x, w], [T.sum(T.sqr(z)), T.dot(x, w * 2).prod(axis=0)])(
        np.ones((0, 4)), np.ones((4, 3))
    )
    assert total == 0
    assert columns.tolist() == [1, 1, 1]
    with pytest.raises(symc.ShapeMismatch, match="max: there is no element to choose from"):
        symc.function([x, w], z.max())(np.ones((0, 4)), np.ones((4, 3)))


def refused(x, w, b, c, r):
    z = T.dot(x, w)
    return {
        "two passes": [T.log(T.sum(T.exp(z - z.max(axis=0)), axis=0))],
        "where the largest is": [z.argmax()],
        "the number of a row": [(z * T.arange(z.shape[0]).dimshuffle(0, "x")).sum()],
        "some rows": [z[:-1].sum()],
    }


@pytest.mark.parametrize("name", list(refused(*variables("float64"))))
def test_what_needs_all_rows_at_once_runs_whole(name):
    inputs = variables("float64")
    assert not loops_of(inputs, *refused(*inputs)[name])


def test_a_size_that_is_also_that_of_columns_stays_that_of_columns():
    x = T.dmatrix()
    f = symc.function([x], [T.sum(T.dot(x, x) * x.shape[0]), T.dot(x, x + 1).sum(axis=0)])
    a = np.random.default_rng(3).standard_normal((500, 500))
    total, columns = f(a)
    np.testing.assert_allclose(total, (a @ a).sum() * 500, rtol=1e-9)
    np.testing.assert_allclose(columns, (a @ (a + 1)).sum(axis=0), rtol=1e-9, atol=1e-9)
