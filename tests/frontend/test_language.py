"""Every construct of the language computes what NumPy computes."""

import os

import numpy as np
import pytest

import symc
import symc.tensor as T

X = np.array([[0.5, -1.5, 2.0], [3.25, 0.0, -0.75]])
V = np.array([1.5, -2.0, 0.25])
I2 = np.array([[1, -7, 3], [4, 5, -2]])
S3 = np.arange(24.0).reshape(2, 3, 4) - 7


def value(expression, **given):
    """Compute an expression of the module's variables."""
    return expression.eval({VARIABLES[name]: array for name, array in given.items()})


x, v, s, i, t = T.dmatrix("x"), T.dvector("v"), T.dscalar("s"), T.lmatrix("i"), T.dtensor3("t")
j, n = T.lvector("j"), T.lscalar("n")
VARIABLES = {"x": x, "v": v, "s": s, "i": i, "t": t, "j": j, "n": n}

CASES = {
    # arithmetic
    "add": (x + v, X + V),
    "radd": (2 + x, 2 + X),
    "sub": (x - v, X - V),
    "rsub": (1 - x, 1 - X),
    "mul": (x * 3, X * 3),
    "div": (x / v, X / V),
    "rdiv": (1 / v, 1 / V),
    "int div": (i / 2, I2 / 2),
    "floordiv": (i // 3, I2 // 3),
    "floordiv float": (x // 2, X // 2),
    "mod": (i % 3, I2 % 3),
    "mod float": (x % 0.5, X % 0.5),
    "divmod": (divmod(x, 2)[1], X % 2),
    "pow": (x**2, X**2),
    "rpow": (2.0**x, 2.0**X),
    "neg": (-x, -X),
    "pos": (+x, X),
    "abs": (abs(x), abs(X)),
    "nary": (T.add(x, v, 1), X + V + 1),
    "nary mul": (T.mul(x, v, 2), X * V * 2),
    "numpy left": (X + x, X + X),
    "numpy function": (np.exp(x), np.exp(X)),
    "numpy maximum": (np.maximum(x, 0), np.maximum(X, 0)),
    "list operand": (T.add(v, [1, 2, 3]), V + np.array([1, 2, 3])),
    # comparison and logic
    "lt": (x < v, X < V),
    "ge": (x >= 0, X >= 0),
    "eq": (T.eq(x, 0), X == 0),
    "neq": (T.neq(i, 4), I2 != 4),
    "and": (T.and_(x > 0, x < 2), (X > 0) & (X < 2)),
    "or": ((x > 0) | (x < -1), (X > 0) | (X < -1)),
    "xor": (T.xor(i, 3), I2 ^ 3),
    "invert": (~(x > 0), ~(X > 0)),
    "bits": (i & 6, I2 & 6),
    "shift": (i << 2, I2 << 2),
    "isnan": (T.isnan(T.log(x)), X < 0),
    "isinf": (T.isinf(T.log(x)), X == 0),
    "isclose": (T.isclose(x, x + 1e-9), np.isclose(X, X + 1e-9)),
    "allclose": (T.allclose(x, x + 1), np.allclose(X, X + 1)),
    # elementwise
    "switch": (T.switch(x > 0, x, v), np.where(X > 0, X, V)),
    "where scalar": (T.where(x > 0, 1.0, x), np.where(X > 0, 1.0, X)),
    "clip": (T.clip(x, -1, 1), np.clip(X, -1, 1)),
    "clip method": (x.clip(-1, 1), np.clip(X, -1, 1)),
    "cast": (T.cast(x, "int32"), X.astype("int32")),
    "astype": (x.astype("float32"), X.astype("float32")),
    "maximum": (T.maximum(x, v), np.maximum(X, V)),
    "largest": (T.largest(x, v, 0), np.maximum(np.maximum(X, V), 0)),
    "smallest": (T.smallest(x, v, 0), np.minimum(np.minimum(X, V), 0)),
    "round": (T.round(x), np.rint(X)),
    "round away": (T.round(x, "half_away_from_zero"), np.trunc(X + np.copysign(0.5, X))),
    "iround": (T.iround(x), np.rint(X).astype("int64")),
    "sgn": (T.sgn(x), np.sign(X)),
    "sqr": (T.sqr(x), X**2),
    "method tanh": (x.tanh(), np.tanh(X)),
    "arctan2": (T.arctan2(x, v), np.arctan2(X, V)),
    "erf at 0": (T.erf(x * 0), X * 0),
    # reductions
    "sum": (x.sum(), X.sum()),
    "sum axis": (x.sum(axis=0), X.sum(axis=0)),
    "sum negative axis": (x.sum(axis=-1), X.sum(axis=-1)),
    "sum axes": (t.sum(axis=(0, 2)), S3.sum(axis=(0, 2))),
    "sum keepdims": (t.sum(axis=(0, 2), keepdims=True), S3.sum(axis=(0, 2), keepdims=True)),
    "sum of no axes": (x.sum(axis=[]), X),
    "sum of scalar": (s.sum(), np.float64(0.7)),
    "sum bool": ((x > 0).sum(), (X > 0).sum()),
    "sum dtype": (i.sum(dtype="float64"), I2.sum(dtype="float64")),
    "prod": (i.prod(axis=1), I2.prod(axis=1)),
    "mean": (x.mean(), X.mean()),
    "mean axis": (x.mean(axis=1, keepdims=True), X.mean(axis=1, keepdims=True)),
    "mean int": (i.mean(axis=0), I2.mean(axis=0)),
    "var": (x.var(axis=0), X.var(axis=0)),
    "var ddof": (x.var(axis=1, ddof=1), X.var(axis=1, ddof=1)),
    "std": (x.std(), X.std()),
    "max": (x.max(axis=1), X.max(axis=1)),
    "min": (t.min(axis=(0, 1)), S3.min(axis=(0, 1))),
    "argmax": (x.argmax(axis=1), X.argmax(axis=1)),
    "argmax all": (x.argmax(), X.argmax()),
    "argmin keepdims": (x.argmin(axis=0, keepdims=True), X.argmin(axis=0, keepdims=True)),
    "argmax axes": (t.argmax(axis=(1, 2)), S3.reshape(2, 12).argmax(axis=1)),
    "max_and_argmax": (T.max_and_argmax(x, axis=0)[0], X.max(axis=0)),
    "all": ((x > -2).all(), np.True_),
    "any": (T.any(x > 1, axis=0), (X > 1).any(axis=0)),
    "any of numbers": (T.any(i, axis=0), I2.any(axis=0)),
    "ptp": (T.ptp(x, axis=1), np.ptp(X, axis=1)),
    "norm 2": (x.norm(2), np.sqrt((X**2).sum())),
    "norm 1": (x.norm(1, axis=0), abs(X).sum(axis=0)),
    "norm inf": (x.norm(np.inf), abs(X).max()),
    "norm 0": (x.norm(0), np.int64(5)),
    "norm 3": (v.norm(3), (abs(V) ** 3).sum() ** (1 / 3)),
    # products
    "dot": (T.dot(x, v), X @ V),
    "dot matrix": (x.dot(x.T), X @ X.T),
    "dot vectors": (T.dot(v, v), V @ V),
    "dot vector matrix": (T.dot(v, x.T), V @ X.T),
    "dot scalar": (T.dot(s, x), 0.7 * X),
    "dot higher": (T.dot(x, t), np.dot(X, S3)),
    "dot higher left": (T.dot(t, T.ones((4, 5))), np.dot(S3, np.ones((4, 5)))),
    "matmul": (x @ x.T, X @ X.T),
    "rmatmul": (X @ x.T, X @ X.T),
    "matmul stacks": (t @ t.dimshuffle(0, 2, 1), S3 @ S3.transpose(0, 2, 1)),
    "matmul stack matrix": (t @ T.ones((4, 2)), S3 @ np.ones((4, 2))),
    "matmul matrix stack": (x @ t, X @ S3),
    "matmul vector stack": (v @ t, V @ S3),
    "tensordot": (T.tensordot(t, t, [[0, 2], [0, 2]]), np.tensordot(S3, S3, [[0, 2], [0, 2]])),
    "tensordot number": (T.tensordot(x, t, 0), np.tensordot(X, S3, 0)),
    "tensordot scalar": (T.tensordot(t, t, 3), np.tensordot(S3, S3, 3)),
    "outer": (T.outer(v, v), np.outer(V, V)),
    "batched_dot": (T.batched_dot(t, t.dimshuffle(0, 2, 1)), S3 @ S3.transpose(0, 2, 1)),
    "batched_dot matrix": (T.batched_dot(t, t[:, 0]), np.einsum("bij,bj->bi", S3, S3[:, 0])),
    "batched_dot matrices": (T.batched_dot(x, x), (X * X).sum(axis=1)),
    "batched_dot vector": (T.batched_dot(v, x.T), V[:, None] * X.T),
    "batched_tensordot": (T.batched_tensordot(t, t, [[1], [1]]), np.einsum("bij,bik->bjk", S3, S3)),
    # shapes
    "T": (x.T, X.T),
    "T of vector": (v.T, V),
    "dimshuffle": (x.dimshuffle(1, "x", 0), X.T[:, None, :]),
    "transpose": (t.transpose(2, 0, 1), S3.transpose(2, 0, 1)),
    "transpose list": (t.transpose([1, 0, 2]), S3.transpose(1, 0, 2)),
    "swapaxes": (t.swapaxes(0, 2), S3.swapaxes(0, 2)),
    "reshape": (x.reshape((3, 2)), X.reshape(3, 2)),
    "reshape open": (t.reshape((-1, 4)), S3.reshape(-1, 4)),
    "reshape args": (x.reshape(3, -1), X.reshape(3, -1)),
    "reshape symbolic": (t.reshape((t.shape[0], t.shape[1] * t.shape[2])), S3.reshape(2, 12)),
    "reshape by vector": (x.reshape(j, ndim=2), X.reshape(3, 2)),
    "reshape by shape": ((x.flatten() * 2).reshape(x.shape), X * 2),
    "flatten": (t.flatten(), S3.ravel()),
    "flatten 2": (t.flatten(2), S3.reshape(2, 12)),
    "ravel": (x.ravel(), X.ravel()),
    "squeeze": (x.sum(axis=0, keepdims=True).squeeze(), X.sum(axis=0)),
    "shape_padleft": (T.shape_padleft(x, 2), X[None, None]),
    "shape_padright": (T.shape_padright(v), V[:, None]),
    "shape_padaxis": (T.shape_padaxis(x, 1), X[:, None]),
    "addbroadcast": (T.addbroadcast(x[:1], 0) + x, X[:1] + X),
    "unbroadcast": (T.unbroadcast(x.sum(axis=0, keepdims=True), 0), X.sum(axis=0, keepdims=True)),
    "repeat": (T.repeat(x, 2, axis=1), X.repeat(2, axis=1)),
    "repeat flat": (x.repeat(3), X.repeat(3)),
    "tile": (T.tile(x, (2, 3)), np.tile(X, (2, 3))),
    "tile up": (T.tile(v, (2, 2)), np.tile(V, (2, 2))),
    "broadcast_to": (T.broadcast_to(v, (2, 3)), np.broadcast_to(V, (2, 3))),
    "shape": (x.shape, np.array([2, 3])),
    "shape item": (x.shape[1], np.int64(3)),
    "shape slice": (t.shape[1:], np.array([3, 4])),
    "shape negative": (t.shape[-1], np.int64(4)),
    "shape sum": (x.shape.sum(), np.int64(5)),
    "size": (t.size, np.int64(24)),
    # joining
    "join": (T.join(0, x, x), np.concatenate([X, X])),
    "concatenate": (T.concatenate([x, i], axis=1), np.concatenate([X, I2], axis=1)),
    "concatenate negative": (T.concatenate([t, t], axis=-1), np.concatenate([S3, S3], axis=-1)),
    "stack": (T.stack([v, v * 2]), np.stack([V, V * 2])),
    "stack axis": (T.stack([x, x], axis=2), np.stack([X, X], axis=2)),
    "stack old": (T.stack(v, v), np.stack([V, V])),
    "stack scalars": (T.stack([s, 1, 2.5]), np.array([0.7, 1, 2.5])),
    "stack list": (T.as_tensor_variable([[s, 1], [2, s]]), np.array([[0.7, 1], [2, 0.7]])),
    # creation
    "alloc": (T.alloc(s, 2, 3), np.full((2, 3), 0.7)),
    "alloc vector": (T.alloc(v, 2, 3), np.broadcast_to(V, (2, 3))),
    "zeros": (T.zeros((2, n)), np.zeros((2, 5))),
    "zeros shape": (T.zeros(x.shape), np.zeros((2, 3))),
    "ones": (T.ones(n, dtype="int8"), np.ones(5, "int8")),
    "full": (T.full((2, 2), 7), np.full((2, 2), 7, "int8")),
    "zeros_like": (T.zeros_like(x), np.zeros((2, 3))),
    "ones_like dtype": (x.ones_like(dtype="int32"), np.ones((2, 3), "int32")),
    "full_like": (T.full_like(x, 3), np.full((2, 3), 3.0)),
    "fill": (x.fill(s), np.full((2, 3), 0.7)),
    "arange": (T.arange(n), np.arange(5)),
    "arange bounds": (T.arange(2, n), np.arange(2, 5)),
    "arange step": (T.arange(n, 0, -2), np.arange(5, 0, -2)),
    "arange float": (T.arange(0, 1, 0.1), np.arange(0, 1, 0.1)),
    "arange empty": (T.arange(n, 2), np.arange(5, 2)),
    "eye": (T.eye(n, 3, 1), np.eye(5, 3, 1)),
    "identity_like": (T.identity_like(x), np.eye(2, 3)),
    "tri": (T.tri(n, 3), np.tri(5, 3)),
    "tril": (T.tril(x, -1), np.tril(X, -1)),
    "triu": (T.triu(x), np.triu(X)),
    "diag": (T.diag(v), np.diag(V)),
    "diag k": (T.diag(v, -1), np.diag(V, -1)),
    "diagonal": (x.diagonal(), X.diagonal()),
    "trace": (x.trace(), X.trace()),
    # nets
    "softmax": (T.nnet.softmax(x), np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)),
    "softmax vector": (T.nnet.softmax(v), (np.exp(V) / np.exp(V).sum())[None]),
    "logsoftmax": (T.nnet.logsoftmax(x), X - np.log(np.exp(X).sum(axis=1, keepdims=True))),
    "sigmoid": (T.nnet.sigmoid(x), 1 / (1 + np.exp(-X))),
    "softplus": (T.nnet.softplus(x), np.log1p(np.exp(X))),
    "relu": (T.nnet.relu(x), np.maximum(X, 0)),
    "leaky relu": (T.nnet.relu(x, 0.1), np.where(X > 0, X, 0.1 * X)),
    "elu": (T.nnet.elu(x), np.where(X > 0, X, np.expm1(X))),
    "hard_sigmoid": (T.nnet.hard_sigmoid(x), np.clip(0.2 * X + 0.5, 0, 1)),
    "logsumexp": (T.logsumexp(x, axis=1), np.log(np.exp(X).sum(axis=1))),
}

GIVEN = {"x": X, "v": V, "s": 0.7, "i": I2, "t": S3, "j": np.array([3, 2]), "n": 5}


@pytest.fixture(scope="module")
def results():
    """Compute all cases in one function, so that one walk builds the graphs of all."""
    mode = os.environ.get("SYMC_TEST_MODE", "INTERPRET")
    f = symc.function(list(VARIABLES.values()), [made for made, _ in CASES.values()], mode=mode)
    return dict(zip(CASES, f(*GIVEN.values()), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_value(results, name):
    made, expected = CASES[name]
    expected = np.asarray(expected)
    got = results[name]
    assert got.shape == expected.shape
    assert str(got.dtype) == made.dtype
    assert got.ndim == made.ndim
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", CASES)
def test_dtype_is_numpys(name):
    """NumPy's result dtypes and Theano's are the same on float64 and int64, but for constants."""
    made, expected = CASES[name]
    expected = np.asarray(expected)
    assert made.dtype == str(expected.dtype)
    assert made.ndim == expected.ndim


def test_broadcastable_dimensions_have_size_1(results):
    for name, (made, _) in CASES.items():
        for flag, size in zip(made.broadcastable, results[name].shape, strict=True):
            assert not flag or size == 1, name
