"""How products are computed: what is packed does not show in their bits."""

import numpy as np
import pytest
from native import host_level
from products import arguments, compiled

HOST = host_level()

# (m, n, k) whose right operands, stored by rows, have too many pages; 39 rows use them in place.
LARGE = {"float32": (45, 1100, 2070), "float64": (47, 2050, 570)}


@pytest.mark.parametrize("dtype", LARGE)
@pytest.mark.parametrize("name", ["plain00", "plain10", "tanh"])
def test_a_large_right_operand_is_packed_for_more_than_few_rows(dtype: str, name: str):
    unit, shape = compiled(dtype, HOST), LARGE[dtype]
    left, *others = arguments(unit.contractions[name], (1, *shape))
    whole = unit.run(name, left, *others)
    assert unit.field(name, "in_place") == 0
    assert unit.field(name, "wide") < shape[1]
    for rows in (slice(0, 39), slice(39, None)):
        some = left[:, :, rows] if name == "plain10" else left[:, rows]
        part = unit.run(name, np.ascontiguousarray(some), *others)
        assert unit.field(name, "in_place") == 1
        np.testing.assert_array_equal(whole[:, rows], part)
