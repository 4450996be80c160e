"""Combines as data give what NumPy's reductions give, however their parts are merged."""

import numpy as np
import pytest

from symc.compiler.errors import InternalError
from symc.compiler.kernel.combine import combine_for
from symc.compiler.kernel.interpret import evaluate_body, starting_value
from symc.compiler.kernel.verify import verify_combine

REDUCTIONS = {
    "sum": np.sum,
    "prod": np.prod,
    "max": np.max,
    "min": np.min,
    "argmax": np.argmax,
    "argmin": np.argmin,
    "all": np.all,
    "any": np.any,
}
DTYPES = ("bool", "int8", "uint64", "float16", "float32", "float64")


def start(combine):
    return [np.asarray(starting_value(d, v)).astype(d) for d, v in combine.init]


def run(combine, elements, first):
    state = start(combine)
    for k, x in enumerate(elements):
        position = [np.int64(first + k)] if combine.name.startswith("arg") else []
        state = evaluate_body(combine.step, *state, x, *position)
    return state


def samples(dtype, random):
    if dtype == "bool":
        return [random.random(12) < chance for chance in (0, 0.1, 0.9, 1)]
    if dtype.startswith("float"):
        whole = random.integers(-2, 3, 12).astype(dtype)
        missing = np.where(random.random(12) < 0.2, np.nan, whole).astype(dtype)
        return [whole, missing, np.full(12, -np.inf, dtype), np.full(12, np.inf, dtype)]
    info = np.iinfo(dtype)
    ends = [np.full(12, end, dtype) for end in (info.min, info.max)]
    return [random.integers(0, 3, 12).astype(dtype), *ends]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_equals_numpy_in_parts(name, dtype):
    accumulate = {"bool": "int64", "int8": "int64", "float16": "float32"}.get(dtype, dtype)
    out = {"argmax": "int64", "argmin": "int64", "all": "bool", "any": "bool"}.get(name, dtype)
    out = accumulate if name in ("sum", "prod") else out
    combine = combine_for(name, dtype, accumulate, out)
    verify_combine(combine)
    keywords = {"dtype": accumulate} if name in ("sum", "prod") else {}
    random = np.random.default_rng(7)
    with np.errstate(all="ignore"):
        for elements in samples(dtype, random):
            expected = np.asarray(REDUCTIONS[name](elements, **keywords)).astype(out)
            for cut in (0, 1, 5, 12):
                left, right = run(combine, elements[:cut], 0), run(combine, elements[cut:], cut)
                for pair in (left + right, right + left):
                    (got,) = evaluate_body(combine.finish, *evaluate_body(combine.merge, *pair))
                    np.testing.assert_array_equal(got, expected)
                    assert got.dtype == out


def test_lanes_that_saw_nothing_do_not_count():
    combine = combine_for("argmax", "float32", "float32", "int64")
    seen = run(combine, np.array([-np.inf, -np.inf], "float32"), 3)
    (got,) = evaluate_body(combine.finish, *evaluate_body(combine.merge, *start(combine), *seen))
    assert got in (0, 3)  # all elements of the whole are least: any position before is right


def test_sums_accumulate_in_the_dtype_asked_for():
    combine = combine_for("sum", "float32", "float64", "float32")
    ones = np.ones(3, "float32")
    state = evaluate_body(combine.step, np.float64(2.0**24), ones[0])
    (got,) = evaluate_body(combine.finish, *evaluate_body(combine.step, *state, ones[1]))
    assert got == np.float32(2.0**24 + 2)


def test_refuses_an_unknown_reduction():
    with pytest.raises(InternalError, match="no reduction 'median'"):
        combine_for("median", "float32", "float32", "float32")
