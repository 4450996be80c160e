"""Conversions between all dtypes, defined for every input."""

import numpy as np
import pytest
from brain import nearest
from native import build, run_maps, same_bits
from runs import every_run

from symc.compiler.bfloat import convert
from symc.compiler.codegen.register import KIND, limits
from symc.compiler.errors import InternalError
from symc.compiler.types import ITEM_SIZE, array_dtype, holds_floats

DTYPES = [dtype for dtype in KIND if dtype != "ptr"]


def samples(dtype):
    """Return the ends of every range, what lies beside them, and random bits."""
    rng = np.random.default_rng(4)
    if dtype == "bool":
        return np.array([False, True] * 40)
    noise = np.frombuffer(rng.bytes(300 * ITEM_SIZE[dtype]), array_dtype(dtype))
    if KIND[dtype] in ("signed", "unsigned"):
        return np.concatenate([np.array([0, 1, *limits(dtype)], dtype), noise])
    ends = np.array([end for name in DTYPES if "int" in name for end in limits(name)], "float64")
    special = [0.0, -0.0, 0.5, -0.5, 0.99, -0.99, 1.5, np.inf, -np.inf, np.nan, 65504, 65519.99]
    special += [65520, 1e-8, 2.0**-24, 2.0**-25, 1 + 2.0**-11, 1 + 2.0**-11 + 2.0**-40, 1e38]
    spread = rng.uniform(-1e5, 1e5, 200)
    if dtype == "bfloat16":
        return np.concatenate([convert([*special, *ends, *spread], dtype), noise])
    beside = [ends, np.nextafter(ends, 0), np.nextafter(ends, 1e300), ends + 1, ends - 1]
    with np.errstate(over="ignore", invalid="ignore"):
        return np.concatenate([special, *beside, spread, noise]).astype(dtype)


def expected(x, dtype):
    """Return what the builder promises: as NumPy, but saturating, and NaN to 0."""
    if dtype == "bfloat16":
        return nearest(x)
    with np.errstate(all="ignore"):
        if not holds_floats(x) or KIND.get(dtype) not in ("signed", "unsigned"):
            return x.astype(dtype)
        least, greatest = limits(dtype)
        whole = [
            0 if np.isnan(v) else least if v < least else greatest if v > greatest else int(v)
            for v in x.tolist()
        ]
        return np.array([min(max(v, least), greatest) for v in whole], dtype)


HALFWAY = (np.arange(65536, dtype="uint32") << 16) + 0x8000
TIES = nearest(np.concatenate([HALFWAY - 1, HALFWAY, HALFWAY + 1]).view("float32"))


@every_run
@pytest.mark.parametrize("source", DTYPES)
def test_cast(source, printer, lanes, target):
    x = samples(source)
    cases = {
        f"to_{dtype}": (lambda b, x, dtype=dtype: b.cast(x, dtype), [source], dtype)
        for dtype in DTYPES
    }
    got = run_maps(cases, [x], printer=printer, lanes=lanes, target=target)
    for dtype in DTYPES:
        want, have = expected(x, dtype), got[f"to_{dtype}"]
        assert same_bits(have, want), (dtype, x[have != want][:5], have[have != want][:5])


@every_run
def test_all_narrow_floats(printer, lanes, target):
    bits = np.arange(65536, dtype="uint16")
    half = bits.view("float16")
    cases = {
        "wide": (lambda b, x: b.cast(x, "float32"), ["float16"], "float32"),
        "wider": (lambda b, x: b.cast(x, "float64"), ["float16"], "float64"),
        "truth": (lambda b, x: b.cast(x, "bool"), ["float16"], "bool"),
        "brain": (lambda b, x: b.cast(x, "float32"), ["bfloat16"], "float32"),
        "back": (lambda b, x: b.cast(b.cast(x, "float32"), "bfloat16"), ["bfloat16"], "bfloat16"),
    }
    got = run_maps(cases, [bits], printer=printer, lanes=lanes, target=target)
    got["back"] = got["back"].view("uint16")
    brain = (bits.astype("uint32") << 16).view("float32")
    with np.errstate(invalid="ignore"):
        assert same_bits(got["wide"], half.astype("float32"))
        assert same_bits(got["wider"], half.astype("float64"))
    assert same_bits(got["truth"], half.astype("bool"))
    assert same_bits(got["brain"], brain)
    assert np.array_equal(got["back"][~np.isnan(brain)], bits[~np.isnan(brain)])
    assert np.isnan((got["back"][np.isnan(brain)].astype("uint32") << 16).view("float32")).all()


