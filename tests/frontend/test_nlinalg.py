"""Inverses, determinants, eigenvalues and factors: values, derivatives, types, refusals."""

import matrices
import numpy as np
import pytest
from near import assert_near

import symc
import symc.tensor as T
from symc.compiler.errors import NotSupported, TypeMismatch
from symc.exceptions import BadAxis, BadValue
from symc.tensor import nlinalg

X = T.dmatrix("X")
SQUARE, TALL, WIDE = matrices.regular(5), matrices.tall(6, 4), matrices.tall(3, 5)
SYMMETRIC = matrices.symmetric(5)

ONE_RESULT = {
    "matrix_inverse": (nlinalg.matrix_inverse, np.linalg.inv, SQUARE),
    "pinv": (nlinalg.pinv, np.linalg.pinv, TALL),
    "pinv of a wide one": (nlinalg.pinv, np.linalg.pinv, WIDE),
    "det": (nlinalg.det, np.linalg.det, SQUARE),
    "logdet": (nlinalg.logdet, lambda x: np.linalg.slogdet(x)[1], SQUARE),
    "eigenvalues": (lambda x: nlinalg.eigh(x)[0], np.linalg.eigvalsh, SYMMETRIC),
    "singular values": (
        lambda x: nlinalg.svd(x, compute_uv=False),
        lambda x: np.linalg.svd(x, compute_uv=False),
        WIDE,
    ),
    "qr": (lambda x: nlinalg.qr(x)[0], lambda x: np.linalg.qr(x)[0], TALL),
    "r of a wide one": (lambda x: nlinalg.qr(x, "r"), lambda x: np.linalg.qr(x, "r"), WIDE),
    "r": (lambda x: nlinalg.qr(x, "full")[1], lambda x: np.linalg.qr(x, "r"), TALL),
    "trace": (nlinalg.trace, np.trace, SQUARE),
    "power": (lambda x: nlinalg.matrix_power(x, 5), lambda x: x @ x @ x @ x @ x, SQUARE),
    "negative power": (
        lambda x: nlinalg.matrix_power(x, -2),
        lambda x: np.linalg.matrix_power(x, -2),
        SQUARE,
    ),
    "power of zero": (lambda x: nlinalg.matrix_power(x, 0), lambda x: np.eye(5), SQUARE),
    "product": (lambda x: nlinalg.matrix_dot(x, x.T, x), lambda x: x @ x.T @ x, WIDE),
    "diagonal": (nlinalg.extract_diag, np.diag, WIDE),
}


@pytest.mark.parametrize("name", ONE_RESULT)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mode", ["INTERPRET", "FAST_RUN"])
def test_values(name, dtype, mode):
    made, wanted, x = ONE_RESULT[name]
    given = x.astype(dtype)
    variable = T.matrix(dtype=dtype)
    got = symc.function([variable], made(variable), mode=mode)(given)
    assert_near(got, wanted(given.astype("float64")), dtype)


@pytest.mark.parametrize("name", ONE_RESULT)
def test_gradients(name):
    made, _, x = ONE_RESULT[name]
    symc.gradient.verify_grad(made, [x], rng=np.random.default_rng(1))


@pytest.mark.parametrize("name", [n for n in ONE_RESULT if "power of zero" not in n])
def test_directional_derivatives(name):
    made, _, x = ONE_RESULT[name]
    step = 1e-6 * matrices.random(9, *x.shape)
    direction = T.dmatrix()
    y = made(X)
    f = symc.function([X, direction], [y, T.Rop(y, X, direction)])
    ahead, behind = f(x + step, step)[0], f(x - step, step)[0]
    np.testing.assert_allclose(f(x, step)[1], (ahead - behind) / 2, rtol=1e-4, atol=1e-12)


@pytest.mark.parametrize("mode", ["FAST_RUN", "FAST_COMPILE", "INTERPRET", "DEBUG_MODE"])
def test_every_mode(mode):
    outputs = [*nlinalg.svd(X, 0), *nlinalg.qr(X), nlinalg.pinv(X), nlinalg.det(X[:4])]
    f = symc.function([X], outputs, mode=mode)
    u, s, vt, q, r, inverse, det = f(TALL)
    np.testing.assert_allclose(u * s @ vt, TALL, atol=1e-13)
    np.testing.assert_allclose(q @ r, TALL, atol=1e-13)
    np.testing.assert_allclose(inverse @ TALL, np.eye(4), atol=1e-13)
    np.testing.assert_allclose(det, np.linalg.det(TALL[:4]))


