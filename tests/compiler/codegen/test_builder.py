"""Every operation of the builder against NumPy, from every printer, scalar and in lanes."""

import numpy as np
import pytest
from native import run_maps, same_bits
from runs import every_run

from symc.compiler.codegen.register import limits

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
FLOATS = ["float32", "float64"]


def pairs(values, seed, dtype):
    """Return all pairs of some values, and many random ones."""
    x, y = (grid.ravel() for grid in np.meshgrid(values, values))
    rng = np.random.default_rng(seed)
    noise = rng.bytes(2 * 101 * np.dtype(dtype).itemsize)
    a, b = np.frombuffer(noise, dtype).reshape(2, -1)
    return np.concatenate([x, a]), np.concatenate([y, b])


def integer_pairs(dtype):
    least, greatest = limits(dtype)
    near = [0, 1, 2, 3, 5, 7, 8, 15, 16, 31, 32, 63, 64, 100, greatest - 1, greatest]
    negative = [-1, -2, -3, -7, -8, -64, least, least + 1] if least else [greatest // 2 + 1]
    return pairs(np.array(near + negative, dtype), 1, dtype)


def float_pairs(dtype):
    info = np.finfo(dtype)
    positive = [0.0, 0.3, 0.5, 1, 1.5, 2.5, 3, 7.7, 1e6 + 0.5, 2.0**23 + 1, 2.0**52 - 0.5, 1e18]
    positive += [info.max, info.tiny, info.smallest_subnormal, np.inf, np.nan]
    values = np.array(positive, dtype)
    return pairs(np.concatenate([values, -values]), 2, dtype)


def binary(method, dtype, result=None):
    return (lambda b, x, y: getattr(b, method)(x, y)), [dtype, dtype], result or dtype


def unary(method, dtype, result=None):
    return (lambda b, x, y: getattr(b, method)(x)), [dtype, dtype], result or dtype


def floor_divide(x, y):
    wraps = (y == -1) if x.dtype.kind == "i" else np.zeros(x.shape, bool)
    safe = np.where((y == 0) | wraps, 1, y).astype(x.dtype)
    quotient = np.where(wraps, -x, np.floor_divide(x, safe))
    return np.where(y == 0, 0, quotient).astype(x.dtype)


def remainder(x, y):
    return (x - floor_divide(x, y) * y) * (y != 0).astype(x.dtype)


def shift_right(x, y):
    bits = 8 * x.itemsize
    inside = (y >= 0) & (y < bits)
    if x.dtype.kind == "u":
        return np.where(inside, x >> np.where(inside, y, 0), 0).astype(x.dtype)
    return x >> np.where(inside, y, bits - 1)


def shift_left(x, y):
    inside = (y >= 0) & (y < 8 * x.itemsize)
    return np.where(inside, x << np.where(inside, y, 0), 0).astype(x.dtype)


INTEGER_REFERENCES = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": floor_divide,
    "floor_divide": floor_divide,
    "remainder": remainder,
    "minimum": np.minimum,
    "maximum": np.maximum,
    "bit_and": lambda x, y: x & y,
    "bit_or": lambda x, y: x | y,
    "bit_xor": lambda x, y: x ^ y,
    "shift_left": shift_left,
    "shift_right": shift_right,
    "negate": lambda x, y: -x,
    "absolute": lambda x, y: np.abs(x),
    "bit_not": lambda x, y: ~x,
    "floor": lambda x, y: x,
}
FLOAT_REFERENCES = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "minimum": lambda x, y: np.where((x < y) | np.isnan(x), x, y),
    "maximum": lambda x, y: np.where((x > y) | np.isnan(x), x, y),
    "copysign": np.copysign,
    "negate": lambda x, y: -x,
    "absolute": lambda x, y: np.abs(x),
    "sqrt": lambda x, y: np.sqrt(x),
    "floor": lambda x, y: np.floor(x),
    "ceil": lambda x, y: np.ceil(x),
    "trunc": lambda x, y: np.trunc(x),
    "rint": lambda x, y: np.rint(x),
}
UNARY = {"negate", "absolute", "bit_not", "sqrt", "floor", "ceil", "trunc", "rint", "is_nan"}
RELATIONS = {
    "equal": np.equal,
    "not_equal": np.not_equal,
    "less": np.less,
    "less_equal": np.less_equal,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
}


