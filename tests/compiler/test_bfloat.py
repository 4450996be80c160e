"""bfloat16 in NumPy: rounding to it, and operations through float32."""

import subprocess
import sys

import numpy as np
import pytest
from brain import nearest
from native import same_bits

from symc.compiler.bfloat import convert, refer, widened
from symc.compiler.op import find
from symc.compiler.promotion import upcast
from symc.compiler.types import DTYPES, ITEM_SIZE, array_dtype, largest, name_of

BRAIN = array_dtype("bfloat16")
ALL = np.arange(65536, dtype="uint16").view(BRAIN)


def test_all_patterns_are_float32_and_come_back():
    wide = widened(ALL)
    known = ~np.isnan(wide)
    assert np.array_equal((wide.view("uint32") >> 16)[known], np.flatnonzero(known))
    assert not (wide.view("uint32") & 0xFFFF)[known].any()
    assert np.isnan(wide).sum() == 2 * 127
    assert same_bits(convert(wide, "bfloat16"), ALL)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ties_go_to_even_and_what_is_beside_them_to_the_nearest(dtype):
    halfway = ((np.arange(0, 0x7F80, 7, dtype="uint32") << 16) + 0x8000).view("float32")
    x = halfway.astype(dtype)
    x = np.concatenate([x, np.nextafter(x, np.inf), np.nextafter(x, 0)])
    x = np.concatenate([x, -x, np.array([0.0, -0.0, np.inf, -np.inf, np.nan], dtype)])
    assert same_bits(convert(x, "bfloat16"), nearest(x))


def test_float64_is_rounded_once():
    x = np.array([1 + 2.0**-8 + 2.0**-40, 1 + 3 * 2.0**-8 - 2.0**-40, 2.0**-134 * (1 + 2.0**-40)])
    assert widened(convert(x, "bfloat16")).tolist() == [1 + 2.0**-7, 1 + 2.0**-7, 2.0**-133]
    assert not same_bits(convert(x, "bfloat16"), x.astype(BRAIN))  # what the package does


def test_the_largest_number():
    assert float(np.max(widened(ALL)[np.isfinite(widened(ALL))])) == largest("bfloat16")
    assert largest("float16") == 65504


def test_other_dtypes_are_numpys():
    assert convert([1, 2], "int8").dtype == "int8"
    assert convert(1.5, "float16") == np.float16(1.5)
    with pytest.raises(OverflowError):
        convert(300, "uint8")


def test_operations_are_computed_in_float32():
    x, y = convert([1.0], "bfloat16"), convert([2.0**-9], "bfloat16")
    assert refer(find("add"), (x, y), {}).tolist() == [1 + 2.0**-9]
    assert refer(find("add"), (x, y), {}).dtype == "float32"


@pytest.mark.parametrize("other", DTYPES)
def test_promotion_is_by_what_eight_bits_hold(other):
    stays = other in ("bool", "int8", "uint8", "bfloat16")
    expected = "bfloat16" if stays else str(np.result_type(np.dtype(other), np.dtype("float32")))
    assert upcast("bfloat16", other) == upcast(other, "bfloat16") == expected


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_integers_of_eight_bits_are_bfloat16(dtype):
    x = np.arange(256, dtype="uint8").view(dtype)
    assert np.array_equal(widened(convert(x, "bfloat16")).astype(dtype), x)


def test_names_and_sizes():
    assert name_of(BRAIN) == "bfloat16"
    assert ITEM_SIZE["bfloat16"] == BRAIN.itemsize == 2


def test_the_package_loads_only_where_bfloat16_is_named():
    code = (
        "import sys, symc, symc.tensor as T; f = symc.function([], T.zeros((2,), 'float16') + 1);"
        "f(); assert 'ml_dtypes' not in sys.modules;"
        "x = T.vector(dtype='bfloat16'); assert 'ml_dtypes' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