# --- eigenvalues


@pytest.mark.parametrize("UPLO", ["L", "U"])
def test_one_triangle_is_read(UPLO):
    x = matrices.random(1, 4, 4) + np.diag(np.arange(4.0))
    values, vectors = symc.function([X], nlinalg.eigh(X, UPLO))(x)
    low = np.tril(x) if UPLO == "L" else np.triu(x).T
    full = low + np.tril(low, -1).T
    np.testing.assert_allclose(values, np.linalg.eigvalsh(x, UPLO), atol=1e-13)
    np.testing.assert_allclose(vectors * values @ vectors.T, full, atol=1e-13)
    symc.gradient.verify_grad(lambda a: nlinalg.eigh(a, UPLO)[1], [x], rng=np.random.default_rng(2))


def test_equal_vectors_in_both_ways_to_compute_them():
    for x in (SYMMETRIC, matrices.symmetric(40)):
        modes = ("FAST_RUN", "INTERPRET")
        native, plain = (symc.function([X], nlinalg.eigh(X), mode=m) for m in modes)
        for got, wanted in zip(native(x), plain(x), strict=True):
            np.testing.assert_allclose(got, wanted, atol=1e-11)
    with pytest.raises(BadValue, match="UPLO='l' is neither"):
        nlinalg.eigh(X, "l")


def test_nonsymmetric_eigenvalues():
    values, vectors = symc.function([X], nlinalg.eig(X))(SYMMETRIC + np.eye(5, k=1))
    np.testing.assert_allclose((SYMMETRIC + np.eye(5, k=1)) @ vectors, vectors * values, atol=1e-12)
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    with pytest.raises(np.linalg.LinAlgError, match="cast the matrix to complex128"):
        symc.function([X], nlinalg.eig(X)[0])(turn)
    z = T.zmatrix()
    values = symc.function([z], nlinalg.eig(z)[0])(turn.astype(complex))
    np.testing.assert_allclose(sorted(values.imag), [-1, 1])
    with pytest.raises(TypeMismatch, match="eig: takes a matrix of floats, not int64 vector"):
        nlinalg.eig(T.lvector())


# --- factors of every shape


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (1, 6), (6, 1), (3, 0), (0, 0)])
def test_complete_bases(shape):
    x = matrices.random(3, *shape)
    outputs = [*nlinalg.svd(X), *nlinalg.qr(X, "complete")]
    f = symc.function([X], outputs, mode="FAST_RUN")
    u, s, vt, q, r = f(x)
    m, n = shape
    for basis, size in ((u, m), (vt, n), (q, m)):
        np.testing.assert_allclose(basis @ basis.T, np.eye(size), atol=1e-13)
    k = min(shape)
    np.testing.assert_allclose(u[:, :k] * s @ vt[:k], x, atol=1e-13)
    np.testing.assert_allclose(q @ r, x, atol=1e-13)
    assert r.shape == shape


def test_raw_reflections():
    for x in (TALL, WIDE):
        h, tau = symc.function([X], nlinalg.qr(X, "raw"))(x)
        wanted = np.linalg.qr(x, "raw")
        np.testing.assert_allclose(h, wanted[0], atol=1e-13)
        np.testing.assert_allclose(tau, wanted[1], atol=1e-13)
    with pytest.raises(BadValue, match="no mode 'economic'"):
        nlinalg.qr(X, "economic")


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda: nlinalg.qr(X, "complete")[0], "mode='complete' has no gradient"),
        (lambda: nlinalg.qr(X, "raw")[0], "mode 'raw' has no gradient"),
        (lambda: nlinalg.svd(X)[0], "mode='complete' has no gradient"),
    ],
)
def test_what_has_no_gradient_says_so(made, reason):
    with pytest.raises(NotSupported, match=reason):
        symc.function([X], T.grad(made().sum(), X))


def test_vectors_of_a_decomposition_have_gradients():
    rng = np.random.default_rng(3)
    for x in (TALL, WIDE):
        for k in range(3):
            symc.gradient.verify_grad(lambda a, k=k: nlinalg.svd(a, False)[k], [x], rng=rng)


