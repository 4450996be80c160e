"""The elementary functions against references of twice the digits, and every printer's bits.

SYMC_DEEP=n multiplies the number of samples by n.
"""

import os

import numpy as np
import pytest
from error_bounds import BOUNDS, GAMMAS, WAVES
from native import host_targets, run_map, run_maps, same_bits
from reference import FORMULAS, reference, ulps
from runs import WAYS

from symc.compiler.codegen.math.pi import two_over_pi
from symc.compiler.codegen.math.registry import FUNCTIONS
from symc.compiler.target.isa import host_target, without_fma

SAMPLES = 4000 * int(os.environ.get("SYMC_DEEP", "1"))
EXACT = {"fmod": np.fmod, "remainder": np.remainder, "floor_divide": np.floor_divide}
# One target of each way to multiply and add.
ROUNDINGS = [host_targets()[0], host_target()] if len(host_targets()) > 1 else [host_target()]
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


def special(dtype):
    """Return the numbers at which functions turn, and their neighbours."""
    info = np.finfo(dtype)
    everyday = [0, 0.25, 0.5, 1, 1.5, 2, 3, 4, 10, 16, 100, 1000, 2.0**20, 2.0**31, 2.0**53]
    roots = [0.7071067811865476, 0.6931471805599453, 1.5707963267948966, 3.141592653589793, 1e-10]
    ends = [88.72284, 709.782712893384, 103.97, 745.1332, 127, 1023, 150, 1074, 26.5, 9.2]
    limits = [np.inf, np.nan, info.max, info.tiny, info.smallest_subnormal]
    values = np.array([*everyday, *roots, *ends, *limits], dtype)
    with np.errstate(all="ignore"):
        near = [values, np.nextafter(values, dtype(0)), np.nextafter(values, dtype(np.inf))]
    return np.concatenate([*near, *(-x for x in near)])


def samples(dtype, seed):
    """Return special numbers, random bits (so every exponent) and numbers of everyday size."""
    dtype = np.dtype(dtype).type
    rng = np.random.default_rng(seed)
    bits = np.frombuffer(rng.bytes(SAMPLES * np.dtype(dtype).itemsize), dtype)
    everyday = [rng.uniform(-width, width, SAMPLES) for width in (1.5, 30, 750)]
    with np.errstate(invalid="ignore"):
        return np.concatenate([special(dtype), bits, *everyday]).astype(dtype)


def operands(name, dtype):
    """Return the arguments of a function, in an order that pairs all kinds."""
    x = samples(dtype, 10)
    if FUNCTIONS[name].operands == 1:
        return [x]
    y = np.random.default_rng(11).permutation(samples(dtype, 12))
    one, two = (grid.ravel() for grid in np.meshgrid(special(np.dtype(dtype).type)[::3], x[:189:2]))
    return [np.concatenate([x, one, two]), np.concatenate([y, two, one])]


def case(name, dtype):
    count = FUNCTIONS[name].operands
    return (lambda b, *xs: b.math(name, *xs)), [dtype] * count, dtype


@dtypes
@pytest.mark.parametrize("target", ROUNDINGS, ids=lambda target: target.name)
@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_accuracy(name, target, dtype):
    xs = operands(name, dtype)
    body, _, _ = case(name, dtype)
    got = run_map(body, xs, dtype, target=target)
    error = ulps(got, *reference(name, *xs))
    worst = int(np.argmax(error))
    bound = BOUNDS[name][dtype == "float64"]
    assert error[worst] <= bound, ([x[worst] for x in xs], got[worst])


@dtypes
@pytest.mark.parametrize("target", ROUNDINGS, ids=lambda target: target.name)
@pytest.mark.parametrize("name", sorted(EXACT))
def test_division_is_exact(name, target, dtype):
    xs = operands(name, dtype)
    body, _, _ = case(name, dtype)
    got = run_map(body, xs, dtype, target=target)
    with np.errstate(all="ignore"):
        want = EXACT[name](*xs)
    wrong = ~((got == want) | (np.isnan(got) & np.isnan(want)))
    assert same_bits(got, want), [x[wrong][:3] for x in (*xs, got, want)]


@dtypes
@pytest.mark.parametrize("target", ROUNDINGS, ids=lambda target: target.name)
@pytest.mark.parametrize("name", sorted(WAVES))
def test_waves(name, target, dtype):
    (x,) = operands(name, dtype)
    x = np.concatenate([x[np.isnan(x) | (abs(x) < 1e5)], [np.inf, -np.inf]]).astype(dtype)
    got = run_map(case(name, dtype)[0], [x], dtype, target=target)
    want = reference(name, x)[0]
    with np.errstate(all="ignore"):
        envelope = np.minimum(1, np.sqrt(2 / (np.pi * abs(x.astype("float64")))))
        wrong = (
            abs(got - want)
            > WAVES[name][dtype == "float64"] * float(np.finfo(dtype).eps) * envelope
        )
    assert (np.isnan(got) == np.isnan(x)).all()
    assert not wrong.any(), (x[wrong][:5], got[wrong][:5], want[wrong][:5])
    tiny = abs(x) < 1e-3
    near = want[tiny].astype(dtype)
    info = np.finfo(dtype)
    assert np.allclose(got[tiny], near, rtol=8 * info.eps, atol=info.smallest_subnormal)


