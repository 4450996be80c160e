"""Philox by its published answers, and the floats made of its bits."""

import math

import numpy as np
import pytest
from calling import run
from goodness import LEAST, kolmogorov, normal_distribution
from native import run_map, same_bits
from runs import every_run

from symc.compiler.errors import TypeMismatch
from symc.compiler.op import find

ONES = 0xFFFFFFFFFFFFFFFF
# Of the authors' library: counter and key as words, and the first two words of the result.
KNOWN = [
    ((0, 0, 0), 0xE169C58D6627E8D5),
    ((ONES, ONES, ONES), 0x41C83B0E408F276D),
    ((0x85A308D3243F6A88, 0x0370734413198A2E, 0x299F31D0A4093822), 0x94FDCCEBD16CFE09),
]
FIRST = 1 << 63


def words(*values):
    return np.array(values, "uint64")


def random_words(count, seed=1):
    return np.random.default_rng(seed).integers(0, ONES, count, "uint64", endpoint=True)


@pytest.mark.parametrize(("counter", "bits"), KNOWN)
def test_known_answers(counter, bits):
    assert int(run("philox", *map(words, counter))[0]) == bits


@every_run
def test_every_printer_gives_the_bits_of_the_reference(printer, lanes, target):
    operands = [random_words(70, seed) for seed in range(3)]
    for name, given in (("philox", operands), ("multiply_high", operands[:2])):
        op = find(name)
        got = run_map(op.body, given, "uint64", printer=printer, lanes=lanes, target=target)
        np.testing.assert_array_equal(got, op.reference(*given))


@every_run
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_printer_gives_the_same_uniform_floats(dtype, printer, lanes, target):
    bits = np.concatenate([random_words(70), words(0, ONES)])
    op = find("unit")

    def body(b, x):
        return op.body(b, x, dtype=dtype)

    got = run_map(body, [bits], dtype, printer=printer, lanes=lanes, target=target)
    assert same_bits(got, op.reference(bits, dtype=dtype))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_both_printers_give_the_same_normal_floats(dtype):
    bits = random_words(500)
    op = find("normal")

    def body(b, x):
        return op.body(b, x, dtype=dtype)

    got = [run_map(body, [bits], dtype, printer=printer) for printer in ("llvm", "mlir")]
    assert same_bits(*got)


def test_the_upper_half_of_a_product():
    x, y = random_words(100, 1), random_words(100, 2)
    expected = [int(a) * int(b) >> 64 for a, b in zip(x, y, strict=True)]
    assert run("multiply_high", x, y).tolist() == expected
    assert int(run("multiply_high", words(ONES), words(ONES))[0]) == ONES - 1


@pytest.mark.parametrize(("dtype", "digits"), [("float32", 24), ("float64", 53)])
def test_unit_is_an_odd_multiple_and_symmetric(dtype, digits):
    u = run("unit", np.concatenate([random_words(1000), words(0, ONES)]), dtype=dtype)
    scaled = u.astype("float64") * 2.0**digits
    assert (scaled % 2 == 1).all()
    assert (u[-2], u[-1]) == (0.5**digits, 1 - 0.5**digits)


def test_bits_are_even_and_places_draws_and_keys_independent():
    here = np.arange(5000, dtype="uint64")
    zero = np.zeros_like(here)
    for operands in ((here, zero, zero), (zero, here, zero), (zero, zero, here)):
        bits = run("philox", *operands)
        ones = np.array([int((bits >> np.uint64(k) & np.uint64(1)).sum()) for k in range(64)])
        spread = (ones - 2500) / math.sqrt(1250)
        assert np.abs(spread).max() < 4.5  # of 64 normal numbers: exceeded once in 2000 times
        flipped = bits[1:] ^ bits[:-1]
        changes = np.array([int(x).bit_count() for x in flipped])
        assert abs(changes.mean() - 32) < 4.5 * 4 / math.sqrt(len(changes))
        assert kolmogorov(run("unit", bits, dtype="float64"), lambda x: x) > LEAST


@pytest.mark.parametrize(("dtype", "rtol"), [("float32", 4e-7), ("float64", 4e-15)])
def test_normal_is_the_quantile(dtype, rtol):
    """Of the tail that the bits name, down to its smallest; erfc inverts it to this many digits."""
    width = int(dtype.removeprefix("float"))
    shifts = np.arange(1, width, dtype="uint64")
    tails = np.concatenate(
        [words(FIRST - 1) >> shifts, random_words(500) >> np.uint64(1), words(0)]
    )
    z = run("normal", tails, dtype=dtype).astype("float64")
    kept = (tails >> np.uint64(64 - width)).astype(dtype) + np.array(0.5, dtype)
    tail = kept.astype("float64") * 0.5**width
    back = np.array([math.erfc(x / math.sqrt(2)) / 2 for x in z])
    np.testing.assert_allclose(back, tail, rtol=rtol * (1 + z.max() ** 2))
    assert np.isfinite(z).all()
    np.testing.assert_array_equal(run("normal", tails | np.uint64(FIRST), dtype=dtype), -z)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normal_numbers_are_normal(dtype):
    bits = run("philox", np.arange(20000, dtype="uint64"), words(0), words(9))
    z = run("normal", bits, dtype=dtype)
    assert kolmogorov(z, normal_distribution) > LEAST
    assert kolmogorov(z * 1.1, normal_distribution) < LEAST


def test_other_dtypes_are_refused():
    with pytest.raises(TypeMismatch, match="needs uint64, not int64"):
        run("philox", *[np.zeros(1, "int64")] * 3)
    with pytest.raises(TypeMismatch, match="makes float32 or float64, not float16"):
        run("unit", words(1), dtype="float16")
