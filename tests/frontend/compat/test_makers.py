"""Classes of Theano's operations: what they tell apart, and what calling them makes."""

import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compat import ops, scalar, scalar_ops

x = T.dmatrix("x")
X = np.arange(1.0, 7.0).reshape(2, 3)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (ops.CLASSES["Elemwise"](scalar.add)(x, x), 2 * X),
        (ops.CLASSES["DimShuffle"]((False, False), (1, "x", 0))(x), X.T[:, None]),
        (ops.CLASSES["Sum"](axis=0)(x), X.sum(0)),
        (ops.CLASSES["Prod"]()(x), X.prod()),
        (ops.CLASSES["Reshape"](1)(x, (6,)), X.ravel()),
        (ops.CLASSES["Flatten"]()(x), X.ravel()),
        (ops.CLASSES["Softmax"]()(x), np.exp(X) / np.exp(X).sum(1, keepdims=True)),
        (ops.CLASSES["Join"]()(1, x, x), np.hstack([X, X])),
        (ops.CLASSES["Dot"]()(x, x.T), X @ X.T),
    ],
)
def test_what_is_made(made, expected):
    np.testing.assert_allclose(made.eval({x: X}), expected)


def test_rebroadcast():
    made = ops.CLASSES["Rebroadcast"]((0, True), (1, False))(x)
    assert made.broadcastable == (True, False)
    with pytest.raises(ValueError, match="size"):
        made.eval({x: X})


def test_a_number_is_no_operation():
    with pytest.raises(symc.NotSupported, match="3 is no operation of theano"):
        ops.CLASSES["Elemwise"](3)


def test_an_operation_is_its_function():
    assert T.tanh(x).owner.op == T.tanh
    assert T.tanh == T.tanh(x).owner.op
    assert (x % 2).owner.op == T.mod
    assert T.switch(x > 0, x, 1).owner.op == T.switch
    assert (x + 1).owner.op != T.mul
    assert len({(x + 1).owner.op, (x + 2).owner.op}) == 1


@pytest.mark.parametrize(
    ("name", "made"),
    [("Tanh", T.tanh(x)), ("Mul", x * 2), ("EQ", T.eq(x, 1)), ("Sqr", T.sqr(x))],
)
def test_scalar_operations(name, made):
    assert isinstance(made.owner.op.scalar_op, scalar_ops.SCALAR_CLASSES[name])
    assert not isinstance(made.owner.op.scalar_op, scalar_ops.SCALAR_CLASSES["Psi"])
    assert isinstance(made.owner.op.scalar_op, scalar_ops.SCALAR_CLASSES["ScalarOp"])
    assert not hasattr(made.sum().owner.op, "scalar_op")


def test_scalar_classes_name_operations_that_there_are():
    from symc.compiler.op import find

    for made in scalar_ops.SCALAR_CLASSES.values():
        named = made.names - {"rebroadcast"}  # an operation of the graph alone
        assert all(find(name) for name in named)
