"""Integer division in lanes, which goes through floats, beside NumPy's."""

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
        some = rng.integers(ends.min, ends.max, 150, endpoint=True)
        near = [*range(-3, 4), *(ends.max - k for k in range(4)), *(ends.min + k for k in range(4))]
        roots = [int(ends.max**0.5) + k for k in range(-2, 3)]
        every = np.array([k for k in (*near, *roots, *some) if ends.min <= k <= ends.max])
    x, y = np.meshgrid(every.astype(dtype), every.astype(dtype))
    return x.ravel(), y.ravel()


def cases(dtype):
    return {f"f_{name}": ((lambda n: lambda b, x, y: getattr(b, n)(x, y))(name), [dtype] * 2, dtype)
            for name in WAYS}  # fmt: skip


@pytest.mark.parametrize("printer", ["llvm", "mlir"])
@pytest.mark.parametrize("dtype", [*NARROW, "int32", "uint32"])
def test_division_in_lanes(dtype, printer):
    x, y = pairs(dtype)
    got = run_maps(cases(dtype), [x, y], printer=printer)
    with np.errstate(all="ignore"):
        for name, function in WAYS.items():
            assert same_bits(got[f"f_{name}"], function(x, y)), name


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int32"])
def test_division_by_a_constant(dtype):
    x = pairs(dtype)[0]
    body = {"f": (lambda b, x: b.divide(x, b.constant(dtype, 7, x.lanes)), [dtype], dtype)}
    assert same_bits(run_maps(body, [x])["f"], x // np.array(7, dtype))