@dtypes
@pytest.mark.parametrize("target", ROUNDINGS, ids=lambda target: target.name)
@pytest.mark.parametrize("name", sorted(GAMMAS))
def test_gammas(name, target, dtype):
    rng = np.random.default_rng(13)
    (x,) = operands(name, dtype)
    near = [rng.uniform(*ends, SAMPLES) for ends in ((-0.3, 8.5), (0.5, 2.5), (-12, 0), (-185, 0))]
    whole = np.arange(-40, 41).astype(dtype)
    poles = [whole, *(np.nextafter(whole, end).astype(dtype) for end in (-np.inf, np.inf))]
    x = np.concatenate([x, *near, *poles]).astype(dtype)
    got = run_map(case(name, dtype)[0], [x], dtype, target=target)
    want = reference(name, x)
    error = ulps(got, *want)
    assert np.isfinite(error).all(), x[~np.isfinite(error)][:5]
    if name in ("gammaln", "psi"):
        error *= np.where(x < -0.2, _share_of_terms(name, x, want[0]), 1.0)
    worst = int(np.argmax(error))
    assert error[worst] <= GAMMAS[name][dtype == "float64"], (x[worst], got[worst])


def _share_of_terms(name, x, value):
    """Return a unit of a function's value beside one of what reflection subtracts."""
    with np.errstate(over="ignore"):
        terms = np.maximum(abs(value), abs(reference(name, abs(x))[0]))
        units = [np.spacing(size.astype(x.dtype)) for size in (abs(value), np.maximum(terms, 1))]
    return np.where(np.isfinite(units[0]), units[0] / units[1], 1.0)


def test_every_function_is_tested():
    assert sorted(FUNCTIONS) == sorted([*BOUNDS, *EXACT, *GAMMAS, *WAVES])
    assert sorted(FORMULAS) == sorted([*BOUNDS, *GAMMAS, *WAVES])


@dtypes
@pytest.mark.parametrize("count", [1, 2])
def test_printers_agree(count, dtype):
    names = [name for name, function in FUNCTIONS.items() if function.operands == count]
    cases = {f"f_{name}": case(name, dtype) for name in names}
    xs = [x[:2500:2] for x in operands(names[0], dtype)]
    first, *others = (run_maps(cases, xs, printer=printer, lanes=lanes) for printer, lanes in WAYS)
    for way, other in zip(WAYS[1:], others, strict=True):
        for name in cases:
            assert same_bits(first[name], other[name]), (way, name)


@dtypes
@pytest.mark.parametrize("printer", ["llvm", "mlir"])
@pytest.mark.parametrize("target", ROUNDINGS, ids=lambda target: target.name)
def test_twins_have_the_bits_they_have_alone(target, printer, dtype):
    (x,) = operands("sin", dtype)
    for place, name in enumerate(("sin", "cos")):

        def half(b, x, place=place):
            return b.half(b.twins("sin_and_cos", x), place)

        got, want = (
            run_map(body, [x], dtype, target=target, printer=printer)
            for body in (half, case(name, dtype)[0])
        )
        assert same_bits(got, want), name


@dtypes
@pytest.mark.parametrize("printer", ["mlir", "c"])
def test_printers_agree_without_fma(printer, dtype):
    names = [name for name, function in FUNCTIONS.items() if function.operands == 1]
    cases = {f"f_{name}": case(name, dtype) for name in names}
    xs = [x[::5] for x in operands(names[0], dtype)]
    target = without_fma(host_target())
    baseline = run_maps(cases, xs, target=host_targets()[0])
    other = run_maps(cases, xs, printer=printer, lanes=0, target=target)
    for name in cases:
        assert same_bits(baseline[name], other[name]), name


@dtypes
def test_levels_with_fma_agree(dtype):
    targets = [target for target in host_targets() if target.has_fma]
    if len(targets) < 2:
        pytest.skip("this machine runs only one level that has fma")
    names = [name for name, function in FUNCTIONS.items() if function.operands == 1]
    cases = {f"f_{name}": case(name, dtype) for name in names}
    xs = [x[::5] for x in operands(names[0], dtype)]
    one, two = (run_maps(cases, xs, target=target) for target in targets)
    for name in cases:
        assert same_bits(one[name], two[name]), name


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_hardest_angles(name):
    # The float64 that lies nearest to a multiple of pi / 2, and others known to be hard.
    x = np.array([6381956970095103.0 * 2.0**797, 1e22, 1.7976931348623157e308, 2.0**1023, 3.141e5])
    x = np.concatenate([x, -x, np.ldexp(np.pi, np.arange(1, 1000)), np.pi / 2 * np.arange(700e3)])
    target = host_target()
    error = ulps(
        run_map(lambda b, x: b.math(name, x), [x], "float64", target=target), *reference(name, x)
    )
    assert error.max() <= BOUNDS[name][1]


def test_two_over_pi():
    chunks = two_over_pi()
    assert sum(c * 2.0 ** (-24 * (k + 1)) for k, c in enumerate(chunks[:4])) == 2 / np.pi
    # The last chunks are right only if all guard digits sufficed: ask for more and compare.
    assert all(0 <= chunk < 2**24 for chunk in chunks)
    assert chunks[:6] == (0xA2F983, 0x6E4E44, 0x1529FC, 0x2757D1, 0xF534DD, 0xC0DB62)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_whole_powers_are_exact(dtype):
    exponents = np.arange(-149 if dtype == "float32" else -1074, 128).astype(dtype)
    got = run_map(lambda b, x: b.math("exp2", x), [exponents], dtype)
    assert same_bits(got, np.ldexp(np.ones_like(exponents), exponents.astype("int32")))
    back = run_map(lambda b, x: b.math("log2", x), [got], dtype)
    assert same_bits(back, exponents)
