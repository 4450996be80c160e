"""Cholesky factors, systems of equations, exponentials: values, derivatives, types, refusals."""

import matrices
import numpy as np
import pytest
from near import assert_near

import symc
import symc.tensor as T
from symc.compiler.errors import TypeMismatch
from symc.exceptions import BadValue
from symc.tensor import slinalg

X, B, V = T.dmatrix("X"), T.dmatrix("B"), T.dvector("V")
DEFINITE, RIGHT = matrices.definite(5), matrices.random(1, 5, 3)
RNG = np.random.default_rng


# --- Cholesky


@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cholesky(lower, dtype):
    x = T.matrix(dtype=dtype)
    given = np.array(DEFINITE)
    given[np.triu_indices(5, 1) if lower else np.tril_indices(5, -1)] = np.nan  # is not read
    got = symc.function([x], slinalg.Cholesky(lower)(x))(given.astype(dtype))
    wanted = np.linalg.cholesky(DEFINITE)
    assert_near(got, wanted if lower else wanted.T, dtype)


@pytest.mark.parametrize("lower", [True, False])
def test_gradient_of_cholesky(lower):
    symc.gradient.verify_grad(slinalg.Cholesky(lower), [DEFINITE], rng=RNG(1))
    gradient = symc.function([X], T.grad((slinalg.Cholesky(lower)(X) ** 3).sum(), X))(DEFINITE)
    other = np.triu(gradient, 1) if lower else np.tril(gradient, -1)
    assert not other.any()


def test_cholesky_of_what_is_not_definite():
    f = symc.function([X], slinalg.cholesky(X))
    with pytest.raises(
        np.linalg.LinAlgError, match="the matrix is not positive definite"
    ) as caught:
        f(-np.eye(3))
    assert "test_slinalg.py" in str(caught.value)
    assert isinstance(caught.value, symc.Error)
    quiet = slinalg.Cholesky(on_error="nan")(X)
    g = symc.function([X], [quiet, T.grad(quiet.sum(), X)])
    for made in g(-np.eye(3)):
        assert np.isnan(made).any()
    np.testing.assert_allclose(g(np.eye(3))[0], np.eye(3))
    with pytest.raises(BadValue, match="on_error='ignore' is neither"):
        slinalg.Cholesky(on_error="ignore")


# --- systems

STRUCTURES = {
    "general": lambda a: a,
    "symmetric": lambda a: a,
    "lower_triangular": np.tril,
    "upper_triangular": np.triu,
}


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("vector", [True, False])
@pytest.mark.parametrize("mode", ["INTERPRET", "FAST_RUN"])
def test_systems(structure, vector, mode):
    a, b = matrices.triangle(5), RIGHT[:, 0] if vector else RIGHT
    made = slinalg.Solve(structure)(X, V if vector else B)
    got = symc.function([X, V if vector else B], made, mode=mode)(a, b)
    np.testing.assert_allclose(got, np.linalg.solve(STRUCTURES[structure](a), b), atol=1e-13)
    symc.gradient.verify_grad(slinalg.Solve(structure), [a, b], rng=RNG(2))
    direction = 1e-6 * matrices.random(3, 5, 5)
    f = symc.function([X], T.Rop(slinalg.Solve(structure)(X, b), X, direction))
    ahead, behind = (
        np.linalg.solve(STRUCTURES[structure](a + s * direction), b) for s in (0.5, -0.5)
    )
    np.testing.assert_allclose(f(a), ahead - behind, rtol=1e-4, atol=1e-12)


def test_transposed_systems_share_a_factoring():
    cost = (slinalg.solve(X, B) ** 2).sum()
    outputs = [cost, *T.grad(cost, [X, B]), slinalg.solve(X.T, B)]
    f = symc.function([X, B], outputs, mode="FAST_RUN")
    assert f.call.artifact.texts["kernels"].count("factoring lu ") == 1
    assert f.call.artifact.texts["program"].count("factor @") == 4


@pytest.mark.parametrize(
    ("left", "right", "result"),
    [
        ("float32", "float32", "float32"),
        ("float32", "float64", "float64"),
        ("int64", "float32", "float64"),
        ("int8", "float32", "float32"),
        ("int16", "int8", "float32"),
        ("int64", "int64", "float64"),
    ],
)
def test_dtypes_of_systems(left, right, result):
    a, b = T.matrix(dtype=left), T.vector(dtype=right)
    made = slinalg.solve(a, b)
    assert made.dtype == result
    got = symc.function([a, b], made)(np.array([[2, 1], [1, 1]], left), np.array([3, 2], right))
    np.testing.assert_allclose(got, [1, 1], rtol=1e-6)


def test_systems_that_are_refused():
    with pytest.raises(BadValue, match="'round' is none of a matrix"):
        slinalg.Solve("round")
    with pytest.raises(TypeMismatch, match="b is a vector or a matrix"):
        slinalg.solve(X, T.dtensor3())
    with pytest.raises(ValueError, match="solve: numbers of rows differ: 2 is not 3"):
        symc.function([X, V], slinalg.solve(X, V))(np.eye(2), np.ones(3))
    for make in (slinalg.solve, slinalg.solve_lower_triangular, slinalg.solve_upper_triangular):
        with pytest.raises(np.linalg.LinAlgError, match="the matrix is singular"):
            symc.function([X, V], make(X, V))(np.diag([1.0, 0]), np.ones(2))


