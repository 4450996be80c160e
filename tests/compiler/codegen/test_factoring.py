"""Generated factorings against NumPy: sizes, dtypes, printers, targets, the bounds of memory."""

import matrices
import numpy as np
import pytest
from factorings import compiled, expected, operands, records
from native import host_level, host_targets
from products import SCALAR

from symc.compiler.kernel.factoring import Factoring

SIZES = ((0, 0), (1, 1), (2, 3), (3, 2), (7, 4), (4, 9), (17, 17), (33, 5), (50, 49), (100, 3))
HOST = host_level()
TOLERANCE = {"float64": 1e-11, "float32": 1e-3}


def check(unit, factoring, n, m):
    given = operands(factoring, n, m)
    if "spectrum" in factoring.kind:  # float32 values must not lie too near for their vectors
        given = [matrices.symmetric(n).astype(factoring.dtype)]
    if factoring.kind == "singular":
        given = [matrices.tall(n, m).astype(factoring.dtype)]
    got, report = unit.run(factoring, given)
    assert report == 0
    wanted = expected(factoring, given)
    scale = max(1.0, float(np.abs(wanted).max(initial=0)))
    np.testing.assert_allclose(got, wanted, rtol=0, atol=TOLERANCE[factoring.dtype] * scale)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("index", range(len(records("float64"))))
def test_every_size(dtype, index):
    unit, factoring = compiled(dtype, HOST), records(dtype)[index]
    for n, m in SIZES:
        if dtype == "float64" or n < 40:
            check(unit, factoring, n, m)


@pytest.mark.parametrize("target", [*(t.name for t in host_targets()), SCALAR.name])
def test_every_target(target):
    for factoring in records("float64"):
        for n, m in ((19, 5), (70, 50)):  # less than a panel or block, and more
            check(compiled("float64", target), factoring, n, m)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_both_printers_give_the_same_bits(dtype):
    units = [compiled(dtype, HOST, printer) for printer in ("llvm", "mlir")]
    for factoring in records(dtype):
        given = operands(factoring, 21, 6)
        first, second = (unit.run(factoring, given) for unit in units)
        np.testing.assert_array_equal(first[0], second[0])
        assert first[1] == second[1] == 0


# --- what fails


def report(kind, *given, options=()):
    factoring = Factoring(kind, "float64", options)
    return compiled("float64", HOST).run(factoring, list(given))


def test_failures_are_reported():
    bad = matrices.definite(60)
    bad[55, 55] = -1
    assert report("cholesky", bad, options=("raise",))[1] == 1
    made, code = report("cholesky", bad, options=("nan",))
    assert code == 1
    assert np.isnan(made).all()
    singular = np.triu(matrices.triangle(60))
    singular[30, 30] = 0
    for form in ("plain", "transposed"):
        right = np.ones((60, 2))
        assert report("solve_triangular", singular, right, options=(form, "upper"))[1] == 2
        packed, code = report("lu", np.ones((4, 4)))
        assert code == 0
        assert report("solve_lu", packed, np.ones((4, 2)), options=(form,))[1] == 2


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_no_number_ends_every_iteration(bad):
    for kind in ("spectrum", "singular"):
        x = matrices.symmetric(5)
        x[3, 1] = x[1, 3] = bad
        assert report(kind, x)[1] == 3
    x = matrices.definite(5)
    x[4, 4] = bad
    _, code = report("cholesky", x, options=("raise",))
    assert code == (1 if np.isnan(bad) else 0)


# --- matrices at the edges


def orthonormal(rows):
    np.testing.assert_allclose(rows @ rows.T, np.eye(len(rows)), atol=1e-13)


DEGENERATE = {
    "zeros": np.zeros((5, 3)),
    "equal": np.ones((4, 6)),
    "unit": np.eye(4),
    "of rank 2": matrices.random(1, 9, 2) @ matrices.random(2, 2, 7),
    "of two sizes": np.diag([1e150, 1e-150, 1.0]),
    "tiny": 1e-200 * matrices.random(3, 4, 4),
    "large": 1e200 * matrices.random(3, 4, 4),
}


@pytest.mark.parametrize("x", DEGENERATE.values(), ids=DEGENERATE)
def test_singular_vectors_are_orthonormal_whatever_the_matrix(x):
    made, code = report("singular", x)
    assert code == 0
    values, left, right = made[:, 0], made[:, 1 : 1 + len(x)], made[:, 1 + len(x) :]
    orthonormal(left)
    orthonormal(right)
    size = max(np.abs(x).max(), 1e-300)
    np.testing.assert_allclose((left.T * values) @ right / size, x / size, atol=1e-13)
    wanted = np.linalg.svd(x, compute_uv=False)
    np.testing.assert_allclose(values / size, wanted / size, atol=1e-13)


@pytest.mark.parametrize(
    "x",
    [np.zeros((4, 4)), np.ones((5, 5)), np.eye(3), np.diag([3.0, 1, 2, 2]), np.diag(np.ones(7), 1)],
)
def test_equal_eigenvalues(x):
    x = x + x.T
    made, code = report("spectrum", x)
    assert code == 0
    orthonormal(made[1:])
    np.testing.assert_allclose(made[1:].T * made[0] @ made[1:], x, atol=1e-13)


HARD = {
    "equal": np.full((50, 50), 0.1),
    "of rank 2": matrices.random(1, 50, 2) @ matrices.random(2, 2, 50),
    "falling columns": matrices.random(3, 50, 50) * 10.0 ** -np.linspace(0, 12, 50),
    "falling rows": (matrices.random(4, 50, 50) * 10.0 ** -np.linspace(0, 12, 50)).T,
    "nearly singular": 1 / (np.arange(30)[:, None] + np.arange(30) + 1.0),
    "with pairs": np.diag(abs(np.arange(21.0) - 10)) + np.eye(21, k=1) + np.eye(21, k=-1),
    "of blocks": np.kron(np.eye(12), np.ones((2, 2))),
    "a permutation": np.eye(40)[np.random.default_rng(5).permutation(40)],
}
"""Matrices whose small parts are rounding, or which have many equal values."""


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", HARD)
def test_hard_matrices(name, dtype):
    x = HARD[name].astype(dtype)
    both = x + x.T
    unit, error = compiled(dtype, HOST), 20 * len(x) * np.finfo(dtype).eps

    def run(kind, *given):
        made, code = unit.run(Factoring(kind, dtype), list(given))
        assert code == 0
        return made.astype("float64")

    def close(made, wanted):
        np.testing.assert_allclose(made, wanted, rtol=0, atol=error * max(1, np.abs(wanted).max()))

    one = np.eye(len(x))
    made = run("spectrum", both)
    close(made[1:] @ made[1:].T, one)
    close(made[1:].T * made[0] @ made[1:], both)
    made = run("singular", x)
    left, right = made[:, 1 : 1 + len(x)], made[:, 1 + len(x) :]
    close(left @ left.T, one)
    close(right @ right.T, one)
    close(left.T * made[:, 0] @ right, x)
    made = run("householder", x)
    rows = run("orthogonal", made.astype(dtype))
    close(rows @ rows.T, one)
    close(rows.T @ np.triu(made[:-1].T), x)


def test_a_column_that_is_reflected_already():
    x = np.array([[2.0, 1.0], [0.0, 3.0], [0.0, 4.0]])
    made, _ = report("householder", x)
    columns, factors = np.linalg.qr(x, mode="raw")
    np.testing.assert_allclose(made[:2], columns)
    np.testing.assert_allclose(made[2, :2], factors)
    assert factors[0] == 0