def test_second_derivatives():
    x = matrices.definite(3)
    cost = nlinalg.logdet(X) + nlinalg.eigh(X)[0][0] ** 2
    gradient = T.grad(cost, X)
    symc.gradient.verify_grad(
        lambda a: symc.clone(gradient, {X: a}), [x], rng=np.random.default_rng(4)
    )


# --- determinants


def test_determinants_that_overflow():
    x = 1e200 * np.diag([1.0, -2.0, 3.0])
    sign, size = symc.function([X], nlinalg.slogdet(X))(x)
    assert sign == -1
    np.testing.assert_allclose(size, 600 * np.log(10) + np.log(6))
    assert symc.function([X], nlinalg.slogdet(X))(np.ones((2, 2)))[0] == 0


def test_singular_matrices():
    f = symc.function([X], nlinalg.det(X))
    assert f(np.zeros((3, 3))) == 0
    assert f(np.zeros((0, 0))) == 1
    with pytest.raises(np.linalg.LinAlgError, match="inverse: the matrix is singular"):
        symc.function([X], nlinalg.matrix_inverse(X))(np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"the matrix is not square: 2 is not 3"):
        symc.function([X], nlinalg.matrix_inverse(X))(np.ones((2, 3)))


# --- least squares


@pytest.mark.parametrize("shape", [(6, 3), (3, 3), (2, 4)])
@pytest.mark.parametrize("columns", [None, 2])
def test_least_squares(shape, columns):
    x = matrices.random(6, *shape)
    y = matrices.random(7, shape[0], *([] if columns is None else [columns]))
    b = T.dvector() if columns is None else T.dmatrix()
    got = symc.function([X, b], nlinalg.lstsq()(X, b, -1), mode="FAST_RUN")(x, y)
    wanted = np.linalg.lstsq(x, y, rcond=-1)
    for found, known in zip(got, wanted, strict=True):
        np.testing.assert_allclose(found, known, atol=1e-12)


def test_least_squares_of_a_lower_rank():
    x = np.outer([1.0, 2, 3], [1.0, 1])
    got = symc.function([X], nlinalg.lstsq()(X, np.ones((3, 1)), 1e-10))(x)
    wanted = np.linalg.lstsq(x, np.ones((3, 1)), rcond=1e-10)
    for found, known in zip(got, wanted, strict=True):
        np.testing.assert_allclose(found, known, atol=1e-12)


# --- norms


@pytest.mark.parametrize("order", [None, "inf", "-inf", np.inf, 0, 1, 2, 3, -1, 0.5])
def test_norms_of_vectors(order):
    v = np.array([3.0, 0.5, -2.0])
    got = symc.function([], nlinalg.norm(T.constant(v), order))()
    wanted = {"inf": np.inf, "-inf": -np.inf}.get(order, order)
    np.testing.assert_allclose(got, np.linalg.norm(v, wanted))


@pytest.mark.parametrize("order", [None, "fro", "inf", "-inf", -np.inf, 1, -1, 2, -2, "nuc"])
def test_norms_of_matrices(order):
    got = symc.function([X], nlinalg.norm(X, order))(TALL)
    wanted = {"inf": np.inf, "-inf": -np.inf}.get(order, order)
    np.testing.assert_allclose(got, np.linalg.norm(TALL, wanted))


def test_norms_that_are_none():
    with pytest.raises(BadValue, match="a vector has no norm of order 'fro'"):
        nlinalg.norm(T.dvector(), "fro")
    with pytest.raises(BadValue, match="a matrix has no norm of order 3"):
        nlinalg.norm(X, 3)
    with pytest.raises(BadAxis, match="a scalar has none"):
        nlinalg.norm(T.dscalar())
    with pytest.raises(NotSupported, match="takes a vector or a matrix"):
        nlinalg.norm(T.dtensor3())


# --- tensors


def test_inverses_of_tensors():
    a = matrices.random(8, 4, 6, 8, 3)
    t = T.dtensor4()
    np.testing.assert_allclose(
        symc.function([t], nlinalg.tensorinv(t))(a), np.linalg.tensorinv(a), atol=1e-10
    )
    with pytest.raises(BadValue, match="ind=4 leaves no dimensions"):
        nlinalg.tensorinv(t, 4)
    with pytest.raises(ValueError, match="not square"):
        symc.function([t], nlinalg.tensorinv(t))(a[:3])


