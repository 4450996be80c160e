"""Binomial and Poisson counts: the chances they start from, the counts they end at."""

import math
from fractions import Fraction

import numpy as np
import pytest
from calling import run
from goodness import LEAST, chi_square, kolmogorov, normal_distribution
from native import run_map
from runs import every_run

from symc.compiler.op import find
from symc.compiler.ops import counts
from symc.compiler.ops.formula import arrays

MANY = 20000
NAN = float("nan")


def words(count, seed=1):
    return np.random.default_rng(seed).integers(0, 1 << 64, count, "uint64", endpoint=False)


def poisson_chance(k, mean):
    """Return the probability of a count by its logarithm, whose error grows with the mean."""
    return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))


def test_the_chance_of_the_poisson_mode():
    means = np.array([0.2, 1.0, 3.7, 14.99, 15.0, 16.0, 63.2, 250.0])
    law = counts._poisson_law(arrays(), means)
    np.testing.assert_array_equal(law.mode, np.floor(means))
    expected = [poisson_chance(k, m) for k, m in zip(law.mode, means, strict=True)]
    np.testing.assert_allclose(law.chance, expected, rtol=3e-13)  # that of the expected ones


def test_the_chance_of_the_binomial_mode():
    cases = [(1, 0.5), (1, 0.25), (7, 0.125), (15, 0.5), (16, 0.5), (40, 0.03125), (3000, 0.375)]
    n, p = (np.array(column) for column in zip(*cases, strict=True))
    law = counts._binomial_law(arrays(), n.astype("float64"), p)
    for trials, chance, mode, got in zip(n, p, law.mode, law.chance, strict=True):
        trials, mode, q = int(trials), int(mode), Fraction(float(chance))
        exact = math.comb(trials, mode) * q**mode * (1 - q) ** (trials - mode)
        assert math.isclose(got, exact, rel_tol=2e-14), (trials, chance)


def test_ratios_lead_to_every_count():
    for law, chance in (
        (counts._poisson_law(arrays(), np.array(3.5)), lambda k: poisson_chance(k, 3.5)),
        (
            counts._binomial_law(arrays(), np.array(9.0), np.array(0.375)),
            lambda k: math.comb(9, k) * 0.375**k * 0.625 ** (9 - k),
        ),
    ):
        mode = int(law.mode)
        for k in range(mode + 1, 9):
            assert math.isclose(law.up(k), chance(k) / chance(k - 1), rel_tol=1e-13)
        for k in range(mode):
            assert math.isclose(law.down(k), chance(k) / chance(k + 1), rel_tol=1e-13)


@pytest.mark.parametrize("mean", [0.7, 12.0, 400.0])
def test_poisson_counts(mean):
    x = run("poisson", words(MANY), np.array([mean]))
    edges = np.unique(np.quantile(x, np.linspace(0.02, 0.98, 25)))
    below = [sum(poisson_chance(k, mean) for k in range(int(edge) + 1)) for edge in edges]
    expected = MANY * np.diff([0, *below, 1])
    found = np.bincount(np.searchsorted(edges, x), minlength=len(edges) + 1)
    assert chi_square(found, expected) > LEAST


def test_large_counts_are_near_normal():
    mean, n, p = 1e7, 1e8, 0.7
    for x, centre, spread in (
        (run("poisson", words(MANY // 10), np.array([mean])), mean, math.sqrt(mean)),
        (
            run("binomial", words(MANY // 10), np.array([n]), np.array([p])),
            n * p,
            math.sqrt(n * p * (1 - p)),
        ),
    ):
        z = (x - centre) / spread
        assert kolmogorov(z, normal_distribution) > LEAST


def test_certain_counts_and_bad_parameters():
    bits = words(9)
    n = np.array([7.0, 7, 0, 1, -1, 7, 7, NAN, 2.0**41])
    p = np.array([0.0, 1, 0.5, 1, 0.5, -0.1, 1.1, 0.5, 0.5])
    expected = [0, 7, 0, 1, NAN, NAN, NAN, NAN, NAN]
    np.testing.assert_array_equal(run("binomial", bits, n, p), expected)
    means = np.array([0.0, -1, NAN, np.inf, 2.0**41])
    np.testing.assert_array_equal(run("poisson", bits[:5], means), [0, NAN, NAN, NAN, NAN])


def test_ends_of_the_uniform_number():
    """They end too: what rounding leaves of u is not looked for for ever."""
    ends = np.array([0, (1 << 64) - 1], "uint64")
    for mean in (0.1, 5.0, 3e3):
        x = run("poisson", ends, np.array([mean]))
        assert x[0] == math.floor(mean)
        assert 0 <= x[1] < mean + 12 * math.sqrt(mean) + 30
    for n, p in ((1.0, 0.3), (30.0, 0.9)):
        assert (run("binomial", ends, np.array([n]), np.array([p])) <= n).all()


@every_run
def test_every_printer_counts_the_same(printer, lanes, target):
    bits = words(50)
    mean = np.resize([0.3, 4.0, 20.0, 300.0], 50)
    n, p = np.resize([1.0, 9.0, 50.0], 50), np.resize([0.2, 0.5, 0.8, 1.0], 50)
    for name, given in (("poisson", [bits, mean]), ("binomial", [bits, n, p])):
        op = find(name)
        got = run_map(op.body, given, "float64", printer=printer, lanes=lanes, target=target)
        np.testing.assert_array_equal(got, op.reference(*given))


def boundaries(count, draw):
    """Return words between which the count that `draw` makes of them changes."""
    low, high = np.sort(words(2 * count, 5).reshape(2, count) >> np.uint64(12), axis=0)
    wanted = draw(low << np.uint64(12))
    for _ in range(52):
        middle = low + (high - low) // np.uint64(2)
        same = draw(middle << np.uint64(12)) == wanted
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return low


@every_run
def test_the_same_where_a_count_ends_and_at_the_last_words(printer, lanes, target):
    """There one rounding more or less in a probability would make another count."""
    mean = np.resize([0.3, 4.25, 20.5, 300.1, 7e4], 40)
    n, p = np.resize([3.0, 9.0, 50.0, 1e3], 40), np.resize([0.21, 0.5, 0.83], 40)
    for name, given in (("poisson", [mean]), ("binomial", [n, p])):
        op = find(name)
        ends = boundaries(40, lambda bits, op=op, given=given: op.reference(bits, *given))
        last = np.full(40, (1 << 52) - 1, "uint64")
        for away in range(4):
            for places in (ends + np.uint64(away), ends - np.uint64(away), last - np.uint64(away)):
                bits = places << np.uint64(12)
                got = run_map(
                    op.body, [bits, *given], "float64", printer=printer, lanes=lanes, target=target
                )
                np.testing.assert_array_equal(got, op.reference(bits, *given))
