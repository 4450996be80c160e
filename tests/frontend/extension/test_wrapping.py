"""as_op: operations of functions."""

import pickle

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compile.ops import FromFunctionOp, as_op

x, y = T.dmatrix("x"), T.dmatrix("y")
X = np.array([[1.0, 2.0], [3.0, 4.0]])


@as_op(itypes=[T.dmatrix, T.dmatrix], otypes=[T.dmatrix])
def numpy_dot(a, b):
    return np.dot(a, b)


def infer_rows(node, input_shapes):
    rows, columns = input_shapes[0]
    return [(rows,), (columns,)]


@symc.as_op(itypes=T.dmatrix, otypes=[T.dvector, T.dvector], infer_shape=infer_rows)
def sums(a):
    return a.sum(1), a.sum(0)


@pytest.mark.parametrize("mode", ["INTERPRET", "FAST_RUN"])
def test_functions(mode):
    f = symc.function([x, y], numpy_dot(x, y) + 1, mode=mode)
    assert (f(X, X) == X @ X + 1).all()


@pytest.mark.parametrize("mode", ["INTERPRET", "FAST_RUN"])
def test_several_results_of_known_sizes(mode):
    rows, columns = sums(x)
    f = symc.function([x], [rows + T.ones(rows.shape), columns], mode=mode)
    np.testing.assert_array_equal(f(X), [[4.0, 8.0], [4.0, 6.0]])


def test_another_number_of_results():
    def pair(a):
        return a, a

    op = as_op(T.dmatrix, T.dmatrix)(pair)
    with pytest.raises(ValueError, match="another number of results than otypes says"):
        symc.function([x], op(x))(X)


def test_equality_text_and_travel():
    again = as_op([T.dmatrix, T.dmatrix], [T.dmatrix])(numpy_dot.fn)
    assert again == numpy_dot
    assert hash(again) == hash(numpy_dot)
    assert str(numpy_dot) == "FromFunctionOp{numpy_dot}"
    assert isinstance(numpy_dot, FromFunctionOp)
    assert pickle.loads(pickle.dumps(numpy_dot)) is numpy_dot
    with pytest.raises(pickle.PicklingError):
        pickle.dumps(again)


def test_arguments():
    with pytest.raises(TypeError, match="itypes is a list of types"):
        as_op([x], [T.dmatrix])
    with pytest.raises(TypeError, match="otypes is a list of types"):
        as_op([T.dmatrix], "dmatrix")
    with pytest.raises(TypeError, match="infer_shape is a function"):
        as_op(T.dmatrix, T.dmatrix, infer_shape=3)
    with pytest.raises(symc.NotSupported, match=r"FromFunctionOp\{numpy_dot\} has no gradient"):
        symc.grad(numpy_dot(x, y).sum(), x)