@pytest.mark.parametrize("axes", [None, (0, 2), (-4, -2)])
def test_systems_of_tensors(axes):
    a = matrices.random(9, 2, 4, 4, 2) if axes else matrices.random(9, 2, 3, 3, 2)
    b = matrices.random(10, 4, 2) if axes else matrices.random(10, 2, 3)
    t = T.dtensor4()
    got = symc.function([t, X], nlinalg.tensorsolve(t, X, axes))(a, b)
    positive = None if axes is None else tuple(k % 4 for k in axes)
    np.testing.assert_allclose(got, np.linalg.tensorsolve(a, b, positive), atol=1e-11)
    with pytest.raises(TypeMismatch, match="no dimensions beyond"):
        nlinalg.tensorsolve(X, X)


# --- types and refusals


def test_types():
    assert nlinalg.matrix_inverse(T.fmatrix()).type == T.fmatrix().type
    assert nlinalg.pinv(T.drow()).broadcastable == (False, True)
    assert nlinalg.qr(T.dcol(), "complete")[1].broadcastable == (False, True)
    assert nlinalg.det(T.fmatrix()).type == T.fscalar().type
    assert nlinalg.alloc_diag(T.dvector()).type == T.dmatrix().type


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: nlinalg.det(T.imatrix()), "det: takes float32 or float64, not int32 matrix"),
        (lambda: nlinalg.svd(T.zmatrix()), "svd: matrices of complex numbers are not there yet"),
        (lambda: nlinalg.qr(T.dvector()), "qr: takes a matrix, not float64 vector"),
        (lambda: nlinalg.alloc_diag(X), "alloc_diag: takes a vector"),
        (lambda: nlinalg.extract_diag(T.dvector()), "extract_diag: takes a matrix"),
        (lambda: nlinalg.eigh(T.dvector()), "eigh: takes a matrix"),
    ],
)
def test_what_is_no_matrix_of_floats_is_refused(make, text):
    with pytest.raises(TypeMismatch, match=text):
        make()


def test_powers_are_numbers():
    with pytest.raises(BadValue, match="an int of Python"):
        nlinalg.matrix_power(X, 0.5)


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="did you mean 'matrix_inverse'"):
        _ = nlinalg.matrix_inverze


# --- NumPy's functions of variables

NUMPY = {
    "inv": lambda la, x: la.inv(x),
    "det": lambda la, x: la.det(x),
    "slogdet": lambda la, x: list(la.slogdet(x)),
    "cholesky": lambda la, x: la.cholesky(x),
    "solve": lambda la, x: la.solve(x, x[0]),
    "eigvalsh": lambda la, x: la.eigvalsh(x),
    "eigvalsh of the upper": lambda la, x: la.eigvalsh(x, "U"),
    "eigh": lambda la, x: la.eigh(x)[0],
    "qr": lambda la, x: list(la.qr(x)),
    "svd": lambda la, x: la.svd(x, compute_uv=False),
    "pinv": lambda la, x: la.pinv(x),
    "matrix_power": lambda la, x: la.matrix_power(x, 3),
    "multi_dot": lambda la, x: la.multi_dot([x, x, x]),
    "norm": lambda la, x: la.norm(x),
    "norm of order 2": lambda la, x: la.norm(x, 2),
    "norm of rows": lambda la, x: la.norm(x, 3, axis=1),
    "lstsq": lambda la, x: la.lstsq(x, x[:, :2], rcond=-1)[0],
    "tensorinv": lambda la, x: la.tensorinv(x, 1),
    "tensorsolve": lambda la, x: la.tensorsolve(x, x[0]),
}


@pytest.mark.parametrize("name", NUMPY)
def test_numpys_functions_take_variables(name):
    x = matrices.definite(4)
    made = NUMPY[name](np.linalg, X)
    got, wanted = symc.function([X], made)(x), NUMPY[name](np.linalg, x)
    many = isinstance(made, list)
    for a, b in zip(got if many else [got], wanted if many else [wanted], strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)
