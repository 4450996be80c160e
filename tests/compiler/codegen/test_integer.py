"""Integer division in lanes, by floats or products, beside NumPy's."""

import numpy as np
import pytest
from native import run_maps, same_bits

NARROW = ["int8", "uint8", "int16", "uint16"]
WAYS = {"floor_divide": np.floor_divide, "remainder": np.remainder}


def pairs(dtype):
    """Return operands: all of a byte, else those near the ends and at random."""
    ends = np.iinfo(dtype)
    if ends.bits == 8:
        every = np.arange(ends.min, ends.max + 1)
    else:
        rng = np.random.default_rng(5)
        some = rng.integers(ends.min, ends.max, 150, dtype, endpoint=True).tolist()
        near = [*range(-3, 4), *(ends.max - k for k in range(4)), *(ends.min + k for k in range(4))]
        roots = [int(ends.max**0.5) + k for k in range(-2, 3)]
        every = np.array([k for k in (*near, *roots, *some) if ends.min <= k <= ends.max], dtype)
    x, y = np.meshgrid(every.astype(dtype), every.astype(dtype))
    return x.ravel(), y.ravel()


def cases(dtype):
    return {f"f_{name}": ((lambda n: lambda b, x, y: getattr(b, n)(x, y))(name), [dtype] * 2, dtype)
            for name in WAYS}  # fmt: skip


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
@pytest.mark.parametrize("dtype", [*NARROW, "int32", "uint32", "int64", "uint64"])
def test_division_in_lanes(dtype, printer):
    x, y = pairs(dtype)
    got = run_maps(cases(dtype), [x, y], printer=printer)
    with np.errstate(all="ignore"):
        for name, function in WAYS.items():
            assert same_bits(got[f"f_{name}"], function(x, y)), name


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
def test_long_division_of_moderate_numbers(printer):
    rng = np.random.default_rng(7)
    edge = 1 << 52
    x, y = (rng.integers(-edge, edge, 4000) >> rng.integers(0, 52, 4000) for _ in range(2))
    x[::3] = y[::3] * rng.integers(-9, 9, len(y[::3])) + rng.integers(-1, 2, len(y[::3]))
    got = run_maps(cases("int64"), [x, y], printer=printer)
    with np.errstate(all="ignore"):
        for name, function in WAYS.items():
            assert same_bits(got[f"f_{name}"], function(x, y)), name


def by_number(name, number, dtype):
    """Return the case of an operation with a known second operand."""
    body = lambda b, x: getattr(b, name)(x, b.constant(dtype, number, x.lanes))  # noqa: E731
    return body, [dtype], dtype


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
@pytest.mark.parametrize("dtype", [*NARROW, "int32", "int64"])
def test_division_by_a_constant(dtype, printer):
    x, ends = np.unique(pairs(dtype)[0]), np.iinfo(dtype)
    numbers = [k for k in (7, 1, 0, -7, -1, 10, ends.max, ends.min) if k >= ends.min]
    tried = [(f"f{place}_{name}", name, k) for place, k in enumerate(numbers) for name in WAYS]
    by = {key: by_number(name, int(k), dtype) for key, name, k in tried}
    got = run_maps(by, [x], printer=printer)
    with np.errstate(all="ignore"):
        for key, name, k in tried:
            assert same_bits(got[key], WAYS[name](x, np.array(k, dtype))), (name, k)