@every_run
def test_brain_float_rounds_to_even(printer, lanes, target):
    x = np.array([1, 1 + 2.0**-8, 1 + 3 * 2.0**-8, 1 + 2.0**-8 + 2.0**-20, 3.4e38, np.inf, -1e-40])
    case = {"f": (lambda b, x: b.cast(x, "bfloat16"), ["float64"], "bfloat16")}
    got = run_maps(case, [x], printer=printer, lanes=lanes, target=target)["f"].view("uint16")
    want = [0x3F80, 0x3F80, 0x3F82, 0x3F81, 0x7F80, 0x7F80, 0x8001]
    assert [hex(v) for v in got] == [hex(v) for v in want]


@every_run
def test_all_ties_of_brain_floats(printer, lanes, target):
    """Every float32 halfway between two neighbours, and those just beside it, both signs."""
    x = np.concatenate([HALFWAY - 1, HALFWAY, HALFWAY + 1]).view("float32")
    case = {"f": (lambda b, x: b.cast(x, "bfloat16"), ["float32"], "bfloat16")}
    got = run_maps(case, [x], printer=printer, lanes=lanes, target=target)["f"]
    assert same_bits(got, TIES)


@every_run
@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64", "uint64"])
def test_integers_become_brain_floats_once(printer, lanes, target, dtype):
    """Just beside ties, by less than float32, or float64, can tell."""
    bits = 8 * ITEM_SIZE[dtype] - 1
    shifts = np.arange(9, bits, dtype=dtype)
    one = np.ones_like(shifts)
    odd, even = (one << shifts) | (one << (shifts - 8)), (one << shifts) | (3 * one << (shifts - 8))
    x = np.concatenate([t + d for t in (odd, even) for d in (-one, 0 * one, one)])
    x = x if dtype.startswith("u") else np.concatenate([x, -x])
    case = {"f": (lambda b, x: b.cast(x, "bfloat16"), [dtype], "bfloat16")}
    got = run_maps(case, [x], printer=printer, lanes=lanes, target=target)["f"]
    assert same_bits(got, nearest(x))
    assert same_bits(convert(x, "bfloat16"), nearest(x))
    assert not same_bits(x.astype("float32").astype(got.dtype), nearest(x))


@every_run
def test_half_of_float64_rounds_once(printer, lanes, target):
    # Just above a tie of float16, by less than float32 can tell.
    x = np.array(
        [1 + 2.0**-11 + 2.0**-45, 1 + 2.0**-11, -(1 + 2.0**-11 + 2.0**-45), 2.0**-25 * 1.1]
    )
    case = {"f": (lambda b, x: b.cast(x, "float16"), ["float64"], "float16")}
    got = run_maps(case, [x], printer=printer, lanes=lanes, target=target)["f"]
    assert same_bits(got, x.astype("float16"))
    assert not np.array_equal(got, x.astype("float32").astype("float16"))


@every_run
def test_bitcast(printer, lanes, target):
    x = np.random.default_rng(5).integers(-(2**31), 2**31, 100).astype("int32")
    cases = {
        "f": (lambda b, x: b.bitcast(x, "float32"), ["int32"], "float32"),
        "u": (lambda b, x: b.bitcast(x, "uint32"), ["int32"], "uint32"),
        "b": (lambda b, x: b.bitcast(b.bitcast(x, "float32"), "uint32"), ["int32"], "uint32"),
    }
    got = run_maps(cases, [x], printer=printer, lanes=lanes, target=target)
    assert same_bits(got["f"], x.view("float32"))
    assert np.array_equal(got["u"], x.view("uint32"))
    assert np.array_equal(got["b"], x.view("uint32"))


@every_run
def test_pointers_are_numbers(printer, lanes, target):
    def emit(b):
        with b.function("f", [("p", "ptr")], "int64") as (p,):
            there = b.bitcast(b.bitcast(b.offset(p, "float64", 3), "int64"), "ptr")
            b.ret(b.subtract(b.bitcast(there, "int64"), b.bitcast(p, "int64")))

    assert build(emit, target, printer).call("f", np.zeros(4), result="int64") == 24


@pytest.mark.parametrize(("source", "dtype"), [("int32", "float64"), ("bool", "int8")])
def test_bitcast_needs_one_width(source, dtype):
    def emit(b):
        with b.function("f", []):
            b.bitcast(b.constant(source, 0), dtype)

    with pytest.raises(InternalError, match=f"cannot bitcast {source} to {dtype}"):
        build(emit)


def test_pointers_are_not_cast():
    def emit(b):
        with b.function("f", [("p", "ptr")]) as (p,):
            b.cast(p, "int64")

    with pytest.raises(InternalError, match="bitcast a pointer instead"):
        build(emit)
