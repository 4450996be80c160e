"""The sorting record: its text, its meaning in NumPy, what it refuses."""

import numpy as np
import pytest

from symc.compiler.errors import InternalError
from symc.compiler.kernel.sorting import SORTED, Sorting, interpret, nanoseconds, parse, to_text

RECORDS = [Sorting(dtype, result) for dtype in sorted(SORTED) for result in ("values", "positions")]


def test_text_reads_back():
    assert [parse(to_text(record)) for record in RECORDS] == RECORDS
    assert len({to_text(record) for record in RECORDS}) == len(RECORDS)


def test_nan_comes_last_and_ties_stay():
    x = np.array([[0.0, np.nan, -0.0, -1.0, 0.0, -np.inf]])
    positions = interpret(Sorting("float64", "positions"), x)
    assert positions.dtype == np.int64
    assert positions.tolist() == [[5, 3, 0, 2, 4, 1]]
    values = interpret(Sorting("float64", "values"), x)
    np.testing.assert_array_equal(values, [[-np.inf, -1, 0, 0, 0, np.nan]])
    assert np.signbit(values[0, 2:5]).tolist() == [True, False, False]


def test_positions_and_wide_elements_take_longer():
    assert nanoseconds(Sorting("int8", "values")) < nanoseconds(Sorting("float64", "values"))
    assert nanoseconds(Sorting("int8", "values")) < nanoseconds(Sorting("int8", "positions"))


def test_wrong_records_are_refused():
    with pytest.raises(InternalError, match="complex64"):
        Sorting("complex64", "values")
    with pytest.raises(InternalError, match="'both'"):
        Sorting("int8", "both")
