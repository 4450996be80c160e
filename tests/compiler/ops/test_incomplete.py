"""Incomplete gamma functions against closed forms and exact sums."""

import math

import numpy as np
import pytest
from calling import run

import symc
import symc.tensor as T
from symc.compiler.errors import NotSupported

inf, nan = np.inf, np.nan
POINTS = np.array([1e-8, 0.01, 0.4, 1.0, 1.49, 1.51, 3.0, 12.0, 80.0, 700.0])


def both(a, x):
    a, x = np.broadcast_arrays(np.asarray(a, "float64"), np.asarray(x, "float64"))
    return run("gammainc", a, x), run("gammaincc", a, x)


def test_elementary_orders():
    lower, upper = both(1.0, POINTS)
    np.testing.assert_allclose(lower, -np.expm1(-POINTS), rtol=1e-13)
    np.testing.assert_allclose(upper, np.exp(-POINTS), rtol=2e-13)
    lower, upper = both(0.5, POINTS)
    np.testing.assert_allclose(lower, [math.erf(math.sqrt(x)) for x in POINTS], rtol=1e-13)
    np.testing.assert_allclose(upper, [math.erfc(math.sqrt(x)) for x in POINTS], rtol=2e-13)


@pytest.mark.parametrize("order", [2, 9, 30, 99, 101, 150])
def test_whole_orders_are_sums_of_chances(order):
    """The upper share is how probable fewer than `order` events are, of which x are expected."""
    x = order * np.array([0.3, 0.8, 1.0, 1.2, 2.0])
    logs = [[k * math.log(t) - t - math.lgamma(k + 1) for k in range(order + 400)] for t in x]
    wanted = [math.fsum(math.exp(g) for g in row[:order]) for row in logs]
    rest = [math.fsum(math.exp(g) for g in row[order:]) for row in logs]
    lower, upper = both(float(order), x)
    np.testing.assert_allclose(upper, wanted, rtol=3e-12)
    np.testing.assert_allclose(lower, rest, rtol=3e-12)


def test_shares_of_small_orders_keep_their_digits():
    """Near order 0 the upper share is the order times the exponential integral."""
    integral = {0.01: 4.037929576538114, 1.0: 0.21938393439552029}
    x = np.array(list(integral))
    _, upper = both(1e-12, x)
    np.testing.assert_allclose(upper / 1e-12, list(integral.values()), rtol=1e-11)


def test_large_orders_sum_to_one():
    a = np.array([1e3, 1e4, 1e6, 1e8])
    for off in (-3.0, -0.1, 0.0, 2.0):
        lower, upper = both(a, a + off * np.sqrt(a))
        np.testing.assert_allclose(lower + upper, 1, rtol=1e-14)
        normal = 0.5 * math.erfc(-off / math.sqrt(2))
        np.testing.assert_allclose(lower, normal, atol=0.02)


def test_ends():
    a = np.array([0.0, 1.0, 1.0, -1.0, 1.0, nan, 200.0, 200.0])
    x = np.array([1.0, 0.0, inf, 1.0, -1.0, 1.0, 0.0, inf])
    lower, upper = both(a, x)
    np.testing.assert_array_equal(lower, [1, 0, 1, nan, nan, nan, 0, 1])
    np.testing.assert_array_equal(upper, [0, 1, 0, nan, nan, nan, 1, 0])


def test_other_forms():
    a, x = np.array([0.3, 4.0, 20.0]), np.array([0.5, 3.0, 25.0])
    lower, upper = both(a, x)
    whole = np.array([math.gamma(t) for t in a])
    np.testing.assert_allclose(run("gammal", a, x), lower * whole, rtol=2e-14)
    np.testing.assert_allclose(run("gammau", a, x), upper * whole, rtol=2e-14)
    np.testing.assert_allclose(run("chi2sf", 2 * x, 2 * a), upper, rtol=1e-14)


def test_derivatives():
    rng, x = np.random.default_rng(0), np.array([0.3, 2.0, 7.5])
    for name in ("gammainc", "gammaincc", "gammal", "gammau"):
        T.verify_grad(lambda x, name=name: getattr(T, name)(2.5, x), [x], rng=rng)
    T.verify_grad(lambda x: T.chi2sf(x, 3), [x], rng=rng)
    a = T.dscalar("a")
    with pytest.raises(NotSupported, match="gammainc: there is no derivative to the order"):
        symc.grad(T.gammainc(a, 1.0), a)


def test_sums_that_end_early_do_not_depend_on_their_neighbours():
    rng = np.random.default_rng(4)
    order = np.exp(rng.uniform(-3, 7, 500))
    place = order * np.exp(rng.normal(0, 1, 500) / np.sqrt(np.maximum(order, 1)))
    a, x = T.dvectors("a", "x")
    f = symc.function([a, x], [T.gammainc(a, x), T.gammaincc(a, x)])
    others = rng.permutation(500)
    for one, other in zip(f(order, place), f(order[others], place[others]), strict=True):
        np.testing.assert_array_equal(one[others], other)