def check(references, relations, arrays, printer, lanes, target):
    """Compare each operation with its reference, bit for bit."""
    dtype = str(arrays[0].dtype)
    cases = {
        **{f"f_{n}": (unary if n in UNARY else binary)(n, dtype) for n in references},
        **{f"f_{n}": (unary if n in UNARY else binary)(n, dtype, "bool") for n in relations},
    }
    with np.errstate(all="ignore"):
        expected = {name: f(*arrays) for name, f in (references | relations).items()}
    got = run_maps(cases, arrays, printer=printer, lanes=lanes, target=target)
    for name, want in expected.items():
        have = got[f"f_{name}"]
        wrong = ~((have == want) | ((have != have) & (want != want)))
        where = [(x[wrong][:3], y[wrong][:3]) for x, y in [(arrays[0], arrays[1]), (have, want)]]
        assert same_bits(have, want), f"{name}: {where}"


@every_run
@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers(dtype, printer, lanes, target):
    check(INTEGER_REFERENCES, RELATIONS, integer_pairs(dtype), printer, lanes, target)


@every_run
@pytest.mark.parametrize("dtype", FLOATS)
def test_floats(dtype, printer, lanes, target):
    relations = RELATIONS | {"is_nan": lambda x, y: np.isnan(x)}
    check(FLOAT_REFERENCES, relations, float_pairs(dtype), printer, lanes, target)


@every_run
def test_bools(printer, lanes, target):
    arrays = [np.tile([False, True], 37), np.repeat([False, True], 37)]
    references = {
        "add": np.logical_or,
        "multiply": np.logical_and,
        "minimum": np.logical_and,
        "maximum": np.logical_or,
        "bit_and": np.logical_and,
        "bit_or": np.logical_or,
        "bit_xor": np.logical_xor,
        "bit_not": lambda x, y: ~x,
    }
    check(references, RELATIONS, arrays, printer, lanes, target)


@every_run
@pytest.mark.parametrize("dtype", FLOATS)
def test_fma_rounds_as_the_target_does(dtype, printer, lanes, target):
    rng = np.random.default_rng(3)
    x, y, z = rng.uniform(-1, 1, (3, 257)).astype(dtype)
    z = -(x * y) + z * np.finfo(dtype).eps.astype(dtype)  # cancellation shows the lost digits
    case = {"f": (lambda b, x, y, z: b.fma(x, y, z), [dtype] * 3, dtype)}
    got = run_maps(case, [x, y, z], printer=printer, lanes=lanes, target=target)["f"]
    wide = np.float64 if dtype == "float32" else np.longdouble
    exact = x.astype(wide) * y.astype(wide)
    twice = x * y + z
    if not target.has_fma:
        assert same_bits(got, twice)
    elif dtype == "float32":
        assert same_bits(got, (exact + z).astype(dtype))
    else:
        assert not np.array_equal(got, twice)
        assert np.all(np.abs(got - (exact + z)) <= 2.0**-60)


@every_run
@pytest.mark.parametrize("dtype", FLOATS)
def test_multiply_and_add_stay_two_roundings(dtype, printer, lanes, target):
    x, y = np.random.default_rng(4).uniform(-1, 1, (2, 257)).astype(dtype)
    z = -(x * y)  # what is left after fusing is the rounding error, and 0 without
    case = {"f": (lambda b, x, y, z: b.add(b.multiply(x, y), z), [dtype] * 3, dtype)}
    got = run_maps(case, [x, y, z], printer=printer, lanes=lanes, target=target)["f"]
    assert not got.any()


@every_run
def test_select_and_constants(printer, lanes, target):
    x = np.arange(-20, 20, dtype="int32")
    cases = {
        "f": (
            lambda b, x: b.select(
                b.less(x, b.constant("int32", 3, x.lanes)), x, b.constant("int32", -7, x.lanes)
            ),
            ["int32"],
            "int32",
        ),
        "g": (lambda b, x: b.constant("float32", np.nan, x.lanes), ["int32"], "float32"),
        "h": (lambda b, x: b.constant("float64", -0.0, x.lanes), ["int32"], "float64"),
        "i": (lambda b, x: b.constant("float32", 1e300, x.lanes), ["int32"], "float32"),
        "j": (lambda b, x: b.constant("uint64", 2**64 - 1, x.lanes), ["int32"], "uint64"),
        "k": (lambda b, x: b.constant("float32", 0.1, x.lanes), ["int32"], "float32"),
    }
    got = run_maps(cases, [x], printer=printer, lanes=lanes, target=target)
    assert np.array_equal(got["f"], np.where(x < 3, x, -7))
    assert np.isnan(got["g"]).all()
    assert np.signbit(got["h"]).all()
    assert (got["h"] == 0).all()
    assert np.isposinf(got["i"]).all()
    assert (got["j"] == 2**64 - 1).all()
    assert (got["k"] == np.float32(0.1)).all()
