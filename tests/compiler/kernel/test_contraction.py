"""The contraction record: its text, its meaning in NumPy, what it refuses."""

import math

import numpy as np
import pytest

import symc.compiler.ops  # noqa: F401  # the operations that bodies name
from symc.compiler.errors import InternalError
from symc.compiler.kernel.contraction import (
    Contraction,
    EpilogueOperand,
    interpret,
    nanoseconds,
    parse,
    to_text,
)
from symc.compiler.kernel.record import Body, Scalar


def parameter(number: int, dtype: str) -> Scalar:
    return Scalar("parameter", (), dtype, number)


def biased(dtype: str) -> Contraction:
    """The product plus a row, times a number, as float64."""
    scalars = (
        parameter(0, dtype),
        parameter(1, dtype),
        Scalar("add", (0, 1), dtype),
        Scalar("constant", (), dtype, -0.5),
        Scalar("multiply", (2, 3), dtype),
        Scalar("cast", (4,), "float64", (("dtype", "float64"),)),
    )
    body = Body((dtype, dtype), scalars, (5,))
    return Contraction(dtype, True, False, body, (EpilogueOperand(dtype, "row"),), "float64")


def constant(value: float) -> Contraction:
    body = Body(("float32",), (Scalar("constant", (), "float32", value),), (0,))
    return Contraction("float32", epilogue=body)


@pytest.mark.parametrize(
    "contraction",
    [
        Contraction("float32"),
        Contraction("float64", transpose_right=True),
        biased("float32"),
        biased("float64"),
        constant(math.inf),
        constant(-math.inf),
        constant(-0.0),
        constant(1e-45),
    ],
)
def test_text_reads_back(contraction):
    assert parse(to_text(contraction)) == contraction
    assert to_text(parse(to_text(contraction))) == to_text(contraction)


def test_nan_reads_back():
    (scalar,) = parse(to_text(constant(math.nan))).epilogue.scalars
    assert math.isnan(scalar.attribute)


def test_text_tells_records_apart():
    records = [
        Contraction(dtype, left, right)
        for dtype in ("float32", "float64")
        for left in (False, True)
        for right in (False, True)
    ]
    records += [biased("float32"), biased("float64"), constant(0.0), constant(-0.0)]
    assert len({to_text(r) for r in records}) == len(records)


def test_text_is_readable():
    assert to_text(biased("float32")).splitlines() == [
        "contraction float32 km,kn -> float64",
        "operand float32 row",
        "parameter () float32 0",
        "parameter () float32 1",
        "add (0,1) float32 ()",
        "constant () float32 -0.5",
        "multiply (2,3) float32 ()",
        "cast (4) float64 (('dtype', 'float64'),)",
        "result 5",
    ]


def test_interpretation():
    left, right = np.arange(12.0).reshape(2, 3, 2), np.arange(24.0).reshape(2, 3, 4)
    row = np.arange(4.0)
    result = interpret(biased("float64"), left, right, row)
    expected = -0.5 * (np.einsum("bkm,bkn->bmn", left, right) + row)
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, expected, rtol=1e-14)


def test_interpretation_of_a_column():
    body = Body(("float64", "float64"), (parameter(1, "float64"),), (0,))
    contraction = Contraction("float64", False, True, body, (EpilogueOperand("float64", "column"),))
    result = interpret(contraction, np.ones((1, 3, 2)), np.ones((1, 4, 2)), np.arange(3.0))
    np.testing.assert_array_equal(result[0], np.arange(3.0)[:, None] * np.ones(4))


def test_time_grows_with_sizes():
    contraction = Contraction("float32")
    assert nanoseconds(contraction, 1, 1000, 1000, 1000) == pytest.approx(2e7, rel=0.1)
    assert nanoseconds(contraction, 2, 10, 10, 10) > nanoseconds(contraction, 1, 10, 10, 10)


def test_wrong_records_are_refused():
    with pytest.raises(InternalError, match="int32"):
        Contraction("int32")
    with pytest.raises(InternalError, match="without an epilogue"):
        Contraction("float32", out_dtype="float64")
    with pytest.raises(InternalError, match="the epilogue takes"):
        Contraction("float32", epilogue=Body(("float64",), (parameter(0, "float64"),), (0,)))
