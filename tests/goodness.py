"""How probable samples are under their distributions: the p-values of the usual tests."""

import math

import numpy as np

LEAST = 1e-4
"""A sample is refused that so few would be worse than; seeds are fixed, so this is no lottery."""


def upper_normal(z):
    """Return the probability that a standard normal variable exceeds z."""
    return math.erfc(z / math.sqrt(2)) / 2


def kolmogorov(sample, distribution):
    """Return the p-value of the greatest distance from a distribution function of arrays."""
    x = np.sort(np.asarray(sample, "float64").ravel())
    n = len(x)
    below = distribution(x)
    distance = max((np.arange(1, n + 1) / n - below).max(), (below - np.arange(n) / n).max())
    t = distance * (math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n))  # Stephens 1970
    return min(1.0, 2 * sum((-1) ** (k - 1) * math.exp(-2 * k * k * t * t) for k in range(1, 101)))


def chi_square(counts, expected):
    """Return the p-value of counts, by Wilson and Hilferty's cube root; none expected below 5."""
    counts, expected = np.ravel(counts), np.ravel(expected)
    assert expected.min() >= 5
    assert math.isclose(counts.sum(), expected.sum(), rel_tol=1e-6)
    degrees = len(counts) - 1
    statistic = float(((counts - expected) ** 2 / expected).sum())
    spread = 2 / (9 * degrees)
    return upper_normal(((statistic / degrees) ** (1 / 3) - (1 - spread)) / math.sqrt(spread))


def correlation(x, y):
    """Return the p-value of the correlation of two samples that should have none."""
    x, y = (np.ravel(a).astype("float64") - np.mean(a) for a in (x, y))
    r = float((x * y).sum() / math.sqrt((x * x).sum() * (y * y).sum()))
    return 2 * upper_normal(abs(r) * math.sqrt(len(x)))


def fraction(hits, n, p):
    """Return the p-value of the number of hits among n of probability p."""
    return 2 * upper_normal(abs(hits - n * p) / math.sqrt(n * p * (1 - p)))


def normal_distribution(x):
    """Return the distribution function of the standard normal distribution, of an array."""
    return np.array([upper_normal(-v) for v in np.ravel(x)])
