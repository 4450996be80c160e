"""Float literals of the newer LLVM as the older one reads them."""

import numpy as np
import pytest
from native import build

from symc.compiler.target.skew import respell


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("ret float f0xBBC7C6F2", "ret float 0xBF78F8DE40000000"),
        ("ret double f0x3FB999999999999A", "ret double 0x3FB999999999999A"),
        ("ret float 1.000000e-01", "ret float 0x3FB99999A0000000"),
        ("ret double 1.000000e-01", "ret double 0x3FB999999999999A"),
        ("ret float -2.5", "ret float 0xC004000000000000"),
        ("ret float +inf", "ret float 0x7FF0000000000000"),
        ("ret double -inf", "ret double 0xFFF0000000000000"),
        ("ret float +qnan", "ret float 0x7FF8000000000000"),
        ("ret float -nan(0x123)", "ret float 0xFFF0002460000000"),
        ("ret double +snan(0x1)", "ret double 0x7FF0000000000001"),
        ("%1 = fadd float %0, 1.000000e-01", "%1 = fadd float %0, 0x3FB99999A0000000"),
        (
            "%1 = phi double [ 2.500000e-01, %3 ], [ %4, %5 ]",
            "%1 = phi double [ 0x3FD0000000000000, %3 ], [ %4, %5 ]",
        ),
        (
            "call <2 x float> @f(<2 x float> splat (float +inf), double 5.000000e-01)",
            "call <2 x float> @f(<2 x float> splat (float 0x7FF0000000000000), "
            "double 0x3FE0000000000000)",
        ),
        ("%1 = fcmp uno <4 x double> %0, zeroinitializer", None),
        ('@data0 = constant [11 x i8] c"float 1.5, 2.5\\22"', None),
        ("%1 = add i64 %0, 15", None),
    ],
)
def test_respell(new, old):
    assert respell(new) == (old or new)
    assert respell(f"first\n{new}\nlast") == f"first\n{old or new}\nlast"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_constants_keep_their_bits(dtype):
    word = {"float32": "uint32", "float64": "uint64"}[dtype]
    bits = np.frombuffer(np.random.default_rng(20).bytes(400 * np.dtype(word).itemsize), word)
    decimals = np.array([0.1, 1e-5, 1 / 3, 1e30, 2.5, -0.0, np.inf, -np.inf, np.nan])
    with np.errstate(invalid="ignore"):
        values = np.concatenate([bits.view(dtype).astype("float64"), decimals]).astype(dtype)

    def emit(b):
        with b.function("f", [("x", dtype), ("y", "ptr")]) as (x, y):
            for k, value in enumerate(values.tolist()):
                constant = b.constant(dtype, value)
                b.store(constant, b.offset(y, dtype, 2 * k))
                # as a second operand, which the text gives no type of its own
                b.store(b.select(b.is_nan(x), b.add(x, constant), constant),
                        b.offset(y, dtype, 2 * k + 1))  # fmt: skip

    y = np.empty((len(values), 2), dtype)
    build(emit, printer="mlir").call("f", np.float64(0).item(), y)
    same = (y == values[:, None]) | np.isnan(y) & np.isnan(values)[:, None]
    assert same.all()
    assert np.array_equal(np.signbit(y[-9:-1, 0]), np.signbit(values[-9:-1]))


def test_data_that_looks_like_literals():
    text = b"needs float 1.5, got 2.5; double f0x12"

    def emit(b):
        with b.function("f", [], "int64"):
            b.ret(b.cast(b.load(b.offset(b.data(text), "uint8", len(text) - 1), "uint8"), "int64"))

    native = build(emit, printer="mlir")
    assert native.call("f", result="int64") == ord("2")
    assert text.decode() in native.texts["llvm"]
