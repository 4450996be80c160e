"""Elementary functions of complex numbers, compiled, against NumPy's."""

import itertools

import numpy as np
import pytest

import symc
import symc.tensor as T

inf, nan = np.inf, np.nan
NUMPY = {"abs_": "absolute", "sqr": "square", "inv": "reciprocal"}
NAMES = (
    *("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs_", "angle"),
    *("sqr", "inv", "log2", "log10", "exp2", "expm1", "arcsin", "arccos", "arctan"),
    *("arcsinh", "arccosh", "arctanh"),
)
ULPS = 8  # of the whole number, not of each part; the most seen is 4


def compiled(build, dtype="complex128", **options):
    z = T.TensorType(dtype, (False,))("z")
    return symc.function([z], build(z), mode=symc.Mode(**options))


def points(dtype):
    rng = np.random.default_rng(7)
    parts = rng.normal(size=(2, 500)) * np.exp(rng.normal(size=(2, 500)))
    return (parts[0] + 1j * parts[1]).astype(dtype)


def complexes(values):
    z = np.empty((len(values), len(values)), "complex128")
    z.real, z.imag = np.meshgrid(values, values, indexing="ij")
    return z.ravel()


@pytest.mark.parametrize("name", NAMES)
def test_everyday_numbers(name):
    reference = getattr(np, NUMPY.get(name, name))
    for dtype in ("complex64", "complex128"):
        z = points(dtype)
        got, wanted = compiled(getattr(T, name), dtype)(z), reference(z.astype("complex128"))
        error = np.abs(got - wanted) / np.abs(wanted) / np.finfo(got.dtype).eps
        assert error.max() < ULPS, z[error.argmax()]


EDGES = [0.0, -0.0, 1.0, -2.5, 1e-320, 1e308, -1e308, 1e200, 1e-200, inf, -inf, nan]


def kind(x):
    """Tell NaN, infinities, zeros and their signs, and all else apart."""
    number = np.where(x == 0, 1 + np.signbit(x), np.where(np.isinf(x), 3 * np.sign(x), 9))
    return np.where(np.isnan(x), 0, number)


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "abs_", "angle"])
def test_edges(name):
    z = complexes([*EDGES, 710.0, -745.0, 750.0])
    # C leaves the sign of one zero open: that of exp(-inf + i inf).
    z = z[~((z.real == -inf) & np.isinf(z.imag))] if name == "exp" else z
    with np.errstate(all="ignore"):
        got, wanted = compiled(getattr(T, name))(z), getattr(np, NUMPY.get(name, name))(z)
    for mine, theirs in ((got.real, wanted.real), (got.imag, wanted.imag)):
        wrong = kind(mine) != kind(theirs)
        assert not wrong.any(), (z[wrong][:5], got[wrong][:5], wanted[wrong][:5])
        finite = np.isfinite(theirs)
        np.testing.assert_allclose(mine[finite], theirs[finite], rtol=1e-14)


@pytest.mark.parametrize("name", ["sinh", "cosh", "tanh", "sin", "cos", "tan"])
def test_far_from_overflow_and_at_zeros(name):
    z = complexes([0.0, -0.0, 1e-300, 30.0, -50.0, 708.0, 2.5])
    got, wanted = compiled(getattr(T, name))(z), getattr(np, name)(z)
    np.testing.assert_allclose(got, wanted, rtol=1e-14)
    np.testing.assert_array_equal(kind(got.real), kind(wanted.real))
    np.testing.assert_array_equal(kind(got.imag), kind(wanted.imag))


def test_what_is_large_only_on_the_way_does_not_overflow():
    z = np.array([710.1 + 0.785j, 1e308 + 1e308j, 3e-320 + 4e-320j])
    exp, root, size = compiled(lambda z: [T.exp(z), T.sqrt(z), abs(z), T.cosh(z)])(z)[:3]
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(exp[0], np.exp(z[0]), rtol=1e-13)
    np.testing.assert_allclose(root, np.sqrt(z), rtol=1e-15)
    np.testing.assert_allclose(
        size, [np.hypot(710.1, 0.785), 1e308 * np.sqrt(2), 5e-320], rtol=2e-5
    )
    assert np.isfinite(compiled(T.cosh)(z)[0])


@pytest.mark.parametrize("cut", ["log", "sqrt", "arcsin", "arccos", "arctanh", "arccosh"])
def test_both_sides_of_cuts(cut):
    z = np.array([complex(x, y) for x in (-2.0, 2.0, -0.5) for y in (0.0, -0.0)])
    np.testing.assert_allclose(compiled(getattr(T, cut))(z), getattr(np, cut)(z), rtol=1e-15)


def test_near_the_unit_circle():
    turn = np.array([0.1, 0.7, 1.5, 2.6])
    z = (1 + 2.0**-40) * np.exp(1j * turn)
    wanted = [float(w) for w in _logarithms(z)]
    np.testing.assert_allclose(compiled(T.log)(z).real, wanted, rtol=4e-16)


def _logarithms(z):
    """Return log |z| from exact squares, whose distance from 1 is small."""
    from fractions import Fraction

    for x, y in zip(z.real, z.imag, strict=True):
        rest = Fraction(float(x)) ** 2 + Fraction(float(y)) ** 2 - 1
        yield rest / 2 - rest * rest / 4 + rest**3 / 6


def test_small_numbers_keep_their_digits():
    z = np.array([1e-20 + 1e-30j, 1e-10 - 1e-12j])
    np.testing.assert_allclose(compiled(T.log1p)(z), z - z * z / 2, rtol=1e-15)
    np.testing.assert_allclose(compiled(T.expm1)(z), z + z * z / 2, rtol=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_printers_agree(name):
    z = np.concatenate([points("complex128")[:9], complexes(EDGES)])
    bits = [compiled(getattr(T, name), printer=p)(z).tobytes() for p in ("mlir", "llvm")]
    assert bits[0] == bits[1]


def test_powers():
    z, w = points("complex128"), points("complex128")[::-1].copy()
    x, y = T.zvectors("x", "y")
    got = symc.function([x, y], x**y)(z, w)
    error = np.abs(got - z**w) / np.abs(z**w)
    assert np.nanmax(error / (1 + np.abs(w * np.log(z)))) < 1e-15
    for n in (0, 1, 2, 3, 7, -1, -4):
        np.testing.assert_allclose(compiled(lambda z, n=n: z**n)(z), z ** float(n), rtol=1e-13)
    zero = np.zeros(3, "complex128")
    got = symc.function([x, y], x**y)(zero, np.array([0, 2, 1 + 1j]))
    np.testing.assert_array_equal(got, [1, 0, 0])


def test_division():
    values = [0.0, -0.0, 1.0, -3.0, 1e308, 1e-308, inf, nan]
    left, right = (
        np.array(column)
        for column in zip(*itertools.product(complexes(values), repeat=2), strict=True)
    )
    x, y = T.zvectors("x", "y")
    with np.errstate(all="ignore"):
        got, wanted = symc.function([x, y], x / y)(left, right), left / right
    for mine, theirs in ((got.real, wanted.real), (got.imag, wanted.imag)):
        number = np.isfinite(mine) & np.isfinite(theirs)
        np.testing.assert_allclose(mine[number], theirs[number], rtol=1e-14, atol=1e-320)
        settled = ~np.isnan(theirs)
        assert (kind(mine) == kind(theirs))[settled & (right != 0)].mean() > 0.97