def test_a_failed_call_changes_no_state():
    state = symc.shared(np.zeros(2))
    f = symc.function([X], [], updates=[(state, slinalg.solve(X, state + 1))])
    f(2 * np.eye(2))
    with pytest.raises(np.linalg.LinAlgError):
        f(np.zeros((2, 2)))
    assert state.get_value().tolist() == [0.5, 0.5]


def test_a_step_that_fails_says_which():
    factors, _ = symc.scan(lambda k: slinalg.cholesky(X - k), [T.arange(5.0)])
    for mode in ("FAST_RUN", "INTERPRET"):
        f = symc.function([X], factors, mode=mode)
        assert not f.call.reason
        with pytest.raises(np.linalg.LinAlgError, match=r"not positive definite, in step 4"):
            f(np.diag([9.0, 5.5]))


# --- generalised eigenvalues


@pytest.mark.parametrize("lower", [True, False])
def test_generalised_eigenvalues(lower):
    a, b = matrices.symmetric(4), matrices.definite(4)
    got = symc.function([X, B], slinalg.eigvalsh(X, B, lower))(a, b)
    wanted = np.sort(np.linalg.eigvals(np.linalg.solve(b, a)).real)
    np.testing.assert_allclose(got, wanted, atol=1e-12)
    symc.gradient.verify_grad(slinalg.Eigvalsh(lower), [a, b], rng=RNG(3))
    alone = symc.function([X], slinalg.eigvalsh(X, lower=lower))(a)
    np.testing.assert_allclose(alone, np.linalg.eigvalsh(a), atol=1e-13)


# --- products and exponentials


@pytest.mark.parametrize("shapes", [((2, 3), (4, 2)), ((2, 3, 2), (4, 2)), ((2, 3), (4, 2, 3))])
def test_kron(shapes):
    a, b = (matrices.random(k, *shape) for k, shape in enumerate(shapes))
    x, y = (T.TensorType("float64", (False,) * len(s))() for s in shapes)
    got = symc.function([x, y], slinalg.kron(x, y))(a, b)
    each = np.multiply.outer(a, b)
    wide = np.moveaxis(each, 2, 1)
    joined = wide.shape[0] * wide.shape[1], wide.shape[2] * wide.shape[3]
    np.testing.assert_allclose(got, wide.reshape(*joined, *wide.shape[4:]))
    if each.ndim == 4:
        np.testing.assert_allclose(got, np.kron(a, b))
    with pytest.raises(TypeMismatch, match="3 or more, not 1 and 1"):
        slinalg.kron(T.dvector(), T.dvector())


def test_kron_of_a_vector_is_a_vector():
    got = symc.function([V, X], [slinalg.kron(V, X), slinalg.kron(X, V)])([1.0, 2], [[3.0, 4]])
    assert got[0].tolist() == [3, 4, 6, 8]
    assert got[1].tolist() == [3, 6, 4, 8]


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
def test_exponential(scale):
    x = scale * matrices.random(5, 4, 4)
    f = symc.function([X], slinalg.expm(X))
    values, vectors = np.linalg.eig(x)
    wanted = (vectors * np.exp(values) @ np.linalg.inv(vectors)).real
    np.testing.assert_allclose(f(x), wanted, rtol=1e-9, atol=1e-9 * np.abs(wanted).max())
    if scale == 1.0:
        symc.gradient.verify_grad(slinalg.expm, [x], rng=RNG(4))
        direction = 1e-6 * matrices.random(6, 4, 4)
        slope = symc.function([X], T.Rop(slinalg.expm(X), X, direction))(x)
        np.testing.assert_allclose(slope, (f(x + direction) - f(x - direction)) / 2, rtol=1e-5)


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="did you mean 'cholesky'"):
        _ = slinalg.choleski


# --- what the rules make of it


def kernels_of(inputs, outputs):
    return symc.function(inputs, outputs, mode="FAST_RUN").call.artifact.texts["kernels"]


def test_products_with_inverses_are_systems():
    inverse = T.nlinalg.matrix_inverse(X)
    f = symc.function([X, V], [T.dot(inverse, V), T.dot(V, inverse)], mode="FAST_RUN")
    text = f.call.artifact.texts["kernels"]
    assert text.count("factoring lu ") == 1
    assert "contraction" not in text
    x, v = matrices.regular(4), matrices.random(1, 4)
    for got, wanted in zip(f(x, v), (np.linalg.inv(x) @ v, v @ np.linalg.inv(x)), strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-13)


def test_systems_with_factors_are_triangular():
    factor = slinalg.cholesky(X)
    made = slinalg.solve(factor.T, slinalg.solve(factor, B))
    text = kernels_of([X, B], made)
    assert "solve_triangular float64 plain lower" in text
    assert "solve_triangular float64 transposed lower" in text
    assert "lu" not in text


def test_logarithms_of_determinants_do_not_overflow():
    f = symc.function([X], [T.log(T.nlinalg.det(X)), T.log(abs(T.nlinalg.det(X)))], mode="FAST_RUN")
    np.testing.assert_allclose(f(1e200 * np.eye(3)), 600 * np.log(10))
    swapped = 1e200 * np.eye(3)[[1, 0, 2]]
    assert np.isnan(f(swapped)[0])
    np.testing.assert_allclose(f(swapped)[1], 600 * np.log(10))
