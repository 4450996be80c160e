"""The factoring record: its text, its meaning in NumPy, what it refuses."""

import matrices
import numpy as np
import pytest
from numpy.linalg import LinAlgError

from symc.compiler.errors import InternalError
from symc.compiler.kernel.factoring import FAULTS, KINDS, Factoring, interpret, parse, to_text
from symc.compiler.kernel.matrices import REFERENCES, expm

OPTIONS = {"cholesky": ("raise",), "solve_triangular": ("plain", "lower"), "solve_lu": ("plain",)}
DTYPES = ("float32", "float64")
RECORDS = [Factoring(kind, dtype, OPTIONS.get(kind, ())) for kind in KINDS for dtype in DTYPES]


def test_text_reads_back():
    assert [parse(to_text(record)) for record in RECORDS] == RECORDS
    assert len({to_text(record) for record in RECORDS}) == len(RECORDS)


def test_every_kind_has_a_meaning():
    assert set(REFERENCES) == set(KINDS)


def test_what_fails_says_so():
    assert not Factoring("cholesky", "float64", ("nan",)).fails
    assert not Factoring("lu", "float64").fails
    record = Factoring("cholesky", "float64", ("raise",))
    assert FAULTS[record.fault - 1] == "the matrix is not positive definite"
    with pytest.raises(LinAlgError, match=FAULTS[record.fault - 1]):
        interpret(record, -np.eye(2))
    assert np.isnan(interpret(Factoring("cholesky", "float32", ("nan",)), -np.eye(2))).all()


def test_elimination_multiplies_back():
    x = matrices.regular(5)
    packed = interpret(Factoring("lu", "float64"), x)
    lower, upper = np.tril(packed[:5], -1) + np.eye(5), np.triu(packed[:5])
    for k, row in enumerate(packed[5].astype(int)):
        x[[k, row]] = x[[row, k]]
    np.testing.assert_allclose(lower @ upper, x, atol=1e-14)
    assert np.abs(lower).max() <= 1


def test_a_singular_matrix_can_be_factored_and_not_solved():
    packed = interpret(Factoring("lu", "float64"), np.ones((3, 3)))
    assert packed[2, 2] == 0
    with pytest.raises(LinAlgError, match="singular"):
        interpret(Factoring("solve_lu", "float64", ("plain",)), packed, np.ones((3, 1)))


def test_the_exponential_is_its_series():
    x = matrices.random(1, 4, 4)
    total, term = np.eye(4), np.eye(4)
    for k in range(1, 30):
        term = term @ x / k
        total += term
    np.testing.assert_allclose(expm(x), total, rtol=1e-14)
    np.testing.assert_allclose(expm(64 * x), np.linalg.matrix_power(expm(16 * x), 4), rtol=1e-9)
    with np.errstate(all="ignore"):
        assert np.isnan(expm(np.full((2, 2), np.inf))).all()


def test_wrong_records_are_refused():
    with pytest.raises(InternalError, match="no lu of int8"):
        Factoring("lu", "int8")
    with pytest.raises(InternalError, match="'polar'"):
        Factoring("polar", "float64")
