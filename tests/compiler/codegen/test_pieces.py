"""Long batches of products run in pieces, whatever dtypes their operands have in memory."""

import numpy as np
import pytest
from brain import nearest
from running import native

from symc.compiler.codegen import pieces, statements
from symc.compiler.ops.arithmetic import add
from symc.compiler.ops.logic import cast
from symc.compiler.ops.product import batched_dot
from tests.passes.graphs import build

DTYPES = ("bfloat16", "float32", "float64")


def numbers(dtype, *shape, seed=0):
    """Return multiples of 1/4 whose products' sums are exact in all dtypes but bfloat16."""
    quarters = np.random.default_rng(seed).integers(-9, 10, shape) / 4
    return nearest(quarters) if dtype == "bfloat16" else quarters.astype(dtype)


@pytest.fixture
def one_product_a_piece(monkeypatch):
    monkeypatch.setattr(statements, "LONG", -1)
    monkeypatch.setattr(pieces, "PRODUCTS", 1)


@pytest.mark.usefixtures("one_product_a_piece")
@pytest.mark.parametrize("right", DTYPES)
@pytest.mark.parametrize("left", DTYPES)
def test_each_product_finds_its_matrices(left, right):
    def wide(x, y):
        return batched_dot(cast(x, dtype="float64"), cast(y, dtype="float64"))

    def narrow(x, y):
        return batched_dot(cast(x, dtype="float32"), cast(y, dtype="float32"))

    meaning = wide if "float64" in (left, right) else narrow
    x, y = numbers(left, 5, 33, 18), numbers(right, 5, 18, 20, seed=1)
    got = native(build(meaning, (left, 3), (right, 3)))[0](x, y)[0]
    assert np.array_equal(got, x.astype("float64") @ y.astype("float64"))


@pytest.mark.usefixtures("one_product_a_piece")
@pytest.mark.parametrize("added", DTYPES)
@pytest.mark.parametrize("factors", DTYPES[:2])
def test_what_is_added_is_found_too(factors, added):
    def meaning(x, y, z):
        product = batched_dot(cast(x, dtype="float32"), cast(y, dtype="float32"))
        return add(cast(product, dtype="float64"), cast(z, dtype="float64"))

    x, y = numbers(factors, 7, 4, 18), numbers(factors, 7, 18, 20, seed=1)
    z = numbers(added, 7, 4, 20, seed=2)
    got = native(build(meaning, (factors, 3), (factors, 3), (added, 3)))[0](x, y, z)[0]
    assert np.array_equal(got, x.astype("float64") @ y.astype("float64") + z.astype("float64"))
