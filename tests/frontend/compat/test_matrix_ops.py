"""Classes of Theano's operations on matrices: what they tell apart, and what calling them makes."""

import importlib

import matrices
import numpy as np
import pytest

import symc
import symc.tensor as T
from symc.compat.matrix_ops import CLASSES
from symc.compat.table import MODULES
from symc.sandbox.linalg import ops
from symc.tensor import nlinalg, slinalg

X, Y, G = T.dmatrix("X"), T.dmatrix("Y"), T.dmatrix("G")
DEFINITE, GIVEN = matrices.definite(3), matrices.random(1, 3, 3)


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (lambda: nlinalg.matrix_inverse(X), "MatrixInverse"),
        (lambda: nlinalg.det(X), "Det"),
        (lambda: nlinalg.pinv(X), "MatrixPinv"),
        (lambda: slinalg.cholesky(X), "Cholesky"),
        (lambda: slinalg.solve(X, Y), "Solve"),
        (lambda: slinalg.solve_lower_triangular(X, Y), "Solve"),
        (lambda: slinalg.expm(X), "Expm"),
        (lambda: nlinalg.eigh(X)[0], "Eigh"),
        (lambda: nlinalg.svd(X)[1], "SVD"),
    ],
)
def test_what_is_told_apart(made, name):
    op = made().owner.op
    assert isinstance(op, CLASSES[name])
    assert not isinstance(op, CLASSES["TensorInv"])
    assert not isinstance((X + Y).owner.op, CLASSES[name])


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (CLASSES["MatrixInverse"]()(X), np.linalg.inv(DEFINITE)),
        (CLASSES["Cholesky"](lower=False)(X), np.linalg.cholesky(DEFINITE).T),
        (CLASSES["Eigh"]("U")(X)[0], np.linalg.eigvalsh(DEFINITE)),
        (CLASSES["QRIncomplete"]("r")(X), np.linalg.qr(DEFINITE, "r")),
        (CLASSES["SVD"](False, False)(X), np.linalg.svd(DEFINITE, compute_uv=False)),
        (CLASSES["TensorInv"](1)(X), np.linalg.inv(DEFINITE)),
        (CLASSES["TensorSolve"]()(X, X[0]), [1, 0, 0]),
        (CLASSES["Solve"]("lower_triangular")(X, X), np.linalg.solve(np.tril(DEFINITE), DEFINITE)),
    ],
)
def test_what_is_made(made, wanted):
    np.testing.assert_allclose(made.eval({X: DEFINITE}), wanted, atol=1e-12)


def test_derivatives_of_their_own():
    factor = slinalg.cholesky(X)
    values, vectors = nlinalg.eigh(X)
    both = slinalg.eigvalsh(X, Y)
    pairs = [
        (CLASSES["CholeskyGrad"]()(X, factor, G), T.Lop(factor, X, G)),
        (
            CLASSES["EighGrad"]()(X, values, vectors, G[0], G),
            T.Lop(values, X, G[0]) + T.Lop(vectors, X, G),
        ),
        (CLASSES["EigvalshGrad"]()(X, Y, G[0])[1], T.Lop(both, Y, G[0])),
        (CLASSES["ExpmGrad"]()(X, G), T.Lop(slinalg.expm(X), X, G)),
    ]
    inputs = {X: DEFINITE, Y: matrices.definite(3, 7), G: GIVEN}
    f = symc.function(list(inputs), [y for pair in pairs for y in pair])
    made = f(*inputs.values())
    for got, wanted in zip(made[::2], made[1::2], strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-12)


def test_programs_find_the_modules():
    for name in ("nlinalg", "slinalg"):
        names = MODULES[f"theano.tensor.{name}"]
        assert all(importlib.import_module(source) for source in names.sources)
    assert T.slinalg is slinalg
    assert T.nlinalg is nlinalg


def test_the_sandbox():
    bound = ops.spectral_radius_bound(ops.psd(X), 5).eval({X: DEFINITE})
    largest = np.linalg.eigvalsh(DEFINITE)[-1]
    assert largest <= bound <= 1.1 * largest
    with pytest.raises(ValueError, match="0 is not positive"):
        ops.spectral_radius_bound(X, 0)
    with pytest.raises(TypeError, match="takes a matrix and an int"):
        ops.spectral_radius_bound(X, 0.5)
